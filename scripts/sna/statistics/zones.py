"""How much do tasks improve in each of the paper's zones of baseline probability?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.aggregation import improvement
from sna.config import Statistics, Zones
from sna.statistics.estimate import Estimate, estimate
from sna.summary import zone_of

ZONES = (1, 2, 3)


@dataclass(frozen=True)
class BestOfZone(Estimate):
    """The largest improvement in a zone, in percent, and the task that reached it."""

    task: str


@dataclass(frozen=True)
class Zone:
    """The tasks of one zone; improvements in percent.

    Attributes
    ----------
    n, tasks
        How many tasks the zone has, and which.
    mean : Estimate
        Mean over the tasks of their improvement; interval by bootstrap over tasks.
    best : BestOfZone or None
        The improvement of the best configuration of the zone's best task; interval by bootstrap over the evaluation
        prompts of that configuration. It does not allow for having been picked as the best.
    share_above_negligible : float or None
        Share of the tasks whose improvement is above the negligible one.
    """

    n: int
    tasks: list[str]
    mean: Estimate
    best: BestOfZone | None
    share_above_negligible: float | None


@dataclass(frozen=True)
class ZonesResult:
    """The three zones by their numbers, with the boundaries (probabilities) that made them."""

    boundaries: list[float]
    negligible: float
    zones: dict[str, Zone]


def measure_zones(tasks: pd.DataFrame, prompts: pd.DataFrame, zones: Zones, settings: Statistics) -> ZonesResult:
    """Measure the improvement of the tasks in each zone.

    Zones are those of the paper; that a task's improvement is the configured summary over its configurations, and that
    a zone's mean gives each task the same weight, are our definitions.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.summary.summarize_tasks`.
    prompts : DataFrame
        The same model's rows of a table that keeps `sna.tables.PROMPTS`.
    zones : Zones
        The boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.
    """
    zone = tasks["baseline"].map(lambda baseline: zone_of(baseline, zones.boundaries))
    measured = {
        str(number): _measure_zone(tasks[zone == number], prompts, zones.negligible, settings) for number in ZONES
    }
    return ZonesResult(list(zones.boundaries), zones.negligible, measured)


def _measure_zone(tasks: pd.DataFrame, prompts: pd.DataFrame, negligible: float, settings: Statistics) -> Zone:
    return Zone(
        n=len(tasks),
        tasks=tasks["task"].to_list(),
        mean=estimate((tasks["improvement"],), np.mean, settings),
        best=None if tasks.empty else _best(tasks, prompts, settings),
        share_above_negligible=None if tasks.empty else float((tasks["improvement"] > negligible).mean()),
    )


def _best(tasks: pd.DataFrame, prompts: pd.DataFrame, settings: Statistics) -> BestOfZone:
    best = tasks.loc[tasks["best_improvement"].idxmax()]
    chosen = prompts[
        (prompts["task"] == best["task"])
        & (prompts["layer"] == best["best_layer"])
        & (prompts["neurons"] == best["best_neurons"])
        & (prompts["multiplier"] == best["best_multiplier"])
    ].sort_values("prompt")
    found = estimate((chosen["probability"], chosen["baseline"]), _improvement_of_means, settings)
    return BestOfZone(found.value, found.low, found.high, best["task"])


def _improvement_of_means(probability: np.ndarray, baseline: np.ndarray, axis: int) -> np.ndarray:
    return improvement(probability.mean(axis=axis), baseline.mean(axis=axis))
