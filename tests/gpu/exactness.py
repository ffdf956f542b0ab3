"""The engine on a device, beside one hooked forward pass a prompt and configuration on the same device."""

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from sna.engine.grid import Grid
from sna.engine.reference import amplified, log_probability
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

#: What a sweep is run in: the type of its products, and what torch calls the rounding of float32 ones. TF32, in which a
#: GPU may round them to 10 bits, is what the workflow never turns on.
PRECISIONS = {
    "float32": (torch.float32, "highest"),
    "TF32": (torch.float32, "high"),
    "bfloat16": (torch.bfloat16, "highest"),
}
#: The largest relative error of a probability that is right: for the first and the last what amplify_layer allows.
BOUNDS = {"float32": 1e-4, "TF32": 0.1, "bfloat16": 0.5}


@contextmanager
def rounded(precision: str) -> Generator[None]:
    """Let float32 products be rounded, as `torch.set_float32_matmul_precision` has it, while the block runs."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def ranked(model: LanguageModel, layer: int) -> list[int]:
    """Return all neurons of a layer in random order: what is amplified matters neither to exactness nor to time."""
    generator = torch.Generator().manual_seed(layer)
    return torch.randperm(model.adapter.n_neurons, generator=generator).tolist()


def measure_errors(
    model: LanguageModel, prompts: Sequence[TokenizedPrompt], layers: Sequence[int], grid: Grid
) -> dict[str, float]:
    """Return the engine's largest relative error of a probability, by precision.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of TokenizedPrompt
    layers : sequence of int
        From 0.
    grid : Grid

    Returns
    -------
    dict of str to float
        The reference is in float32, whatever the engine is in.
    """
    errors = dict.fromkeys(PRECISIONS, 0.0)
    for layer in layers:
        expected = _reference(model, prompts, layer, grid)
        for name, (dtype, rounding) in PRECISIONS.items():
            with rounded(rounding):
                (found,) = sweep_layer(model, layer, [SweepInput(prompts, [ranked(model, layer)])], grid, dtype)
            error = ((found.probabilities[0] - expected).abs() / expected).max().item()
            errors[name] = max(errors[name], error)
    return errors


def _reference(model: LanguageModel, prompts: Sequence[TokenizedPrompt], layer: int, grid: Grid) -> Tensor:
    """Return probabilities of shape (neuron counts, multipliers, prompts)."""
    found = torch.empty(len(grid.n_neurons), len(grid.multipliers), len(prompts), dtype=torch.float64)
    for c, count in enumerate(grid.n_neurons):
        for m, multiplier in enumerate(grid.multipliers):
            with amplified(model, {layer: ranked(model, layer)[:count]}, multiplier):
                found[c, m] = torch.tensor([math.exp(log_probability(model, prompt)) for prompt in prompts])
    return found


def repeats_exactly(model: LanguageModel, prompts: Sequence[TokenizedPrompt], layer: int, grid: Grid) -> bool:
    """Say whether the same sweep gives the same bytes twice."""
    asked = [SweepInput(prompts, [ranked(model, layer)])]
    (first,), (second,) = (sweep_layer(model, layer, asked, grid) for _ in range(2))
    return torch.equal(first.probabilities, second.probabilities)
