"""The engine: all configurations of a layer at once, exactly.

Multiplying neurons by m adds (m - 1) * sum over those neurons of activation * output weight to what leaves their MLP.
So one pass up to the block and a cumulative sum over nested neuron counts give every variant of the layer, be it that
the model adds the MLP's output to the residual stream as it is or normalizes it before (`sna.engine.mixture`); only the
blocks above it are run for each. Every task's variants go through a block before the next block is taken up: its
weights are prepared once, stay in the cache, and one block's worth of them is held.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from sna.engine.chunks import chunks_on
from sna.engine.grid import Grid
from sna.engine.mixture import Variants
from sna.engine.prefix_tree import split
from sna.engine.prepacking import prepack_block
from sna.engine.scoring import Scores, score, score_variants
from sna.engine.site import Additions, Site, reach
from sna.model.architecture import Block
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class SweepInput:
    """Prompts to measure, and what is amplified meanwhile.

    Attributes
    ----------
    prompts : sequence of TokenizedPrompt
        Those whose target probabilities are measured.
    rankings : sequence of sequence of int
        Rankings of the layer's neurons, each amplified apart from the others: its first neurons first.
    directions : sequence of Tensor, each of shape (width,)
        Unit vectors, each added in the length of what amplifying the first ranking changes.
    """

    prompts: Sequence[TokenizedPrompt]
    rankings: Sequence[Sequence[int]]
    directions: Sequence[Tensor] = ()


@dataclass(frozen=True)
class SweepResult:
    """Target probabilities of a sweep input's prompts, and whether the model would say the target.

    Attributes
    ----------
    baseline : Tensor of float64, shape (prompts,)
        Unamplified, by the same computation.
    probabilities : Tensor of float64, shape (rankings + directions, neuron counts, multipliers, prompts)
    baseline_top, top : Tensor of bool, shaped as these
        Whether each of the target's tokens is the most likely one there.
    """

    baseline: Tensor
    probabilities: Tensor
    baseline_top: Tensor
    top: Tensor


@torch.inference_mode()
def sweep_layer(
    model: LanguageModel,
    layer: int,
    inputs: Sequence[SweepInput],
    grid: Grid,
    dtype: torch.dtype | None = None,
) -> list[SweepResult]:
    """Return target probabilities under all configurations of one layer.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The block whose neurons are amplified, from 0.
    inputs : sequence of SweepInput
        Usually one a task.
    grid : Grid
        The configurations.
    dtype : torch.dtype, optional
        The precision of the matrix products above the layer, by default the model's own; the residual stream, the
        norms and the scores stay in that.

    Returns
    -------
    list of SweepResult
        One an input.

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    sites = [
        [reach(model, layer, group, Additions(each.rankings, each.directions), grid) for group in split(each.prompts)]
        for each in inputs
    ]
    flat = [site for group in sites for site in group]
    above = model.adapter.blocks[layer + 1 :]
    scores = iter(_resume(model, above, flat, dtype) if above else [_score_last(model, site) for site in flat])
    return [_unstack([(site, next(scores)) for site in group], grid, f"{model.name}, layer {layer}") for group in sites]


@dataclass
class _Batch:
    """Some variants of a site on their way through the blocks: `residual` (variants, T or S, width)."""

    site: Site
    variants: Variants
    residual: Tensor

    def replace(self, residual: Tensor) -> None:
        """Keep what left a block, in the same memory: a new place among short-lived tensors would fragment the heap."""
        self.residual = self.residual.copy_(residual) if self.residual.shape == residual.shape else residual


def _batches(sites: Sequence[Site]) -> Iterator[list[_Batch]]:
    """Stack every site's variants, as many as fill a matrix product, in groups that can be held at once."""
    group: list[_Batch] = []
    held = 0
    for site in sites:
        chunks = chunks_on(site.parts.base.device)
        for part in site.variants.split(max(1, chunks.rows // len(site.parts.base))):
            size = len(part) * site.parts.base.nbytes
            if group and held + size > chunks.held:
                yield group
                group, held = [], 0
            group.append(_Batch(site, part, site.parts.mix(part)))
            held += size
    yield group


def _resume(
    model: LanguageModel, above: Sequence[Block], sites: Sequence[Site], dtype: torch.dtype | None
) -> list[Scores]:
    """Run the blocks above the amplified one, and score the targets; gives (variants, S) for each site."""
    scored: dict[int, list[Scores]] = {id(site): [] for site in sites}
    for batches in _batches(sites):
        for number, plain in enumerate(above, start=1):
            run = _enter if number == 1 else _advance
            run(prepack_block(plain, dtype), batches, last=number == len(above))
        for batch, scores in zip(batches, _score(model, batches), strict=True):
            scored[id(batch.site)].append(scores)
    return [Scores.stack(parts) for parts in scored.values()]


def _enter(block: Block, batches: Sequence[_Batch], *, last: bool) -> None:
    """Run the first block above: what its attention reads of the variants, it reads of their parts."""
    for _, group in groupby(batches, key=lambda batch: id(batch.site)):
        of_site = list(group)
        site = of_site[0].site
        at = site.forward.packed.scored if last else None
        parts = site.parts.normed(block.attention_norm)
        query, key_value = parts.project(block.query), parts.project(block.key_value)
        for batch in of_site:
            weights = batch.variants.normed(block.attention_norm, batch.residual).spread(len(parts.parts))
            queries, keys_values = (projected.mix(weights).transpose(0, 1) for projected in (query, key_value))
            queries = queries if at is None else queries[:, at]
            batch.replace(site.forward.finish_block(block, batch.residual, queries, keys_values, at)[0])


def _advance(block: Block, batches: Sequence[_Batch], *, last: bool) -> None:
    """Run a further block."""
    for batch in batches:
        at = batch.site.forward.packed.scored if last else None
        batch.replace(batch.site.forward.run_block(block, batch.residual, at)[0])


def _score(model: LanguageModel, batches: Sequence[_Batch]) -> list[Scores]:
    """Score all batches in one go, so that the unembedding is prepared once; gives (variants, S) for each."""
    rows = torch.cat([batch.residual.flatten(0, 1) for batch in batches])
    targets = [batch.site.forward.packed.targets.repeat(len(batch.residual)) for batch in batches]
    return score(model.adapter, rows, torch.cat(targets)).split([batch.residual.shape[:2] for batch in batches])


def _score_last(model: LanguageModel, site: Site) -> Scores:
    """Score the variants of the last block, above which there is no other; gives (variants, S)."""
    packed = site.forward.packed
    parts, variants = site.parts.at(packed.scored), site.variants.at(packed.scored)
    return score_variants(model.adapter, parts, variants, packed.targets)


def _unstack(scored: Sequence[tuple[Site, Scores]], grid: Grid, what: str) -> SweepResult:
    """Say of an input's prompts what the scores of its sites say of their targets' tokens."""
    packed = [(site.forward.packed, scores) for site, scores in scored]
    probabilities = torch.cat([part.probabilities(scores.log_probabilities) for part, scores in packed], dim=-1)
    top = torch.cat([part.hold_throughout(scores.top) for part, scores in packed], dim=-1)
    probabilities = finite(probabilities, what)
    shape = (-1, len(grid.n_neurons), len(grid.multipliers))
    return SweepResult(probabilities[0], probabilities[1:].unflatten(0, shape), top[0], top[1:].unflatten(0, shape))
