"""How far amplification moves what a model predicts at every position of a text, over the whole vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.grid import Grid
from sna.engine.prefix_tree import PackedPrompts, split
from sna.engine.prepacking import ROWS
from sna.engine.site import Additions, Site, reach
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt

# Logits that are held at once: several float64 numbers for each.
HELD = 2**21


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
    scores, divergence = (torch.cat(part, dim=-1).cpu() for part in zip(*parts, strict=True))
    finite(divergence, f"{model.name}, layer {layer}")
    after, divergence = (
        variants[1:].unflatten(0, (-1, len(grid.n_neurons), len(grid.multipliers))) for variants in (scores, divergence)
    )
    return Divergence(scores[0], after, divergence)


def _finish(model: LanguageModel, layer: int, site: Site) -> Tensor:
    """Run the blocks above the amplified one; gives what leaves the last for each variant (variants, S, width)."""
    finished = []
    for variants in site.variants.split(max(1, ROWS // len(site.residual))):
        residual = variants.apply(site.residual, site.added)
        for block in model.adapter.blocks[layer + 1 :]:
            residual, _ = site.forward.run_block(block, residual)
        finished.append(residual[:, site.forward.packed.scored])
    return torch.cat(finished)


def _compare(model: LanguageModel, finished: Tensor, packed: PackedPrompts) -> tuple[Tensor, Tensor]:
    """Return log-probabilities and divergences from the first variant, summed over texts: each (variants, texts)."""
    states = model.adapter.final_norm(finished)
    rows = max(1, HELD // len(model.adapter.unembedding.weight))
    compared = []
    for part, targets in zip(states.split(rows, dim=1), packed.targets.split(rows), strict=True):
        plain = model.adapter.unembedding(part[0]).double().log_softmax(dim=-1)
        variants = [_diverge(model.adapter.unembedding(variant).double(), plain, targets) for variant in part]
        compared.append(torch.stack(variants))
    scores, divergence = torch.cat(compared, dim=-1).unbind(dim=1)
    return packed.sums(scores), packed.sums(divergence)


def _diverge(logits: Tensor, plain: Tensor, targets: Tensor) -> Tensor:
    """Return the targets' log-probabilities, and the divergence from plain ones of all tokens: together (2, S)."""
    amplified = logits.log_softmax(dim=-1)
    scores = amplified.gather(-1, targets[:, None])[:, 0]
    return torch.stack([scores, (amplified.exp() * (amplified - plain)).sum(dim=-1)])
