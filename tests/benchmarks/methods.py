"""The ways to sweep a layer that need nothing besides the workflow's own packages."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from benchmarks.workload import Workload
from sna.engine.grid import Grid
from sna.engine.reference import amplified, log_probability
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.loading import LanguageModel


def size(grid: Grid) -> int:
    """Return how many configurations a grid has.

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    int
    """
    return len(grid.n_neurons) * len(grid.multipliers)


def picked(grid: Grid, every: int) -> list[int]:
    """Return the numbers of each `every`-th configuration of a grid, the last and strongest among them.

    Parameters
    ----------
    grid : Grid
    every : int

    Returns
    -------
    list of int
    """
    return list(range((size(grid) - 1) % every, size(grid), every))


class Engine:
    """All configurations at once."""

    name = "engine"
    every = 1

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def run(self, layer: int, workloads: Sequence[Workload], grid: Grid) -> list[Tensor]:
        """Return target probabilities.

        Parameters
        ----------
        layer : int
        workloads : sequence of Workload
        grid : Grid

        Returns
        -------
        list of Tensor, shape (configurations, prompts)
            One a workload.
        """
        inputs = [SweepInput(workload.prompts, [workload.neuron_ids[layer].tolist()]) for workload in workloads]
        results = sweep_layer(self.model, layer, inputs, grid)
        return [result.probabilities.flatten(0, 2) for result in results]


class OneByOne(ABC):
    """One configuration after another, each in the same time, so that a part of them tells how long all take.

    Parameters
    ----------
    every : int
        Of a grid's configurations each `every`-th is measured; 1 for all.
    """

    name: str

    def __init__(self, every: int = 1) -> None:
        self.every = every

    def prepare(self, layer: int, workloads: Sequence[Workload]) -> None:  # noqa: B027 - most need nothing
        """Do what is needed once for all configurations of a layer; its time is not charged."""

    @torch.inference_mode()
    def run(self, layer: int, workloads: Sequence[Workload], grid: Grid) -> list[Tensor]:
        """Return target probabilities.

        Parameters
        ----------
        layer : int
        workloads : sequence of Workload
        grid : Grid

        Returns
        -------
        list of Tensor, shape (measured configurations, prompts)
            One a workload.
        """
        configurations = list(product(grid.n_neurons, grid.multipliers))
        part = [configurations[number] for number in picked(grid, self.every)]
        return [
            torch.stack(
                [self.measure(layer, work, work.neuron_ids[layer, :count].tolist(), factor) for count, factor in part]
            )
            for work in workloads
        ]

    @abstractmethod
    def measure(self, layer: int, workload: Workload, neuron_ids: Sequence[int], multiplier: float) -> Tensor:
        """Return target probabilities with some of a layer's neurons multiplied.

        Parameters
        ----------
        layer : int
        workload : Workload
        neuron_ids : sequence of int
        multiplier : float

        Returns
        -------
        Tensor, shape (prompts,)
        """


class Reference(OneByOne):
    """What the paper does: a hook, and one forward pass for each prompt."""

    name = "reference"

    def __init__(self, model: LanguageModel, every: int = 1) -> None:
        super().__init__(every)
        self.model = model

    def measure(self, layer: int, workload: Workload, neuron_ids: Sequence[int], multiplier: float) -> Tensor:
        """Run the prompts one by one."""
        with amplified(self.model, {layer: neuron_ids}, multiplier):
            measured = [math.exp(log_probability(self.model, prompt)) for prompt in workload.prompts]
        return torch.tensor(measured, dtype=torch.float64)


class BatchedHook(OneByOne):
    """The same hook, and one forward pass for all prompts of a task."""

    name = "batched"

    def __init__(self, model: LanguageModel, every: int = 1) -> None:
        super().__init__(every)
        self.model = model

    def measure(self, layer: int, workload: Workload, neuron_ids: Sequence[int], multiplier: float) -> Tensor:
        """Run the prompts as a padded batch."""
        with amplified(self.model, {layer: neuron_ids}, multiplier):
            logits = self.model.network(workload.padded.tokens, use_cache=False).logits
        return workload.padded.probabilities(logits)
