"""How far amplification moves what a model predicts at every position of a text, over the whole vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.chunks import chunks_on
from sna.engine.grid import Grid
from sna.engine.prefix_tree import PackedPrompts, split
from sna.engine.scoring import target_logits, tiles
from sna.engine.site import Additions, Site, reach
from sna.model.architecture import soft_cap
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Divergence:
    """What amplification does to whole texts, each summed over its scored tokens, in nats.

    Attributes
    ----------
    before : Tensor of float64, shape (texts,)
        Log-probability, unamplified.
    after : Tensor of float64, shape (rankings + directions, neuron counts, multipliers, texts)
        Log-probability, amplified.
    divergence : Tensor of float64, shaped as `after`
        Kullback-Leibler divergence of the amplified predictions from the unamplified ones.
    """

    before: Tensor
    after: Tensor
    divergence: Tensor


@torch.inference_mode()
def measure_divergence(
    model: LanguageModel, layer: int, texts: Sequence[TokenizedPrompt], additions: Additions, grid: Grid
) -> Divergence:
    """Return how far amplification moves the predictions of the next token.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The block whose neurons are amplified, from 0.
    texts : sequence of TokenizedPrompt
        Predictions are compared where a token of the target is predicted.
    additions : Additions
        What is amplified, each apart from the others.
    grid : Grid
        The configurations.

    Returns
    -------
    Divergence

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    parts = []
    for group in split(texts):
        site = reach(model, layer, group, additions, grid)
        parts.append(_compare(model, _finish(model, layer, site), site.forward.packed))
    scores, divergence = (torch.cat(part, dim=-1) for part in zip(*parts, strict=True))
    finite(divergence, f"{model.name}, layer {layer}")
    after, divergence = (
        variants[1:].unflatten(0, (-1, len(grid.n_neurons), len(grid.multipliers))) for variants in (scores, divergence)
    )
    return Divergence(scores[0], after, divergence)


def _finish(model: LanguageModel, layer: int, site: Site) -> Tensor:
    """Run the blocks above the amplified one; gives what leaves the last for each variant (variants, S, width)."""
    finished = []
    rows = chunks_on(site.parts.base.device).rows
    for variants in site.variants.split(max(1, rows // len(site.parts.base))):
        residual = site.parts.mix(variants)
        for block in model.adapter.blocks[layer + 1 :]:
            residual, _ = site.forward.run_block(block, residual)
        finished.append(residual[:, site.forward.packed.scored])
    return torch.cat(finished)


def _compare(model: LanguageModel, finished: Tensor, packed: PackedPrompts) -> tuple[Tensor, Tensor]:
    """Return log-probabilities and divergences from the first variant, summed over texts: each (variants, texts)."""
    adapter = model.adapter
    states = adapter.final_norm(finished)
    compared = _Compared(target_logits(adapter, states, packed.targets))
    size = max(1, chunks_on(states.device).rows // len(states))
    for _, tile in tiles(adapter.unembedding):
        for start in range(0, len(packed.targets), size):
            part = slice(start, start + size)
            compared.add(part, soft_cap(tile(states[:, part]), adapter.logit_cap).double())
    return packed.sums(compared.scores), packed.sums(compared.divergences)


class _Compared:
    """What the logits of variants come to beside those of the first, over the tiles of the vocabulary so far.

    Parameters
    ----------
    logits : Tensor of float64, shape (variants, S)
        Of the targets.
    """

    def __init__(self, logits: Tensor) -> None:
        self._logits = logits
        self._largest = torch.full_like(logits, -torch.inf)
        # Sums over tokens, relative to the exponential of the largest logit: of exponentials, and of what they weigh.
        self._total, self._difference = torch.zeros_like(logits), torch.zeros_like(logits)

    def add(self, part: slice, logits: Tensor) -> None:
        """Take up a tile's logits at some of the S tokens, (variants, tokens, tile)."""
        before = self._largest[:, part]
        largest = before.maximum(logits.amax(dim=-1))
        shrink = (before - largest).exp_()
        weights = (logits - largest[..., None]).exp_()
        self._total[:, part] = self._total[:, part] * shrink + weights.sum(dim=-1)
        differences = weights.mul_(logits - logits[0]).sum(dim=-1)
        self._difference[:, part] = self._difference[:, part] * shrink + differences
        self._largest[:, part] = largest

    @property
    def _normalizers(self) -> Tensor:
        return self._largest + self._total.log()

    @property
    def scores(self) -> Tensor:
        """The targets' log-probabilities, (variants, S)."""
        return self._logits - self._normalizers

    @property
    def divergences(self) -> Tensor:
        """The divergence from what the first variant predicts, (variants, S)."""
        normalizers = self._normalizers
        return self._difference / self._total - (normalizers - normalizers[0])
