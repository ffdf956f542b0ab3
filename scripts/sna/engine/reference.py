"""The reference: what the paper does, one forward pass with a hook for each prompt and configuration."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from threading import Lock

import torch
from torch import Tensor, nn

from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

#: The amplifications that the running thread is inside of; each thread has a set of its own.
_entered: ContextVar[frozenset[object]] = ContextVar("entered", default=frozenset())
# Torch numbers hooks without a lock: of two that are registered at once, one could take the other's place.
_registering = Lock()


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
    Weights are not touched: a hook changes the down projection's input, and is removed whatever happens inside. One
    amplification within another multiplies what that has multiplied.

    Threads may share the model: an amplification acts only on what is computed by the thread that entered it (strictly,
    in its `contextvars` context), and a thread that is started inside has to enter one itself. So do not yield from a
    generator inside: the caller would go on amplified.

    Examples
    --------
    >>> with amplified(model, {5: [12, 40], 7: [3]}, multiplier=2.0):
    ...     log_probability(model, prompt)
    """
    this = object()

    def hook_for(indices: Sequence[int]):
        index = torch.as_tensor(indices, device=model.device)

        def hook(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor] | None:
            if this not in _entered.get():
                return None
            activations = inputs[0].clone()
            activations[..., index] *= multiplier
            return (activations,)

        return hook

    with ExitStack() as stack:
        for layer, indices in neurons.items():
            stack.enter_context(_hooked(model.anatomy.down_projections[layer], hook_for(indices)))
        _entered.set(_entered.get() | {this})
        # Not a reset, which would fail in another context: that of whoever ends a generator that was left unfinished.
        stack.callback(lambda: _entered.set(_entered.get() - {this}))
        yield


@contextmanager
def _hooked(module: nn.Module, hook: Callable) -> Iterator[None]:
    with _registering:
        handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        with _registering:
            handle.remove()


@torch.inference_mode()
def log_probability(model: LanguageModel, prompt: TokenizedPrompt) -> float:
    """Return the natural logarithm of a target's probability after its prompt: the sum over its tokens."""
    tokens = torch.tensor([prompt.context], device=model.device)
    positions, targets = zip(*prompt.scored, strict=True)
    logits = model.network(tokens, use_cache=False).logits[0, list(positions)]
    # In float64: the float32 log_softmax of a large vocabulary is off by up to 3e-5, more than all the rest together.
    return logits.double().log_softmax(dim=-1)[range(len(targets)), targets].sum().item()
