"""From the residual stream to the probabilities of target tokens, without ever holding all logits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.chunks import chunks_on
from sna.engine.mixture import Parts, Variants
from sna.engine.prepacking import PrepackedProjection, prepack
from sna.model.architecture import ArchitectureAdapter, Projection, soft_cap


@dataclass(frozen=True)
class Scores:
    """What a model says of target tokens.

    Attributes
    ----------
    log_probabilities : Tensor of float64, shape (..., S)
    top : Tensor of bool, shape (..., S)
        Whether no other token is more likely.
    """

    log_probabilities: Tensor
    top: Tensor

    @classmethod
    def stack(cls, parts: Sequence["Scores"]) -> "Scores":
        """Return several scores as one, in order.

        Parameters
        ----------
        parts : sequence of Scores
            They differ at most in the first axis.

        Returns
        -------
        Scores
        """
        return cls(torch.cat([part.log_probabilities for part in parts]), torch.cat([part.top for part in parts]))

    def split(self, shapes: Sequence[tuple[int, ...]]) -> list["Scores"]:
        """Return parts of scores in a row, each in a shape of its own.

        Parameters
        ----------
        shapes : sequence of tuple of int
            Together they hold as many scores as there are.

        Returns
        -------
        list of Scores
        """
        sizes = [torch.Size(shape).numel() for shape in shapes]
        parts = zip(self.log_probabilities.split(sizes), self.top.split(sizes), shapes, strict=True)
        return [Scores(scores.view(shape), top.view(shape)) for scores, top, shape in parts]


def score(adapter: ArchitectureAdapter, residual: Tensor, targets: Tensor) -> Scores:
    """Return what is said of each row's target.

    The softmax's denominator is gathered over tiles of the vocabulary by a running logsumexp in float64; so is the
    target's own logit computed in float64, because a difference of two large float32 numbers loses what they share.

    Parameters
    ----------
    adapter : ArchitectureAdapter
        The model's parts.
    residual : Tensor, shape (rows, width)
        What leaves the last block.
    targets : Tensor of int, shape (rows,)
        The token that is scored in each row.

    Returns
    -------
    Scores
        Of shape (rows,).
    """
    states = adapter.final_norm(residual)
    size = chunks_on(states.device).rows
    pairs = list(zip(states.split(size), targets.split(size), strict=True))
    logits = torch.cat([target_logits(adapter, rows, wanted) for rows, wanted in pairs])
    gathered = _Gathered(logits)
    for start, tile in tiles(adapter.unembedding):
        tiled = ((soft_cap(tile(rows), adapter.logit_cap), wanted) for rows, wanted in pairs)
        gathered.add(torch.cat([_reduce(part, wanted - start) for part, wanted in tiled], dim=-1))
    return gathered.scores


def score_variants(adapter: ArchitectureAdapter, parts: Parts, variants: Variants, targets: Tensor) -> Scores:
    """Return what is said of each row's target under variants of the last block's output.

    Above the last block there is nothing but the final norm and the unembedding, so the logits of every variant are
    mixtures; see `sna.engine.mixture`.

    Parameters
    ----------
    adapter : ArchitectureAdapter
        The model's parts.
    parts : Parts
        What the last block's output is mixed from.
    variants : Variants
    targets : Tensor of int, shape (rows,)
        The token that is scored in each row.

    Returns
    -------
    Scores
        Of shape (variants, rows).
    """
    mixed = parts.mix(variants)
    normed = parts.normed(adapter.final_norm)
    weights = variants.normed(adapter.final_norm, mixed).spread(len(normed.parts))
    rows = max(1, chunks_on(mixed.device).rows // len(variants))
    gathered = _Gathered(target_logits(adapter, adapter.final_norm(mixed), targets))
    for start, tile in tiles(adapter.unembedding):
        split = zip(normed.project(tile).split(rows), weights.split(rows), targets.split(rows), strict=True)
        logits = ((soft_cap(projected.mix(part), adapter.logit_cap), wanted) for projected, part, wanted in split)
        reduced = [_reduce(tiled, (wanted - start)[:, None]) for tiled, wanted in logits]
        gathered.add(torch.cat(reduced, dim=1).transpose(1, 2))
    return gathered.scores


class _Gathered:
    """What the logits of some rows come to, over the tiles of the vocabulary that were added so far.

    Parameters
    ----------
    logits : Tensor of float64
        Of the targets, one a row.
    """

    def __init__(self, logits: Tensor) -> None:
        self._logits = logits
        self._total = torch.full_like(logits, -torch.inf)
        self._largest = self._own = torch.full_like(logits, -torch.inf, dtype=torch.float32)

    def add(self, reduced: Tensor) -> None:
        """Take up a tile, from `_reduce`."""
        total, largest, own = reduced
        self._total = torch.logaddexp(self._total, total.double())
        self._largest, self._own = self._largest.maximum(largest), self._own.maximum(own)

    @property
    def scores(self) -> Scores:
        """What is said of the targets, once all tiles were added."""
        return Scores(self._logits - self._total, self._own >= self._largest)


def _reduce(logits: Tensor, places: Tensor) -> Tensor:
    """Return a tile's logsumexp, its largest logit, and the target's: the two are compared, and so computed alike.

    Parameters
    ----------
    logits : Tensor, shape (..., tile)
        Overwritten.
    places : Tensor of int, shape (...) or one that broadcasts to it
        The target's place in the tile, or a number outside of it: the target's logit is -inf then.

    Returns
    -------
    Tensor, shape (3, ...)
    """
    largest = logits.amax(dim=-1)
    places = places.expand_as(largest)
    inside = (places >= 0) & (places < logits.shape[-1])
    own = logits.gather(-1, places.where(inside, 0)[..., None])[..., 0].where(inside, -torch.inf)
    total = logits.sub_(largest[..., None]).exp_().sum(dim=-1).log_().add_(largest)
    return torch.stack([total, largest, own])


def target_logits(adapter: ArchitectureAdapter, states: Tensor, targets: Tensor) -> Tensor:
    """Return the logits of target tokens.

    Parameters
    ----------
    adapter : ArchitectureAdapter
        The model's parts.
    states : Tensor, shape (..., rows, width)
        What leaves the final norm.
    targets : Tensor of int, shape (rows,)

    Returns
    -------
    Tensor of float64, shape (..., rows)
    """
    weight, bias = adapter.unembedding.weight, adapter.unembedding.bias
    logits = torch.einsum("...rw,rw->...r", states.double(), weight[targets].double())
    return soft_cap(logits if bias is None else logits + bias[targets], adapter.logit_cap)


def tiles(unembedding: Projection) -> Iterator[tuple[int, Projection | PrepackedProjection]]:
    """Yield the unembedding in parts of the vocabulary.

    Parameters
    ----------
    unembedding : Projection

    Yields
    ------
    int
        The first token of the part.
    Projection or PrepackedProjection
        For it and those that follow, one `Chunks.tile` at most.
    """
    size = chunks_on(unembedding.weight.device).tile
    for start in range(0, len(unembedding.weight), size):
        yield start, prepack(unembedding.part(slice(start, start + size)))
