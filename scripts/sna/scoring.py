"""From the residual stream to the probabilities of target tokens, without ever holding all logits."""

import torch
from torch import Tensor

from sna.families import Anatomy, Projection
from sna.prepacking import prepack

# Rows and vocabulary entries of a tile of logits: small enough for the cache, large enough for the product.
ROWS = 1024
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
    weight, bias = anatomy.unembedding.weight, anatomy.unembedding.bias
    logits = torch.einsum("rw,rw->r", states.double(), weight[targets].double())
    if bias is not None:
        logits += bias[targets]
    total = torch.full_like(logits, -torch.inf)
    for start in range(0, len(weight), TILE):
        part = slice(start, start + TILE)
        tile = prepack(Projection(weight[part], None if bias is None else bias[part]), rows=ROWS)
        sums = torch.cat([tile(rows).logsumexp(dim=-1) for rows in states.split(ROWS)])
        total = torch.logaddexp(total, sums.double())
    return logits - total
