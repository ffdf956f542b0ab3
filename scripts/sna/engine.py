"""The engine: all configurations of a layer at once, exactly.

Multiplying neurons by m adds (m - 1) * sum over those neurons of activation * output weight to the residual stream that
leaves their block. So one pass up to the block and a cumulative sum over nested neuron counts give every variant of
the layer; only the blocks above it are run for each. Every task's variants go through a block before the next block is
taken up: its weights are prepared once, stay in the cache, and one block's worth of them is held.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from sna.anatomy import Block
from sna.grid import Grid, Variants
from sna.model import LanguageModel, finite
from sna.packed_pass import PackedPass
from sna.prefix_tree import pack, split
from sna.prepacking import ROWS, prepack_block
from sna.prompts import TokenizedPrompt
from sna.scoring import score, score_variants

# Bytes of residual stream, over all variants and tasks, that are held at once.
HELD = 2**29


@dataclass(frozen=True)
class Intervention:
    """What is amplified while what is measured.

    Attributes
    ----------
    prompts : sequence of TokenizedPrompt
        Those whose target probabilities are measured.
    neurons : sequence of int
        The layer's neurons, ranked: the first to be amplified first.
    """

    prompts: Sequence[TokenizedPrompt]
    neurons: Sequence[int]


@dataclass(frozen=True)
class Swept:
    """Target probabilities of an intervention's prompts.

    Attributes
    ----------
    baseline : Tensor, shape (prompts,)
        Unamplified, by the same computation.
    probabilities : Tensor, shape (counts, multipliers, prompts)
    """

    baseline: Tensor
    probabilities: Tensor


@torch.inference_mode()
def sweep_layer(
    model: LanguageModel,
    layer: int,
    interventions: Sequence[Intervention],
    grid: Grid,
    dtype: torch.dtype | None = None,
) -> list[Swept]:
    """Measure target probabilities under all configurations of one layer.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The block whose neurons are amplified, from 0.
    interventions : sequence of Intervention
        Usually one a task.
    grid : Grid
        The configurations.
    dtype : torch.dtype, optional
        The precision of the matrix products above the layer, by default the model's own; the residual stream, the
        norms and the scores stay in that.

    Returns
    -------
    list of Swept
        One an intervention.

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    variants = grid.variants(model.device)
    sites = [
        [_reach(model, layer, group, intervention.neurons, grid) for group in split(intervention.prompts)]
        for intervention in interventions
    ]
    flat = [site for group in sites for site in group]
    above = model.anatomy.blocks[layer + 1 :]
    measured = iter(_resume(model, above, flat, variants, dtype) if above else _score_last(model, flat, variants))
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
    added : Tensor, shape (counts, T, width)
        What the amplified neurons add to it, for each count.
    """

    forward: PackedPass
    residual: Tensor
    added: Tensor


def _reach(
    model: LanguageModel, layer: int, prompts: Sequence[TokenizedPrompt], neurons: Sequence[int], grid: Grid
) -> _Site:
    """Run the blocks up to the amplified one."""
    forward = PackedPass(model.anatomy, pack(prompts).to(model.device))
    residual = forward.embedded
    for block in model.anatomy.blocks[: layer + 1]:
        residual, activations = forward.run_block(block, residual)
    weight = model.anatomy.blocks[layer].down.weight
    return _Site(forward, residual, cumulative_outputs(activations, weight, neurons, grid.counts))


def cumulative_outputs(activations: Tensor, weight: Tensor, neurons: Sequence[int], counts: Sequence[int]) -> Tensor:
    """Return what the first neurons of a ranking add to the residual stream, for each of several nested counts.

    Parameters
    ----------
    activations : Tensor, shape (T, neurons)
        The MLP's hidden layer.
    weight : Tensor, shape (width, neurons)
        Of the down projection.
    neurons : sequence of int
        The ranking.
    counts : sequence of int
        Ascending.

    Returns
    -------
    Tensor, shape (counts, T, width)
    """
    order = torch.as_tensor(neurons[: counts[-1]], device=activations.device)
    bounds = [0, *counts]
    parts = [activations[:, order[start:end]] @ weight[:, order[start:end]].T for start, end in pairwise(bounds)]
    return torch.stack(parts).cumsum(dim=0)


@dataclass
class _Batch:
    """Stacked variants of a site on their way through the blocks: `residual` (variants, T or S, width)."""

    site: int
    forward: PackedPass
    residual: Tensor

    def advance(self, block: Block, at: Tensor | None) -> None:
        """Run a block, on as many variants at a time as fill a matrix product."""
        chunks = self.residual.split(max(1, ROWS // self.residual.shape[1]))
        self.residual = torch.cat([self.forward.run_block(block, chunk, at)[0] for chunk in chunks])


def _batches(sites: Sequence[_Site], variants: Variants) -> Iterator[list[_Batch]]:
    """Stack every site's variants, in groups that can be held at once."""
    group: list[_Batch] = []
    held = 0
    for number, site in enumerate(sites):
        for part in variants.split(max(1, HELD // site.residual.nbytes)):
            size = len(part) * site.residual.nbytes
            if group and held + size > HELD:
                yield group
                group, held = [], 0
            group.append(_Batch(number, site.forward, part.apply(site.residual, site.added)))
            held += size
    yield group


def _resume(
    model: LanguageModel, above: Sequence[Block], sites: Sequence[_Site], variants: Variants, dtype: torch.dtype | None
) -> list[Tensor]:
    """Run the blocks above the amplified one, and score the targets; gives (variants, prompts) for each site."""
    measured: list[list[Tensor]] = [[] for _ in sites]
    for batches in _batches(sites, variants):
        for number, plain in enumerate(above, start=1):
            block = prepack_block(plain, ROWS, dtype)
            for batch in batches:
                batch.advance(block, at=batch.forward.packed.scored if number == len(above) else None)
        for batch, scores in zip(batches, _score(model, batches), strict=True):
            measured[batch.site].append(batch.forward.packed.probabilities(scores))
    return [torch.cat(parts) for parts in measured]


def _score(model: LanguageModel, batches: Sequence[_Batch]) -> list[Tensor]:
    """Score all batches in one go, so that the unembedding is prepared once; gives (variants, S) for each."""
    shapes = [batch.residual.shape[:2] for batch in batches]
    rows = torch.cat([batch.residual.flatten(0, 1) for batch in batches])
    targets = [batch.forward.packed.targets.repeat(len(batch.residual)) for batch in batches]
    scores = score(model.anatomy, rows, torch.cat(targets)).split([shape.numel() for shape in shapes])
    return [part.unflatten(0, shape) for part, shape in zip(scores, shapes, strict=True)]


def _score_last(model: LanguageModel, sites: Sequence[_Site], variants: Variants) -> list[Tensor]:
    """Score the variants of the last block, above which there is no other; gives (variants, prompts) for each site."""
    scored = [site.forward.packed.scored for site in sites]
    scores = score_variants(
        model.anatomy,
        torch.cat([site.residual[at] for site, at in zip(sites, scored, strict=True)]),
        torch.cat([site.added[:, at] for site, at in zip(sites, scored, strict=True)], dim=1),
        variants,
        torch.cat([site.forward.packed.targets for site in sites]),
    )
    parts = scores.split([len(at) for at in scored], dim=-1)
    return [site.forward.packed.probabilities(part) for site, part in zip(sites, parts, strict=True)]


def _unstack(measured: Tensor, grid: Grid, what: str) -> Swept:
    probabilities = finite(measured.cpu(), what)
    return Swept(probabilities[0], probabilities[1:].unflatten(0, (len(grid.counts), len(grid.multipliers))))
