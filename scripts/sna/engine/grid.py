"""The configurations of a layer, and the variants of its output that they make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Variants:
    """Scaled additions to what leaves a block.

    Attributes
    ----------
    additions : Tensor of int, shape (variants,)
        Which of the additions it has.
    scales : Tensor, shape (variants,)
        What that addition is multiplied by: the multiplier less 1.
    """

    additions: Tensor
    scales: Tensor

    def __len__(self) -> int:
        return len(self.scales)

    def split(self, size: int) -> Iterator["Variants"]:
        """Yield the variants in parts, in order.

        Parameters
        ----------
        size : int
            How many variants a part has at most.

        Yields
        ------
        Variants
        """
        yield from map(Variants, self.additions.split(size), self.scales.split(size))

    def apply(self, residual: Tensor, added: Tensor) -> Tensor:
        """Return each variant of a block's output.

        Parameters
        ----------
        residual : Tensor, shape (T, width)
            What leaves the block unamplified.
        added : Tensor, shape (additions, T, width)
            What neurons add to it when they are doubled.

        Returns
        -------
        Tensor, shape (variants, T, width)
        """
        return residual + self.scales[:, None, None] * added[self.additions]


@dataclass(frozen=True)
class Grid:
    """The configurations of a layer: every neuron count with every multiplier.

    Attributes
    ----------
    n_neurons : sequence of int
        The neuron counts: how many neurons are amplified, ascending.
    multipliers : sequence of float
        What their activations are multiplied by.
    """

    n_neurons: Sequence[int]
    multipliers: Sequence[float]

    def variants(self, n_amplified: int, device: torch.device) -> Variants:
        """Return an unamplified variant, then one for each ranking or direction, neuron count and multiplier.

        Parameters
        ----------
        n_amplified : int
            How many rankings of neurons and directions are amplified; each makes one addition a neuron count.
        device : torch.device
            Where the variants' tensors go.

        Returns
        -------
        Variants
            Multipliers change fastest, rankings and directions slowest.
        """
        additions = torch.arange(n_amplified * len(self.n_neurons), device=device).repeat_interleave(
            len(self.multipliers)
        )
        scales = (torch.tensor(self.multipliers, device=device) - 1).repeat(n_amplified * len(self.n_neurons))
        return Variants(
            torch.cat([additions.new_zeros(1), additions]),
            torch.cat([scales.new_zeros(1), scales]),
        )
