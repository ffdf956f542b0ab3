"""The parts of a language model, under the same names whatever its architecture."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Activation:
    """An activation function, and how oneDNN calls it (name and algorithm) where it can apply it to a product."""

    function: Callable[[Tensor], Tensor]
    fused: tuple[str, str] | None = None


@dataclass(frozen=True)
class Projection:
    """An affine map: `weight` (out, in) and, where the model has one, `bias` (out,).

    Products are made in `precision`, whatever the weight is stored in; None stands for float32, or for more if that is
    what the weight is in.
    """

    weight: Tensor
    bias: Tensor | None = None
    precision: torch.dtype | None = None

    @property
    def dtype(self) -> torch.dtype:
        """What products are made in."""
        return self.precision or torch.promote_types(self.weight.dtype, torch.float32)

    def __call__(self, inputs: Tensor, activation: Activation | None = None) -> Tensor:
        """Return the projection of some vectors.

        Parameters
        ----------
        inputs : Tensor, shape (..., in)
        activation : Activation, optional
            Applied to what comes out.

        Returns
        -------
        Tensor, shape (..., out)
            In `dtype`.
        """
        own = self.to(self.dtype)
        mapped = nn.functional.linear(inputs.to(self.dtype), own.weight, own.bias)
        return mapped if activation is None else activation.function(mapped)

    def part(self, outputs: slice) -> "Projection":
        """Return the map to some of the outputs.

        Parameters
        ----------
        outputs : slice

        Returns
        -------
        Projection
            It shares the weight.
        """
        return replace(self, weight=self.weight[outputs], bias=None if self.bias is None else self.bias[outputs])

    def to(self, dtype: torch.dtype) -> "Projection":
        """Return the same map, stored and computed in another precision.

        Parameters
        ----------
        dtype : torch.dtype

        Returns
        -------
        Projection
        """
        return Projection(self.weight.to(dtype), None if self.bias is None else self.bias.to(dtype), dtype)


@dataclass(frozen=True)
class Norm:
    """A layer norm (`centred`) or an RMS norm: a linear map, divided by a scale, plus a bias where it has one."""

    weight: Tensor
    bias: Tensor | None
    epsilon: float
    centred: bool

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return some vectors, normalized.

        Parameters
        ----------
        inputs : Tensor, shape (..., width)

        Returns
        -------
        Tensor, shape (..., width)
            In the weight's precision.
        """
        inputs = inputs.to(self.weight.dtype)
        if self.centred:
            return nn.functional.layer_norm(inputs, self.weight.shape, self.weight, self.bias, self.epsilon)
        return nn.functional.rms_norm(inputs, self.weight.shape, self.weight, self.epsilon)

    def numerator(self, inputs: Tensor) -> Tensor:
        """Return what is left of the norm without its scale and bias: a linear map.

        Parameters
        ----------
        inputs : Tensor, shape (..., width)

        Returns
        -------
        Tensor, shape (..., width)
        """
        return self.weight * (inputs - inputs.mean(dim=-1, keepdim=True) if self.centred else inputs)

    def scale(self, inputs: Tensor) -> Tensor:
        """Return what the numerator is divided by.

        Parameters
        ----------
        inputs : Tensor, shape (..., width)

        Returns
        -------
        Tensor, shape (...)
        """
        spread = inputs.var(dim=-1, correction=0) if self.centred else inputs.square().mean(dim=-1)
        return (spread + self.epsilon).sqrt()


def normalize(norm: Norm | None, inputs: Tensor) -> Tensor:
    """Return some vectors, normalized if there is a norm.

    Parameters
    ----------
    norm : Norm or None
    inputs : Tensor, shape (..., width)

    Returns
    -------
    Tensor, shape (..., width)
    """
    return inputs if norm is None else norm(inputs)


def soft_cap(logits: Tensor, cap: float | None) -> Tensor:
    """Return logits squeezed into -cap to cap, if there is a cap.

    Parameters
    ----------
    logits : Tensor
        Overwritten.
    cap : float or None

    Returns
    -------
    Tensor
        `cap * tanh(logits / cap)`.
    """
    return logits if cap is None else logits.div_(cap).tanh_().mul_(cap)


#: From the residual stream and positions (1, T) to cosines and sines, each (1, T, rotary width).
Rotary = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Block:
    """A transformer block's parts.

    Attributes
    ----------
    attention_norm, mlp_norm : Norm or None
        What the residual stream passes before attention and before the MLP.
    attention_output_norm, mlp_output_norm : Norm or None
        What passes before it is added to the residual stream.
    query, key_value, attention_output : Projection
        `key_value` gives all keys, then all values.
    query_norm, key_norm : Norm or None
        As wide as a head, of which each is normalized, or as all heads together.
    head_width : int
    scaling : float
        What the products of queries and keys are multiplied by.
    attention_cap : float or None
        What soft-caps those products.
    window : int or None
        How many positions back attention reaches; None for all.
    rotary : Rotary or None
        None if positions are not rotary. Blocks that turn alike share it.
    up : Projection
    gate : Projection or None
        The gate of a gated MLP.
    activation : Activation
    down : Projection
        From the MLP's hidden layer (whose units are the neurons) to the residual stream.
    parallel : bool
        Whether the MLP reads what attention reads (gpt_neox) rather than what attention leaves.
    """

    attention_norm: Norm | None
    mlp_norm: Norm | None
    query: Projection
    key_value: Projection
    attention_output: Projection
    head_width: int
    scaling: float
    window: int | None
    rotary: Rotary | None
    up: Projection
    activation: Activation
    down: Projection
    gate: Projection | None = None
    query_norm: Norm | None = None
    key_norm: Norm | None = None
    attention_output_norm: Norm | None = None
    mlp_output_norm: Norm | None = None
    attention_cap: float | None = None
    parallel: bool = False


@dataclass(frozen=True)
class ArchitectureAdapter:
    """A language model's parts, under the same names whatever its architecture.

    Attributes
    ----------
    down_projections : list of Module
        The modules whose input is the hidden layer of each block's MLP: the hook points of an intervention.
    blocks : list of Block
    embed : callable
        From tokens (T,) and their positions (T,) to the residual stream (T, width).
    final_norm : Norm
    unembedding : Projection
    logit_cap : float or None
        What soft-caps the logits.
    n_ctx : int
        How many positions the model reads at most.
    """

    down_projections: list[nn.Module]
    blocks: list[Block]
    embed: Callable[[Tensor, Tensor], Tensor]
    final_norm: Norm
    unembedding: Projection
    n_ctx: int
    logit_cap: float | None = None

    @property
    def n_layers(self) -> int:
        """How many blocks the model has."""
        return len(self.blocks)

    @property
    def n_neurons(self) -> int:
        """How many neurons a layer has."""
        return self.blocks[0].down.weight.shape[1]
