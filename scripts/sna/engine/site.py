"""Where amplification sets in: prompts that have reached the amplified block, and what may be added to its output."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from sna.engine.grid import Grid, Variants
from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Additions:
    """What is added to the output of a block, each apart from the others.

    Attributes
    ----------
    rankings : sequence of sequence of int
        Rankings of the layer's neurons: what the first ones of a ranking add is multiplied. There is one at least.
    directions : sequence of Tensor, each of shape (width,)
        Unit vectors of the residual stream. Each is as long, at every position, as what the first ranking adds there.
    """

    rankings: Sequence[Sequence[int]]
    directions: Sequence[Tensor] = ()

    def __len__(self) -> int:
        return len(self.rankings) + len(self.directions)

    def compute(self, activations: Tensor, weight: Tensor, n_neurons: Sequence[int]) -> Tensor:
        """Return what is added when neurons are doubled.

        Parameters
        ----------
        activations : Tensor, shape (T, neurons)
            The MLP's hidden layer.
        weight : Tensor, shape (width, neurons)
            Of the down projection.
        n_neurons : sequence of int
            The neuron counts, ascending.

        Returns
        -------
        Tensor, shape (additions * neuron counts, T, width)
            The rankings before the directions; neuron counts change fastest.
        """
        added = [cumulative_outputs(activations, weight, ranking, n_neurons) for ranking in self.rankings]
        lengths = added[0].norm(dim=-1, keepdim=True)
        return torch.cat(added + [lengths * direction.to(lengths) for direction in self.directions])


@dataclass(frozen=True)
class Site:
    """Packed prompts that have reached the amplified block.

    Attributes
    ----------
    forward : PackedPass
        The rest of their way.
    residual : Tensor, shape (T, width)
        What leaves the block unamplified.
    added : Tensor, shape (additions * neuron counts, T, width)
        What may be added to it, from `Additions.compute`.
    variants : Variants
        How much of which addition each variant has; the first has none.
    """

    forward: PackedPass
    residual: Tensor
    added: Tensor
    variants: Variants


def reach(
    model: LanguageModel, layer: int, prompts: Sequence[TokenizedPrompt], additions: Additions, grid: Grid
) -> Site:
    """Run the blocks up to the amplified one.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The amplified block, from 0.
    prompts : sequence of TokenizedPrompt
        They are packed into one tree.
    additions : Additions
    grid : Grid
        The configurations.

    Returns
    -------
    Site
    """
    forward = PackedPass(model.adapter, pack(prompts).to(model.device))
    residual, activations = forward.run_blocks(model.adapter.blocks[: layer + 1])
    added = additions.compute(activations, model.adapter.blocks[layer].down.weight, grid.n_neurons)
    return Site(forward, residual, added, grid.variants(len(additions), model.device))


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
