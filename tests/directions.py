"""A plain hook for what the engine adds along a direction."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from sna.model.loading import LanguageModel


def unit_vectors(model: LanguageModel, count: int, seed: int = 0) -> list[Tensor]:
    """Return random directions of a model's residual stream."""
    width = model.adapter.unembedding.weight.shape[1]
    drawn = torch.randn(count, width, generator=torch.Generator().manual_seed(seed))
    return list(drawn / drawn.norm(dim=-1, keepdim=True))


def _change(model: LanguageModel, layer: int, neuron_ids: Sequence[int], multiplier: float, inputs: Tensor) -> Tensor:
    """Return how multiplying some neurons changes what a block adds to the residual stream, in float64."""
    block = model.adapter.blocks[layer]
    activations, weight = inputs.double(), block.down.weight.double()
    added = (multiplier - 1) * activations[..., neuron_ids] @ weight[:, neuron_ids].T
    if block.mlp_output_norm is None:
        return added
    norm, output = replace(block.mlp_output_norm, weight=block.mlp_output_norm.weight.double()), activations @ weight.T
    return norm(output + added) - norm(output)


def block_of(model: LanguageModel, layer: int) -> nn.Module:
    """Return the module that is a block of the model's own network."""
    down = model.adapter.down_projections[layer]
    path = next(path for path, module in model.network.named_modules() if module is down)
    # What every family calls mlp is held by the block.
    return model.network.get_submodule(path.partition(".mlp.")[0])


@contextmanager
def pushed(
    model: LanguageModel, layer: int, neuron_ids: Sequence[int], multiplier: float, direction: Tensor
) -> Generator[None]:
    """Add to a block's output, along a direction, as much as multiplying some neurons changes, at every position."""
    down, block = model.adapter.down_projections[layer], block_of(model, layer)
    sign, seen = 1 if multiplier > 1 else -1, []

    def push(module, inputs, output):
        change = _change(model, layer, neuron_ids, multiplier, seen.pop())
        along = (sign * change.norm(dim=-1, keepdim=True) * direction).float()
        return output + along if isinstance(output, Tensor) else (output[0] + along, *output[1:])

    with (
        down.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0])),
        block.register_forward_hook(push),
    ):
        yield
