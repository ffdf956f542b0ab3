"""How much do tasks improve in each of the paper's zones of baseline probability?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.experiments.summary import best_configurations, zone_of, zone_ranges
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED, Estimate, estimate

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
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    prompts : DataFrame
        The same model's rows of a table that keeps `sna.tables.PROMPTS`.
    zones : Zones
        The boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    ZonesResult
    """
    best = estimate_improvements(prompts.merge(best_configurations(tasks)), settings)
    return ZonesResult(list(zones.boundaries), zones.negligible, part_by_zone(tasks, best, zones, settings))


def estimate_improvements(prompts: pd.DataFrame, settings: Statistics) -> dict[str, Estimate]:
    """Estimate each task's improvement in percent from its prompts, with a bootstrap over them.

    Parameters
    ----------
    prompts : DataFrame
        One model's rows of a table that keeps `sna.tables.PROMPTS`, one a task and prompt: under the configuration with
        which that prompt is scored.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to Estimate
        By task.
    """
    return {
        task: estimate((rows["probability"], rows["baseline"]), _improvement_of_means, settings)
        for task, rows in prompts.sort_values(["task", "prompt"]).groupby("task")
    }


def part_by_zone(
    tasks: pd.DataFrame, best: Mapping[str, Estimate], zones: Zones, settings: Statistics
) -> dict[str, Zone]:
    """Measure the tasks of each of the three zones.

    Parameters
    ----------
    tasks : DataFrame
        One model's tasks: `task`, `baseline` (probability) and `improvement` (percent), which a zone averages.
    best : mapping
        The improvement of each task's best configuration, in percent.
    zones : Zones
        The boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to Zone
        By the zones' numbers.
    """
    zone = tasks["baseline"].map(lambda baseline: zone_of(baseline, zones.boundaries))
    return {str(number): _measure_zone(tasks[zone == number], best, zones.negligible, settings) for number in ZONES}


def _measure_zone(tasks: pd.DataFrame, best: Mapping[str, Estimate], negligible: float, settings: Statistics) -> Zone:
    winner = max(tasks["task"], key=lambda task: np.asarray(best[task].value, dtype=float), default=None)
    return Zone(
        n=len(tasks),
        tasks=tasks["task"].to_list(),
        mean=estimate((tasks["improvement"],), np.mean, settings),
        best=None if winner is None else BestOfZone(**vars(best[winner]), task=winner),
        share_above_negligible=None if tasks.empty else float((tasks["improvement"] > negligible).mean()),
    )


def tabulate_zones(results: Mapping[str, ZonesResult], held_out: Mapping[str, Mapping[str, Zone]]) -> pd.DataFrame:
    """Tabulate the three zones, in sample and held out.

    Parameters
    ----------
    results : mapping of str to ZonesResult
        By model.
    held_out : mapping of str to mapping of str to Zone
        By model and number: the same zones with the gains on prompts that did not choose the configuration.

    Returns
    -------
    DataFrame
        One row a model and zone. `tasks` counts the zone's tasks and `names` lists them. `mean` and `best` are
        improvements in percent, each with the ends of its interval; `share_above_negligible` is a share of the tasks.
        What begins with `held_out` is the same of the held-out gains.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "zone": int(number),
                "range": zone_ranges(found.boundaries)[int(number)],
                "tasks": zone.n,
                "names": ", ".join(zone.tasks),
                **_columns(zone),
                **{f"held_out_{name}": value for name, value in _columns(held_out[model][number]).items()},
            }
            for model, found in results.items()
            for number, zone in found.zones.items()
        ]
    )


def _columns(zone: Zone) -> dict[str, float | str | None]:
    best = zone.best or UNDEFINED
    return {
        **zone.mean.columns("mean"),
        **best.columns("best"),
        "best_task": None if zone.best is None else zone.best.task,
        "share_above_negligible": zone.share_above_negligible,
    }


def _improvement_of_means(probability: np.ndarray, baseline: np.ndarray, axis: int) -> np.ndarray:
    return improvement(probability.mean(axis=axis), baseline.mean(axis=axis))
