"""How far the engine's probabilities are from the reference's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from sna.engine.grid import Grid
from sna.engine.reference import amplified, log_probability
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Precision:
    """The engine against the reference, on a sample of configurations and prompts.

    Attributes
    ----------
    dtype : str
        The precision of the engine's matrix products; the reference is in float32.
    layers : list of int
        Those that were sampled.
    probabilities : int
        How many were compared.
    largest_relative_error : float
        Of a probability.
    """

    dtype: str
    layers: list[int]
    probabilities: int
    largest_relative_error: float


def measure_precision(
    model: LanguageModel,
    prompts: Sequence[TokenizedPrompt],
    neuron_ids: Mapping[int, Sequence[int]],
    grid: Grid,
    dtype: torch.dtype,
) -> Precision:
    """Return how far the engine is from one hooked forward pass a prompt and configuration.

    Parameters
    ----------
    model : LanguageModel
        The model.
    prompts : sequence of TokenizedPrompt
        The sample of prompts.
    neuron_ids : mapping of int to sequence of int
        The ranked neurons of each sampled layer.
    grid : Grid
        The sample of configurations.
    dtype : torch.dtype
        The precision of the engine's matrix products.

    Returns
    -------
    Precision
    """
    errors = []
    for layer, ranked in neuron_ids.items():
        (result,) = sweep_layer(model, layer, [SweepInput(prompts, [ranked])], grid, dtype)
        for i, count in enumerate(grid.n_neurons):
            for j, multiplier in enumerate(grid.multipliers):
                with amplified(model, {layer: ranked[:count]}, multiplier):
                    expected = [math.exp(log_probability(model, prompt)) for prompt in prompts]
                reference = torch.tensor(expected, dtype=torch.float64)
                errors.append((result.probabilities[0, i, j] - reference).abs() / reference)
    compared = torch.cat(errors)
    return Precision(str(dtype).removeprefix("torch."), list(neuron_ids), len(compared), compared.max().item())
