"""The reference: what the paper does, one forward pass with a hook for each prompt and configuration."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Protocol

import torch
from torch import Tensor, nn

from sna.model.architecture import ArchitectureAdapter
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

#: The amplifications that the running thread is inside of; each thread has a set of its own.
_entered: ContextVar[frozenset[object]] = ContextVar("entered", default=frozenset())
# Torch numbers hooks without a lock: of two that are registered at once, one could take the other's place.
_registering = Lock()


class Amplifiable(Protocol):
    """What can be amplified: a `LanguageModel`, or a network alone, which need not read texts."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def adapter(self) -> ArchitectureAdapter:
        """Its parts."""
        ...

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        ...


@contextmanager
def amplified(model: Amplifiable, neuron_ids: Mapping[int, Sequence[int]], multiplier: float) -> Generator[None]:
    """Multiply the activations of some neurons, at every position, while the block runs.

    Parameters
    ----------
    model : LanguageModel or another Amplifiable
    neuron_ids : mapping of int to sequence of int
        The neurons of each amplified layer: units of the MLP's hidden layer, the input of its down projection.
        A layer may have none.
    multiplier : float
        What their activations are multiplied by.

    Raises
    ------
    IndexError
        If the model has no such layer, or a layer no such neuron.
    TypeError
        If neurons are given by something else than their numbers.

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
    indices = {layer: _indices(model, layer, of_layer) for layer, of_layer in neuron_ids.items()}
    this = object()

    def hook_for(index: Tensor) -> Callable:
        def hook(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor] | None:
            if this not in _entered.get():
                return None
            activations = inputs[0].clone()
            activations[..., index] *= multiplier
            return (activations,)

        return hook

    with ExitStack() as stack:
        for layer, index in indices.items():
            stack.enter_context(_hooked(model.adapter.down_projections[layer], hook_for(index)))
        _entered.set(_entered.get() | {this})
        # Not a reset, which would fail in another context: that of whoever ends a generator that was left unfinished.
        stack.callback(lambda: _entered.set(_entered.get() - {this}))
        yield


def _indices(model: Amplifiable, layer: int, of_layer: Sequence[int]) -> Tensor:
    """Return the numbers of a layer's neurons; Python would count negative ones from the end."""
    n_layers, n_neurons = model.adapter.n_layers, model.adapter.n_neurons
    if not 0 <= layer < n_layers:
        raise IndexError(f"there is no layer {layer} in {model.name}; its last is {n_layers - 1}")
    # Of no numbers torch would make floating-point ones.
    indices = torch.as_tensor(of_layer) if len(of_layer) else torch.zeros(0, dtype=torch.long)
    if indices.is_floating_point() or indices.dtype == torch.bool:
        raise TypeError(f"layer {layer}: neurons are given by their numbers, not as {indices.dtype}")
    for wrong in indices[(indices < 0) | (indices >= n_neurons)].tolist():
        raise IndexError(f"there is no neuron {wrong} in layer {layer} of {model.name}; its last is {n_neurons - 1}")
    return indices.to(model.device)


@contextmanager
def _hooked(module: nn.Module, hook: Callable) -> Generator[None]:
    with _registering:
        handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        with _registering:
            handle.remove()


def log_probability(model: LanguageModel, prompt: TokenizedPrompt) -> float:
    """Return the natural logarithm of a target's probability after its prompt.

    Parameters
    ----------
    model : LanguageModel
    prompt : TokenizedPrompt

    Returns
    -------
    float
        The sum over the target's tokens.
    """
    logits, targets = _logits(model, prompt)
    # In float64: the float32 log_softmax of a large vocabulary is off by up to 3e-5, more than all the rest together.
    return logits.double().log_softmax(dim=-1).gather(-1, targets).sum().item()


def is_top(model: LanguageModel, prompt: TokenizedPrompt) -> bool:
    """Say whether a model would say a target: whether each of its tokens is the most likely one there.

    Parameters
    ----------
    model : LanguageModel
    prompt : TokenizedPrompt

    Returns
    -------
    bool
    """
    logits, targets = _logits(model, prompt)
    return bool((logits.gather(-1, targets) >= logits.amax(dim=-1, keepdim=True)).all())


@torch.inference_mode()
def _logits(model: LanguageModel, prompt: TokenizedPrompt) -> tuple[Tensor, Tensor]:
    """Return the logits where a target's tokens are predicted, (tokens, vocabulary), and which tokens these are."""
    positions, targets = zip(*prompt.scored, strict=True)
    tokens = torch.tensor([prompt.context], device=model.device)
    logits = model.network(tokens, use_cache=False).logits[0, list(positions)]
    return logits, torch.tensor(targets, device=model.device)[:, None]
