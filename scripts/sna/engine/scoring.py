"""From the residual stream to the probabilities of target tokens, without ever holding all logits."""

from collections.abc import Iterator

import torch
from torch import Tensor

from sna.engine.grid import Variants
from sna.engine.linearity import NormedParts
from sna.engine.prepacking import ROWS, PrepackedProjection, prepack
from sna.model.architecture import ArchitectureAdapter, Projection

# Vocabulary entries of a tile of logits: small enough for the cache, large enough for the product.
TILE = 4096


def score(adapter: ArchitectureAdapter, residual: Tensor, targets: Tensor) -> Tensor:
    """Return the log-probability of each row's target.

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
    Tensor of float64, shape (rows,)
    """
    states = adapter.final_norm(residual)
    pairs = zip(states.split(ROWS), targets.split(ROWS), strict=True)
    logits = torch.cat([_target_logits(adapter, rows, wanted) for rows, wanted in pairs])
    total = torch.full_like(logits, -torch.inf)
    for tile in _tiles(adapter.unembedding):
        sums = torch.cat([tile(rows).logsumexp(dim=-1) for rows in states.split(ROWS)])
        total = torch.logaddexp(total, sums.double())
    return logits - total


def score_variants(
    adapter: ArchitectureAdapter, residual: Tensor, added: Tensor, variants: Variants, targets: Tensor
) -> Tensor:
    """Return the log-probability of each row's target under variants of the last block's output.

    Above the last block there is nothing but the final norm and the unembedding, so the logits of every variant are
    mixtures; see `sna.engine.linearity`.

    Parameters
    ----------
    adapter : ArchitectureAdapter
        The model's parts.
    residual : Tensor, shape (rows, width)
        What leaves the last block unamplified.
    added : Tensor, shape (additions, rows, width)
        What neurons add to it when they are doubled.
    variants : Variants
        How much of which addition each variant has.
    targets : Tensor of int, shape (rows,)
        The token that is scored in each row.

    Returns
    -------
    Tensor of float64, shape (variants, rows)
    """
    parts = NormedParts(adapter.final_norm, residual, added)
    weights = parts.weigh(variants)
    rows = max(1, ROWS // len(variants))
    logits = _target_logits(adapter, adapter.final_norm(variants.apply(residual, added)), targets)
    total = torch.full_like(logits, -torch.inf)
    for tile in _tiles(adapter.unembedding):
        pairs = zip(parts.project(tile).split(rows), weights.split(rows), strict=True)
        sums = [projected.mix(part).logsumexp(dim=-1) for projected, part in pairs]
        total = torch.logaddexp(total, torch.cat(sums).T.double())
    return logits - total


def _target_logits(adapter: ArchitectureAdapter, states: Tensor, targets: Tensor) -> Tensor:
    """Return the logits of the targets (rows,) in float64, from normalized states (..., rows, width)."""
    weight, bias = adapter.unembedding.weight, adapter.unembedding.bias
    logits = torch.einsum("...rw,rw->...r", states.double(), weight[targets].double())
    return logits if bias is None else logits + bias[targets]


def _tiles(unembedding: Projection) -> Iterator[Projection | PrepackedProjection]:
    """Yield the unembedding in parts of the vocabulary."""
    weight, bias = unembedding.weight, unembedding.bias
    for start in range(0, len(weight), TILE):
        part = slice(start, start + TILE)
        yield prepack(Projection(weight[part], None if bias is None else bias[part]), rows=ROWS)
