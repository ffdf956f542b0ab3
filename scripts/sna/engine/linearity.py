"""What a norm and a projection make of variants of a residual stream, without running them on every variant.

A norm's numerator is linear, its scale is one number a row, and the projection that reads it is linear again. So the
projections of all variants are mixtures of those of the residual stream and of what is added to it: 1 + additions
products take the place of one a variant, and a small product a row mixes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sna.engine.grid import Variants
from sna.engine.prepacking import PrepackedProjection
from sna.model.architecture import Norm, Projection


@dataclass(frozen=True)
class Projected:
    """Projections of the parts that variants are made of.

    Attributes
    ----------
    parts : Tensor, shape (rows, 1 + additions, out)
        Of the residual stream's numerator and of each addition's, without bias.
    constant : Tensor, shape (out,), or None
        What every variant has besides: what the biases of norm and projection come to.
    """

    parts: Tensor
    constant: Tensor | None

    def split(self, size: int) -> Iterator["Projected"]:
        """Yield the rows in parts, in order.

        Parameters
        ----------
        size : int
            How many rows a part has at most.

        Yields
        ------
        Projected
        """
        yield from (Projected(rows, self.constant) for rows in self.parts.split(size))

    def mix(self, weights: Tensor) -> Tensor:
        """Return the projections of variants.

        Parameters
        ----------
        weights : Tensor, shape (rows, variants, 1 + additions)
            From `NormedParts.weigh`.

        Returns
        -------
        Tensor, shape (rows, variants, out)
        """
        if self.constant is None:
            return torch.bmm(weights, self.parts)
        return torch.baddbmm(self.constant, weights, self.parts)


class NormedParts:
    """A residual stream and additions to it, on the way through a norm.

    Parameters
    ----------
    norm : Norm
        The norm that reads the variants.
    residual : Tensor, shape (rows, width)
        The residual stream unamplified.
    added : Tensor, shape (additions, rows, width)
        What may be added to it.
    """

    def __init__(self, norm: Norm, residual: Tensor, added: Tensor) -> None:
        self._norm, self._residual, self._added = norm, residual, added
        self._numerators = norm.numerator(torch.cat([residual[None], added]))

    def weigh(self, variants: Variants) -> Tensor:
        """Return how much of each part a variant is mixed from, divided by the variant's scale.

        Parameters
        ----------
        variants : Variants

        Returns
        -------
        Tensor, shape (rows, variants, 1 + additions)
        """
        divisors = self._norm.scale(variants.apply(self._residual, self._added)).T
        weights = divisors.new_zeros(*divisors.shape, 1 + len(self._added))
        weights[..., 0] = 1
        weights[:, torch.arange(len(variants)), 1 + variants.additions] = variants.scales.to(weights)
        return weights.div_(divisors[..., None])

    def project(self, projection: Projection | PrepackedProjection) -> Projected:
        """Return the projections of the parts.

        Parameters
        ----------
        projection : Projection or PrepackedProjection

        Returns
        -------
        Projected
            Computed in the projection's precision, and kept in the norm's.
        """
        bias = self._norm.bias
        products = replace(projection, bias=None)(self._numerators).to(self._numerators)
        constant = projection.bias if bias is None else projection(bias)
        return Projected(products.transpose(0, 1), None if constant is None else constant.to(products))
