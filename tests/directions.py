"""A plain hook for what the engine adds along a direction."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from sna.model.loading import LanguageModel


def unit_vectors(model: LanguageModel, count: int, seed: int = 0) -> list[Tensor]:
    """Return random directions of a model's residual stream."""
    width = model.adapter.unembedding.weight.shape[1]
    drawn = torch.randn(count, width, generator=torch.Generator().manual_seed(seed))
    return list(drawn / drawn.norm(dim=-1, keepdim=True))


@contextmanager
def pushed(
    model: LanguageModel, layer: int, neuron_ids: Sequence[int], multiplier: float, direction: Tensor
) -> Generator[None]:
    """Add to a block's output, along a direction, as much as multiplying some neurons adds, at every position."""
    weight = model.adapter.blocks[layer].down.weight[:, neuron_ids]

    def hook(module, inputs, output):
        added = (multiplier - 1) * inputs[0][..., neuron_ids] @ weight.T
        sign = 1 if multiplier > 1 else -1
        return output + sign * added.norm(dim=-1, keepdim=True) * direction

    with model.adapter.down_projections[layer].register_forward_hook(hook):
        yield
