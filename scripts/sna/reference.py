"""The reference: what the paper does, one forward pass with a hook for each prompt and configuration."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from sna.model import LanguageModel
from sna.prompts import TokenizedPrompt


@contextmanager
def amplified(model: LanguageModel, neurons: Mapping[int, Sequence[int]], multiplier: float) -> Iterator[None]:
    """Multiply the activations of some neurons, at every position, while the block runs.

    Parameters
    ----------
    model : LanguageModel
    neurons : mapping of int to sequence of int
        The neurons of each amplified layer: units of the MLP's hidden layer, the input of its down projection.
    multiplier : float

    Notes
    -----
    Weights are not touched: a hook changes the down projection's input, and is removed whatever happens inside.
    """

    def hook_for(indices: Sequence[int]):
        index = torch.as_tensor(indices, device=model.device)

        def hook(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
            activations = inputs[0].clone()
            activations[..., index] *= multiplier
            return (activations,)

        return hook

    with ExitStack() as stack:
        for layer, indices in neurons.items():
            handle = model.anatomy.down_projections[layer].register_forward_pre_hook(hook_for(indices))
            stack.callback(handle.remove)
        yield


@torch.inference_mode()
def log_probability(model: LanguageModel, prompt: TokenizedPrompt) -> float:
    """Return the natural logarithm of a target's probability after its prompt: the sum over its tokens."""
    tokens = torch.tensor([prompt.context], device=model.device)
    positions, targets = zip(*prompt.scored, strict=True)
    logits = model.network(tokens, use_cache=False).logits[0, list(positions)]
    # In float64: the float32 log_softmax of a large vocabulary is off by up to 3e-5, more than all the rest together.
    return logits.double().log_softmax(dim=-1)[range(len(targets)), targets].sum().item()
