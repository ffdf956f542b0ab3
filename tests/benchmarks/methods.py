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
from sna.engine.sweep import Intervention, sweep_layer
from sna.model.loading import LanguageModel


def size(grid: Grid) -> int:
    """Return how many configurations a grid has."""
    return len(grid.counts) * len(grid.multipliers)


def picked(grid: Grid, every: int) -> list[int]:
    """Return the numbers of each `every`-th configuration of a grid, the last and strongest among them."""
    return list(range((size(grid) - 1) % every, size(grid), every))


class Engine:
    """All configurations at once."""

    name = "engine"
    every = 1

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def run(self, layer: int, workloads: Sequence[Workload], grid: Grid) -> list[Tensor]:
        """Return for each workload the target probabilities (configurations, prompts)."""
        interventions = [Intervention(workload.prompts, [workload.neurons[layer].tolist()]) for workload in workloads]
        swept = sweep_layer(self.model, layer, interventions, grid)
        return [of_task.probabilities.flatten(0, 2) for of_task in swept]


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
        """Return for each workload the target probabilities (measured configurations, prompts)."""
        configurations = list(product(grid.counts, grid.multipliers))
        part = [configurations[number] for number in picked(grid, self.every)]
        return [
            torch.stack([self.measure(layer, work, work.neurons[layer, :count], factor) for count, factor in part])
            for work in workloads
        ]

    @abstractmethod
    def measure(self, layer: int, workload: Workload, neurons: Sequence[int], multiplier: float) -> Tensor:
        """Return the target probabilities (prompts,) with some of a layer's neurons multiplied."""


class Reference(OneByOne):
    """What the paper does: a hook, and one forward pass for each prompt."""

    name = "reference"

    def __init__(self, model: LanguageModel, every: int = 1) -> None:
        super().__init__(every)
        self.model = model

    def measure(self, layer: int, workload: Workload, neurons: Sequence[int], multiplier: float) -> Tensor:
        """Run the prompts one by one."""
        with amplified(self.model, {layer: neurons}, multiplier):
            measured = [math.exp(log_probability(self.model, prompt)) for prompt in workload.prompts]
        return torch.tensor(measured, dtype=torch.float64)


class BatchedHook(OneByOne):
    """The same hook, and one forward pass for all prompts of a task."""

    name = "batched"

    def __init__(self, model: LanguageModel, every: int = 1) -> None:
        super().__init__(every)
        self.model = model

    def measure(self, layer: int, workload: Workload, neurons: Sequence[int], multiplier: float) -> Tensor:
        """Run the prompts as a padded batch."""
        with amplified(self.model, {layer: neurons}, multiplier):
            logits = self.model.network(workload.padded.tokens, use_cache=False).logits
        return workload.padded.probabilities(logits)
