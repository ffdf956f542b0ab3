"""The engine: all configurations of a layer at once, exactly.

Multiplying neurons by m adds (m - 1) * sum over those neurons of activation * output weight to the residual stream that
leaves their block. So one pass up to the block and a cumulative sum over nested neuron counts give every variant of
the layer; only the blocks above it are run for each. Every task's variants go through a block before the next block is
taken up: its weights are prepared once, stay in the cache, and one block's worth of them is held.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import torch
from torch import Tensor

from sna.engine.grid import Grid, Variants
from sna.engine.linearity import NormedParts
from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack, split
from sna.engine.prepacking import ROWS, prepack_block
from sna.engine.scoring import score, score_variants
from sna.model.architecture import Block
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt

# Bytes of residual stream, over all variants and tasks, that are held at once.
HELD = 2**27


@dataclass(frozen=True)
class SweepInput:
    """Prompts to measure, and rankings of neurons to amplify meanwhile.

    Attributes
    ----------
    prompts : sequence of TokenizedPrompt
        Those whose target probabilities are measured.
    rankings : sequence of sequence of int
        Rankings of the layer's neurons, each amplified apart from the others: its first neurons first.
    """

    prompts: Sequence[TokenizedPrompt]
    rankings: Sequence[Sequence[int]]


@dataclass(frozen=True)
class SweepResult:
    """Target probabilities of a sweep input's prompts.

    Attributes
    ----------
    baseline : Tensor of float64, shape (prompts,)
        Unamplified, by the same computation.
    probabilities : Tensor of float64, shape (rankings, neuron counts, multipliers, prompts)
    """

    baseline: Tensor
    probabilities: Tensor


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
    sites = [[_reach(model, layer, group, each.rankings, grid) for group in split(each.prompts)] for each in inputs]
    flat = [site for group in sites for site in group]
    above = model.adapter.blocks[layer + 1 :]
    measured = iter(_resume(model, above, flat, dtype) if above else [_score_last(model, site) for site in flat])
    return [
        _unstack(torch.cat([next(measured) for _ in group], dim=-1), grid, f"{model.name}, layer {layer}")
        for group in sites
    ]


@dataclass(frozen=True)
class _Site:
    """Packed prompts that have reached the amplified block.

    Attributes
    ----------
    forward : PackedPass
        The rest of their way.
    residual : Tensor, shape (T, width)
        What leaves the block unamplified.
    added : Tensor, shape (additions, T, width)
        What neurons add to it when they are doubled: for each ranking, each neuron count.
    variants : Variants
        How much of which addition each variant has.
    """

    forward: PackedPass
    residual: Tensor
    added: Tensor
    variants: Variants


def _reach(
    model: LanguageModel, layer: int, prompts: Sequence[TokenizedPrompt], rankings: Sequence[Sequence[int]], grid: Grid
) -> _Site:
    """Run the blocks up to the amplified one."""
    forward = PackedPass(model.adapter, pack(prompts).to(model.device))
    residual = forward.embedded
    for block in model.adapter.blocks[: layer + 1]:
        residual, activations = forward.run_block(block, residual)
    weight = model.adapter.blocks[layer].down.weight
    added = torch.cat([cumulative_outputs(activations, weight, ranking, grid.n_neurons) for ranking in rankings])
    return _Site(forward, residual, added, grid.variants(len(rankings), model.device))


def cumulative_outputs(
    activations: Tensor, weight: Tensor, neuron_ids: Sequence[int], n_neurons: Sequence[int]
) -> Tensor:
    """Return what the first neurons of a ranking add to the residual stream, for each of several neuron counts.

    Parameters
    ----------
    activations : Tensor, shape (T, neurons)
        The MLP's hidden layer.
    weight : Tensor, shape (width, neurons)
        Of the down projection.
    neuron_ids : sequence of int
        The ranking.
    n_neurons : sequence of int
        The neuron counts, ascending.

    Returns
    -------
    Tensor, shape (neuron counts, T, width)
    """
    order = torch.as_tensor(neuron_ids[: n_neurons[-1]], device=activations.device)
    bounds = [0, *n_neurons]
    parts = [activations[:, order[start:end]] @ weight[:, order[start:end]].T for start, end in pairwise(bounds)]
    return torch.stack(parts).cumsum(dim=0)


@dataclass
class _Batch:
    """Some variants of a site on their way through the blocks: `residual` (variants, T or S, width)."""

    site: _Site
    variants: Variants
    residual: Tensor

    def replace(self, residual: Tensor) -> None:
        """Keep what left a block, in the same memory: a new place among short-lived tensors would fragment the heap."""
        self.residual = self.residual.copy_(residual) if self.residual.shape == residual.shape else residual


def _batches(sites: Sequence[_Site]) -> Iterator[list[_Batch]]:
    """Stack every site's variants, as many as fill a matrix product, in groups that can be held at once."""
    group: list[_Batch] = []
    held = 0
    for site in sites:
        for part in site.variants.split(max(1, ROWS // len(site.residual))):
            size = len(part) * site.residual.nbytes
            if group and held + size > HELD:
                yield group
                group, held = [], 0
            group.append(_Batch(site, part, part.apply(site.residual, site.added)))
            held += size
    yield group


def _resume(
    model: LanguageModel, above: Sequence[Block], sites: Sequence[_Site], dtype: torch.dtype | None
) -> list[Tensor]:
    """Run the blocks above the amplified one, and score the targets; gives (variants, prompts) for each site."""
    measured: dict[int, list[Tensor]] = {id(site): [] for site in sites}
    for batches in _batches(sites):
        for number, plain in enumerate(above, start=1):
            run = _enter if number == 1 else _advance
            run(prepack_block(plain, ROWS, dtype), batches, last=number == len(above))
        for batch, scores in zip(batches, _score(model, batches), strict=True):
            measured[id(batch.site)].append(batch.site.forward.packed.probabilities(scores))
    return [torch.cat(parts) for parts in measured.values()]


def _enter(block: Block, batches: Sequence[_Batch], *, last: bool) -> None:
    """Run the first block above: what its attention reads of the variants, it reads of their parts."""
    for _, group in groupby(batches, key=lambda batch: id(batch.site)):
        of_site = list(group)
        site = of_site[0].site
        at = site.forward.packed.scored if last else None
        parts = NormedParts(block.attention_norm, site.residual, site.added)
        query, key_value = parts.project(block.query), parts.project(block.key_value)
        for batch in of_site:
            weights = parts.weigh(batch.variants)
            queries, keys_values = (projected.mix(weights).transpose(0, 1) for projected in (query, key_value))
            queries = queries if at is None else queries[:, at]
            batch.replace(site.forward.finish_block(block, batch.residual, queries, keys_values, at)[0])


def _advance(block: Block, batches: Sequence[_Batch], *, last: bool) -> None:
    """Run a further block."""
    for batch in batches:
        at = batch.site.forward.packed.scored if last else None
        batch.replace(batch.site.forward.run_block(block, batch.residual, at)[0])


def _score(model: LanguageModel, batches: Sequence[_Batch]) -> list[Tensor]:
    """Score all batches in one go, so that the unembedding is prepared once; gives (variants, S) for each."""
    shapes = [batch.residual.shape[:2] for batch in batches]
    rows = torch.cat([batch.residual.flatten(0, 1) for batch in batches])
    targets = [batch.site.forward.packed.targets.repeat(len(batch.residual)) for batch in batches]
    scores = score(model.adapter, rows, torch.cat(targets)).split([math.prod(shape) for shape in shapes])
    return [part.unflatten(0, shape) for part, shape in zip(scores, shapes, strict=True)]


def _score_last(model: LanguageModel, site: _Site) -> Tensor:
    """Score the variants of the last block, above which there is no other; gives (variants, prompts)."""
    packed = site.forward.packed
    scores = score_variants(
        model.adapter, site.residual[packed.scored], site.added[:, packed.scored], site.variants, packed.targets
    )
    return packed.probabilities(scores)


def _unstack(measured: Tensor, grid: Grid, what: str) -> SweepResult:
    probabilities = finite(measured.cpu(), what)
    shape = (-1, len(grid.n_neurons), len(grid.multipliers))
    return SweepResult(probabilities[0], probabilities[1:].unflatten(0, shape))
