"""Weights in the layout in which oneDNN multiplies fastest.

A plain product brings the weight into that layout every time; prepared once for many products, it takes a quarter to a
third less. PyTorch keeps the operators private (they are what torch.compile uses on CPU), so they are taken only where
a probe finds that they compute the plain product.
"""

import logging
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from sna.engine.chunks import CPU
from sna.model.architecture import Activation, Block, Projection

# What oneDNN multiplies on a CPU.
PRECISIONS = (torch.float32, torch.bfloat16)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrepackedProjection:
    """An affine map, as `Projection`, whose weight is in oneDNN's own layout."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, inputs: Tensor, activation: Activation | None = None) -> Tensor:
        """Return the projection of some vectors.

        Parameters
        ----------
        inputs, activation
            As `Projection` takes them.

        Returns
        -------
        Tensor, shape (..., out)
            In the weight's precision.
        """
        inputs = inputs.to(self.weight.dtype)
        if activation is None or activation.fused is None or not _operators_agree(inputs.dtype, activation):
            mapped = torch.ops.mkldnn._linear_pointwise(inputs, self.weight, self.bias, "none", [], "")
            return mapped if activation is None else activation.function(mapped)
        name, algorithm = activation.fused
        return torch.ops.mkldnn._linear_pointwise(inputs, self.weight, self.bias, name, [], algorithm)


def _prepacked(projection: Projection) -> PrepackedProjection:
    weight = torch.ops.mkldnn._reorder_linear_weight(projection.weight.contiguous(), CPU.rows)
    return PrepackedProjection(weight, projection.bias)


@cache
def _operators_agree(dtype: torch.dtype, activation: Activation | None = None) -> bool:
    """Whether oneDNN's operators exist here and agree with the plain ones; says in the log if not."""
    generator = torch.Generator().manual_seed(0)
    inputs, weight, bias = (torch.randn(size, generator=generator) for size in ((48, 96), (80, 96), (80,)))
    plain = Projection(weight, bias).to(dtype)
    name, algorithm = (activation.fused if activation else None) or ("none", "")
    try:
        found = torch.ops.mkldnn._linear_pointwise(
            inputs.to(dtype), _prepacked(plain).weight, plain.bias, name, [], algorithm
        )
    except (AttributeError, RuntimeError) as error:
        _log.warning("oneDNN's prepacked weights (%s) are not to be had (%s); plain products are used", name, error)
        return False
    agree = torch.allclose(found, plain(inputs, activation), rtol=0, atol=100 * torch.finfo(dtype).eps)
    if not agree:
        _log.warning("oneDNN's prepacked weights (%s) do not give the plain product; plain products are used", name)
    return agree


def prepack(projection: Projection, dtype: torch.dtype | None = None) -> Projection | PrepackedProjection:
    """Return a projection that is prepared for many products.

    Parameters
    ----------
    projection : Projection
        The map.
    dtype : torch.dtype, optional
        The precision of the products; by default the projection's own.

    Returns
    -------
    Projection or PrepackedProjection
        The plain projection, where prepacking is not to be had: on a GPU there is nothing to prepare.
    """
    projection = projection.to(dtype or projection.dtype)
    weight = projection.weight
    if weight.device.type != "cpu" or weight.dtype not in PRECISIONS or not _operators_agree(weight.dtype):
        return projection
    return _prepacked(projection)


def prepack_block(block: Block, dtype: torch.dtype | None = None) -> Block:
    """Return a block whose projections are all prepared for many products.

    Parameters
    ----------
    block : Block
    dtype
        As `prepack` takes it.

    Returns
    -------
    Block
    """
    projections = {name: part for name, part in vars(block).items() if isinstance(part, Projection)}
    return replace(block, **{name: prepack(projection, dtype) for name, projection in projections.items()})
