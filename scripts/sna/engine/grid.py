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
        """Yield parts of at most so many variants, in order."""
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
    counts : sequence of int
        How many neurons are amplified, ascending.
    multipliers : sequence of float
        By what.
    """

    counts: Sequence[int]
    multipliers: Sequence[float]

    def variants(self, rankings: int, device: torch.device) -> Variants:
        """Return the variants that so many rankings of neurons make, after one that is unamplified.

        Rankings run outside, then counts, multipliers inside; each ranking makes one addition a count.
        """
        additions = torch.arange(rankings * len(self.counts), device=device).repeat_interleave(len(self.multipliers))
        scales = (torch.tensor(self.multipliers, device=device) - 1).repeat(rankings * len(self.counts))
        return Variants(
            torch.cat([additions.new_zeros(1), additions]),
            torch.cat([scales.new_zeros(1), scales]),
        )
