"""Variants of a residual stream, without a pass for each: row by row they are mixtures of a few parts.

What multiplying neurons adds to their MLP's output is linear in the multiplier. A norm's numerator is linear and its
scale is one number a row and variant; the projection that reads it is linear again. So whatever norms lie on the way,
variants are mixed from parts that they have in common, with weights of their own: projecting 1 + additions parts takes
the place of projecting every variant, and a small product a row mixes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from sna.engine.prepacking import PrepackedProjection
from sna.model.architecture import Norm, Projection


@dataclass(frozen=True)
class Variants:
    """How much of which parts variants have: of the first ones all have some, of the others each has one.

    Attributes
    ----------
    own : Tensor of int, shape (variants,)
        The number of the part that is a variant's own.
    weights : Tensor, shape (variants, rows, shared + 1)
        How much of each shared part a variant has, and last of its own.
    """

    own: Tensor
    weights: Tensor

    def __len__(self) -> int:
        return len(self.own)

    def __getitem__(self, which: slice) -> "Variants":
        return Variants(self.own[which], self.weights[which])

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
        yield from map(Variants, self.own.split(size), self.weights.split(size))

    @classmethod
    def join(cls, groups: Sequence["Variants"]) -> "Variants":
        """Return several groups of variants as one, in order.

        Parameters
        ----------
        groups : sequence of Variants
            Of the same parts.

        Returns
        -------
        Variants
        """
        return cls(torch.cat([group.own for group in groups]), torch.cat([group.weights for group in groups]))

    def at(self, rows: Tensor) -> "Variants":
        """Return some rows of the variants.

        Parameters
        ----------
        rows : Tensor of int, shape (S,)

        Returns
        -------
        Variants
        """
        return Variants(self.own, self.weights[:, rows])

    def normed(self, norm: Norm | None, mixed: Tensor) -> "Variants":
        """Return how much variants have of the parts that went through a norm, as `Parts.normed` returns them.

        Parameters
        ----------
        norm : Norm or None
        mixed : Tensor, shape (variants, rows, width)
            The variants that enter it, from `Parts.mix`.

        Returns
        -------
        Variants
            What every variant had whole is the first of the shared parts.
        """
        if norm is None:
            return self
        weights = nn.functional.pad(self.weights, (1, 0), value=1)
        return Variants(self.own + 1, weights.div_(norm.scale(mixed)[..., None]))

    def spread(self, n_parts: int) -> Tensor:
        """Return how much of every part variants have, most of it nothing.

        Parameters
        ----------
        n_parts : int
            How many parts there are.

        Returns
        -------
        Tensor, shape (rows, variants, parts)
        """
        weights = self.weights.transpose(0, 1)
        n_shared = weights.shape[-1] - 1
        spread = weights.new_zeros(*weights.shape[:2], n_parts)
        spread[..., :n_shared] = weights[..., :n_shared]
        spread[:, torch.arange(len(self), device=self.own.device), self.own] = weights[..., n_shared]
        return spread


@dataclass(frozen=True)
class Projected:
    """Projections of the parts that variants are mixed from.

    Attributes
    ----------
    parts : Tensor, shape (rows, parts, out)
        Without bias.
    constant : Tensor, shape (rows, 1, out), or None
        What every variant has whole.
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
        parts = self.parts.split(size)
        constants = [None] * len(parts) if self.constant is None else self.constant.split(size)
        yield from map(Projected, parts, constants)

    def mix(self, weights: Tensor) -> Tensor:
        """Return the projections of variants.

        Parameters
        ----------
        weights : Tensor, shape (rows, variants, parts)
            From `Variants.spread`.

        Returns
        -------
        Tensor, shape (rows, variants, out)
        """
        if self.constant is None:
            return torch.bmm(weights, self.parts)
        return torch.baddbmm(self.constant, weights, self.parts)


@dataclass(frozen=True)
class NormedParts:
    """What variants are mixed from once they went through a norm.

    Attributes
    ----------
    base : Tensor, shape (rows, width) or (width,), or None
        What every variant has whole: the norm's bias, or, where there was no norm, what it was before.
    parts : Tensor, shape (parts, rows, width)
    """

    base: Tensor | None
    parts: Tensor

    def project(self, projection: Projection | PrepackedProjection) -> Projected:
        """Return the projections of the parts.

        Parameters
        ----------
        projection : Projection or PrepackedProjection

        Returns
        -------
        Projected
            Computed in the projection's precision, and kept in the parts'.
        """
        products = replace(projection, bias=None)(self.parts).to(self.parts)
        constant = projection.bias if self.base is None else projection(self.base)
        if constant is not None:
            constant = constant.to(products)[..., None, :].expand(products.shape[1], 1, -1)
        return Projected(products.transpose(0, 1), constant)


@dataclass(frozen=True)
class Parts:
    """What variants of a residual stream are mixed from.

    Attributes
    ----------
    base : Tensor, shape (rows, width)
        What every variant has whole.
    parts : Tensor, shape (parts, rows, width)
        Those that variants share before those that they have for themselves.
    """

    base: Tensor
    parts: Tensor

    def at(self, rows: Tensor) -> "Parts":
        """Return some rows of the parts.

        Parameters
        ----------
        rows : Tensor of int, shape (S,)

        Returns
        -------
        Parts
        """
        return Parts(self.base[rows], self.parts[:, rows])

    def mix(self, variants: Variants) -> Tensor:
        """Return each variant.

        Parameters
        ----------
        variants : Variants

        Returns
        -------
        Tensor, shape (variants, rows, width)
        """
        *shared, own = variants.weights[..., None].unbind(dim=-2)
        mixed = self.parts[variants.own].mul_(own)
        for weight, part in zip(shared, self.parts, strict=False):
            mixed.addcmul_(weight, part)
        return mixed.add_(self.base)

    def normed(self, norm: Norm | None) -> NormedParts:
        """Return the parts that a norm makes of these.

        Parameters
        ----------
        norm : Norm or None

        Returns
        -------
        NormedParts
            The base is the first of its parts, if there is a norm.
        """
        if norm is None:
            return NormedParts(self.base, self.parts)
        return NormedParts(norm.bias, norm.numerator(torch.cat([self.base[None], self.parts])))
