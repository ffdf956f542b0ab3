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

from sna.families import Block
from sna.model import LanguageModel, finite
from sna.packed_pass import PackedPass
from sna.prefix_tree import PackedPrompts
from sna.prepacking import prepack_block
from sna.scoring import score

# Rows (variant x node) that go through a block together: enough to fill a matrix product, few enough for the cache.
ROWS = 1024
# Bytes of residual stream, over all variants and tasks, that are held at once.
HELD = 2**29


@dataclass(frozen=True)
class Grid:
    """The configurations of a layer: every neuron count with every multiplier.

    Attributes
    ----------
    counts : sequence of int
        How many neurons are amplified, ascending.
    multipliers : sequence of float
        By what.
    """

    counts: Sequence[int]
    multipliers: Sequence[float]

    def variants(self) -> tuple[Tensor, Tensor]:
        """Return for each variant the number of its count and its multiplier less 1; the first is unamplified."""
        which = torch.arange(len(self.counts)).repeat_interleave(len(self.multipliers))
        scales = (torch.tensor(self.multipliers) - 1).repeat(len(self.counts))
        return torch.cat([which.new_zeros(1), which]), torch.cat([scales.new_zeros(1), scales])


@dataclass(frozen=True)
class Intervention:
    """What is amplified while what is measured.

    Attributes
    ----------
    packed : PackedPrompts
        The prompts whose target probabilities are measured.
    neurons : sequence of int
        The layer's neurons, ranked: the first to be amplified first.
    """

    packed: PackedPrompts
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
def sweep_layer(model: LanguageModel, layer: int, interventions: Sequence[Intervention], grid: Grid) -> list[Swept]:
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

    Returns
    -------
    list of Swept
        One an intervention.

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    batches = [
        batch
        for number, intervention in enumerate(interventions)
        for batch in _start(model, layer, number, intervention, grid)
    ]
    measured: list[list[Tensor]] = [[] for _ in interventions]
    for group in _groups(batches):
        for batch, probabilities in zip(group, _resume(model, layer, group), strict=True):
            measured[batch.number].append(probabilities)
    return [_unstack(torch.cat(parts), grid, f"{model.name}, layer {layer}") for parts in measured]


@dataclass
class _Batch:
    """Stacked variants of one intervention on their way through the blocks: `residual` (variants, T or S, width)."""

    number: int
    forward: PackedPass
    residual: Tensor

    def advance(self, block: Block, at: Tensor | None) -> None:
        """Run a block, on as many variants at a time as fill a matrix product."""
        chunks = self.residual.split(max(1, ROWS // self.residual.shape[1]))
        outputs = [self.forward.run_block(block, chunk, at)[0] for chunk in chunks]
        self.residual = torch.cat(outputs)


def _start(model: LanguageModel, layer: int, number: int, intervention: Intervention, grid: Grid) -> Iterator[_Batch]:
    """Run the blocks up to the amplified one, and give its variants in batches that can be held."""
    forward = PackedPass(model.anatomy, intervention.packed.to(model.device))
    residual = forward.embedded
    for block in model.anatomy.blocks[: layer + 1]:
        residual, activations = forward.run_block(block, residual)
    weight = model.anatomy.blocks[layer].down.weight
    added = cumulative_outputs(activations, weight, intervention.neurons, grid.counts)
    which, scales = (part.to(model.device).split(max(1, HELD // residual.nbytes)) for part in grid.variants())
    for counts, factors in zip(which, scales, strict=True):
        yield _Batch(number, forward, residual + factors[:, None, None] * added[counts])


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


def _groups(batches: Sequence[_Batch]) -> Iterator[list[_Batch]]:
    """Split batches into groups that are held at once."""
    group: list[_Batch] = []
    for batch in batches:
        if group and sum(held.residual.nbytes for held in group) + batch.residual.nbytes > HELD:
            yield group
            group = []
        group.append(batch)
    yield group


def _resume(model: LanguageModel, layer: int, group: Sequence[_Batch]) -> list[Tensor]:
    """Run the blocks above the amplified one, and score the targets; gives (variants, prompts) for each batch."""
    blocks = model.anatomy.blocks
    for index in range(layer + 1, len(blocks)):
        block = prepack_block(blocks[index], ROWS)
        last = index == len(blocks) - 1
        for batch in group:
            batch.advance(block, at=batch.forward.packed.scored if last else None)
    if layer == len(blocks) - 1:
        for batch in group:
            batch.residual = batch.residual[:, batch.forward.packed.scored]
    shapes = [batch.residual.shape[:2] for batch in group]
    targets = [
        batch.forward.packed.targets.repeat(variants) for batch, (variants, _) in zip(group, shapes, strict=True)
    ]
    scores = score(model.anatomy, torch.cat([batch.residual.flatten(0, 1) for batch in group]), torch.cat(targets))
    parts = scores.split([shape.numel() for shape in shapes])
    return [
        batch.forward.packed.probabilities(part.unflatten(0, shape))
        for batch, part, shape in zip(group, parts, shapes, strict=True)
    ]


def _unstack(measured: Tensor, grid: Grid, what: str) -> Swept:
    probabilities = finite(measured.cpu(), what)
    return Swept(probabilities[0], probabilities[1:].unflatten(0, (len(grid.counts), len(grid.multipliers))))
