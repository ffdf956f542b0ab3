"""From the residual stream to the probabilities of target tokens, without ever holding all logits."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from sna.anatomy import Anatomy, Projection
from sna.grid import Variants
from sna.prepacking import ROWS, PrepackedProjection, prepack

# Vocabulary entries of a tile of logits: small enough for the cache, large enough for the product.
TILE = 4096


def score(anatomy: Anatomy, residual: Tensor, targets: Tensor) -> Tensor:
    """Return the log-probability of each row's target.

    The softmax's denominator is gathered over tiles of the vocabulary by a running logsumexp in float64; so is the
    target's own logit computed in float64, because a difference of two large float32 numbers loses what they share.

    Parameters
    ----------
    anatomy : Anatomy
        The model's parts.
    residual : Tensor, shape (rows, width)
        What leaves the last block.
    targets : Tensor of int, shape (rows,)
        The token that is scored in each row.

    Returns
    -------
    Tensor of float64, shape (rows,)
    """
    states = anatomy.final_norm(residual)
    logits = _target_logits(anatomy, states, targets)
    total = torch.full_like(logits, -torch.inf)
    for tile in _tiles(anatomy.unembedding):
        sums = torch.cat([tile(rows).logsumexp(dim=-1) for rows in states.split(ROWS)])
        total = torch.logaddexp(total, sums.double())
    return logits - total


def score_variants(anatomy: Anatomy, residual: Tensor, added: Tensor, variants: Variants, targets: Tensor) -> Tensor:
    """Return the log-probability of each row's target under variants of the last block's output.

    The numerator of the final norm is linear and its scale is one number a row, so the logits of every variant follow
    from those of the output and of what is added to it: 1 + counts products take the place of one a variant.

    Parameters
    ----------
    anatomy : Anatomy
        The model's parts.
    residual : Tensor, shape (rows, width)
        What leaves the last block unamplified.
    added : Tensor, shape (counts, rows, width)
        What the neurons add to it, for each count.
    variants : Variants
        How much of which addition each variant has.
    targets : Tensor of int, shape (rows,)
        The token that is scored in each row.

    Returns
    -------
    Tensor of float64, shape (variants, rows)
    """
    norm, unembedding = anatomy.final_norm, anatomy.unembedding
    numerators = norm.numerator(torch.cat([residual[None], added]))
    outputs = variants.apply(residual, added)
    divisors = norm.scale(outputs)[..., None]
    logits = _target_logits(anatomy, norm(outputs), targets)
    total = torch.full_like(logits, -torch.inf)
    for tile in _tiles(unembedding):
        constant = tile(norm.bias) if norm.bias is not None else tile.bias
        plain, *increments = replace(tile, bias=None)(numerators)
        for variant, (count, scale) in enumerate(zip(variants.counts, variants.scales, strict=True)):
            shifted = torch.add(plain, increments[count] * scale).div_(divisors[variant])
            if constant is not None:
                shifted += constant
            total[variant] = torch.logaddexp(total[variant], shifted.logsumexp(dim=-1).double())
    return logits - total


def _target_logits(anatomy: Anatomy, states: Tensor, targets: Tensor) -> Tensor:
    """Return the logits of the targets (rows,) in float64, from normalized states (..., rows, width)."""
    weight, bias = anatomy.unembedding.weight, anatomy.unembedding.bias
    logits = torch.einsum("...rw,rw->...r", states.double(), weight[targets].double())
    return logits if bias is None else logits + bias[targets]


def _tiles(unembedding: Projection) -> Iterator[Projection | PrepackedProjection]:
    """Yield the unembedding in parts of the vocabulary."""
    weight, bias = unembedding.weight, unembedding.bias
    for start in range(0, len(weight), TILE):
        part = slice(start, start + TILE)
        yield prepack(Projection(weight[part], None if bias is None else bias[part]), rows=ROWS)
