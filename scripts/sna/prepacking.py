"""Weights in the layout in which oneDNN multiplies fastest.

A plain product brings the weight into that layout every time; prepared once for many products, it takes a quarter to a
third less. PyTorch keeps the operators private (they are what torch.compile uses on CPU), so they are taken only where
a probe finds that they compute the plain product.
"""

import logging
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor, nn

from sna.families import Block, Projection

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrepackedProjection:
    """An affine map, as `Projection`, whose weight is in oneDNN's own layout."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, inputs: Tensor) -> Tensor:
        """Map (..., in) to (..., out)."""
        return torch.ops.mkldnn._linear_pointwise(inputs, self.weight, self.bias, "none", [], "")


def _prepacked(projection: Projection, rows: int) -> PrepackedProjection:
    return PrepackedProjection(
        torch.ops.mkldnn._reorder_linear_weight(projection.weight.contiguous(), rows), projection.bias
    )


@cache
def _operators_agree() -> bool:
    """Whether oneDNN's operators exist here and agree with the plain product; says in the log if not."""
    generator = torch.Generator().manual_seed(0)
    inputs, weight, bias = (torch.randn(size, generator=generator) for size in ((48, 96), (80, 96), (80,)))
    expected = nn.functional.linear(inputs, weight, bias)
    try:
        agree = torch.allclose(_prepacked(Projection(weight, bias), 48)(inputs), expected, rtol=1e-4, atol=1e-5)
    except (AttributeError, RuntimeError) as error:
        _log.warning("oneDNN's prepacked weights are not to be had (%s); plain products are used", error)
        return False
    if not agree:
        _log.warning("oneDNN's prepacked weights do not give the plain product here; plain products are used")
    return agree


def prepack(projection: Projection, rows: int) -> Projection | PrepackedProjection:
    """Prepare a projection for many products.

    Parameters
    ----------
    projection : Projection
    rows : int
        About how many rows are multiplied at once.

    Returns
    -------
    Projection or PrepackedProjection
        The projection as it is, where prepacking is not to be had.
    """
    weight = projection.weight
    if weight.device.type != "cpu" or weight.dtype != torch.float32 or not _operators_agree():
        return projection
    return _prepacked(projection, rows)


def prepack_block(block: Block, rows: int) -> Block:
    """Prepare all projections of a block for many products; see `prepack`."""
    projections = {name: part for name, part in vars(block).items() if isinstance(part, Projection)}
    return replace(block, **{name: prepack(projection, rows) for name, projection in projections.items()})
