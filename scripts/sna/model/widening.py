"""Weights that are stored in 16 bits and computed with in 32, a few at a time.

A model of 7 billion parameters takes 14 GB so, not 28. Nothing is rounded: every number of 16 bits is one of 32.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, register_parametrization

#: The precisions in which weights may be stored to be widened.
NARROW = (torch.bfloat16, torch.float16)


class _Widened(nn.Module):
    """What a module gives when it is asked for a narrow weight: one in float32, for as long as it is used."""

    def forward(self, stored: Tensor) -> Tensor:
        """Return the weight in float32."""
        return stored.float()


def widen(network: nn.Module) -> None:
    """Have a network compute in float32, whatever its weights are stored in.

    Parameters
    ----------
    network : Module
        Its modules' narrow weights become parametrized, `torch.nn.utils.parametrize`; none is copied.
    """
    modules: list[Any] = list(network.modules())
    for module in modules:
        for name, weight in list(module.named_parameters(recurse=False)):
            if weight.dtype in NARROW:
                # Unsafe is what torch calls a parametrization that changes the type.
                register_parametrization(module, name, _Widened(), unsafe=True)
        # What Gemma multiplies embeddings by is no weight: it was rounded with them, and the module has it in full too.
        if hasattr(module, "scalar_embed_scale"):
            module.embed_scale = module.embed_scale.new_tensor(module.scalar_embed_scale, dtype=torch.float32)


def stored_weight(module: Any) -> Tensor:
    """Return a module's weight as it is stored, be it narrow or not.

    Parameters
    ----------
    module : Module

    Returns
    -------
    Tensor
    """
    return module.parametrizations.weight.original if is_parametrized(module, "weight") else module.weight


def wide(tensor: Tensor) -> Tensor:
    """Return a tensor in float32, or in more if it is.

    Parameters
    ----------
    tensor : Tensor

    Returns
    -------
    Tensor
        `tensor` itself, if it is not narrow.
    """
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
