"""Where in the grid of neuron counts and multipliers does amplification work?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.experiments.summary import summarize_tasks
from sna.inputs.config import GoldenZone
from sna.inputs.tasks import FOLDS
from sna.statistics.overlap import overlap_by_chance


@dataclass(frozen=True)
class TaskGoldenZone:
    """The golden zone of one task.

    Attributes
    ----------
    category : str
        The task's category.
    layer : int
        The task's best layer.
    best : float
        Its best improvement there, in percent.
    fraction_of_grid : float or None
        Share of the grid's configurations that belong to the zone.
    neurons, multipliers : list or None
        The smallest and the largest of the zone.
    members : list
        The zone's configurations: neuron count and multiplier.
    stability : float or None
        Jaccard overlap of the zones found on each fold of the prompts, at the same layer.
    stability_by_chance : float or None
        What that would be on average if two zones of their sizes lay anywhere in the grid.
    """

    category: str
    layer: int
    best: float
    fraction_of_grid: float | None
    neurons: list[int] | None
    multipliers: list[float] | None
    members: list[tuple[int, float]]
    stability: float | None
    stability_by_chance: float | None


@dataclass(frozen=True)
class GoldenZones:
    """The golden zones, and the share of the best improvement that makes one.

    Attributes
    ----------
    share : float
    by_task : dict
        The zone of each task.
    by_category : dict
        For each category every configuration of the grid: neuron count, multiplier, and the share of the category's
        tasks whose zone holds it.
    """

    share: float
    by_task: dict[str, TaskGoldenZone]
    by_category: dict[str, list[tuple[int, float, float]]]

    def overlap(self, category: str) -> tuple[float, float] | None:
        """Return the mean stability of a category's zones, and the mean by chance; None if it has no zone.

        Parameters
        ----------
        category : str

        Returns
        -------
        stability, stability_by_chance : float
        """
        overlaps = [
            (zone.stability, zone.stability_by_chance)
            for zone in self.by_task.values()
            if zone.category == category and zone.stability is not None
        ]
        return tuple(np.array(overlaps, dtype=float).mean(axis=0).tolist()) if overlaps else None


def find_golden_zones(experiments: pd.DataFrame, prompts: pd.DataFrame, golden_zone: GoldenZone) -> GoldenZones:
    """Find each task's golden zone, and how stable it is.

    The paper names a golden zone, but its definition is not at hand. Ours: in the grid at the task's best layer, the
    configurations whose improvement is at least a share of the best one. A task that nothing improves has none.

    Stability compares the zones that the two folds of the task's prompts give at that layer: what they share, as a
    share of what either holds [1]_. Wide zones overlap by chance, so the mean over all places in the grid is given
    beside it; that takes no account of neighbouring configurations acting alike.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    prompts : DataFrame
        The same model's rows of a table that keeps `sna.tables.PROMPTS`.
    golden_zone : GoldenZone
        The share.

    Returns
    -------
    GoldenZones

    References
    ----------
    .. [1] P. Jaccard, The Distribution of the Flora in the Alpine Zone, New Phytologist 11 (1912), 37-50.
    """
    share = golden_zone.share
    best_layer = summarize_tasks(experiments, "best").set_index("task")["best_layer"]
    at_best_layer = prompts[prompts["layer"] == prompts["task"].map(best_layer)]
    folds = {task: _zones_of_folds(rows, share) for task, rows in at_best_layer.groupby("task")}
    by_task = {
        task: _find(rows[rows["layer"] == best_layer[task]], folds[task], share)
        for task, rows in experiments.groupby("task")
    }
    return GoldenZones(share, by_task, _by_category(experiments, by_task))


def _members(grid: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return the rows of a grid that belong to its zone: none if nothing in it improves."""
    best = grid["improvement"].max()
    return grid[(grid["improvement"] >= share * best) & (best > 0)]


def _zones_of_folds(prompts: pd.DataFrame, share: float) -> list[set[tuple[int, float]]]:
    """Return the zone that each fold of a task's prompts gives, from its prompts at one layer."""
    ordered = prompts.sort_values("prompt")
    means = ordered.groupby(["fold", "neurons", "multiplier"], as_index=False)[["baseline", "probability"]].mean()
    means["improvement"] = improvement(means["probability"], means["baseline"])
    zones = [_members(means[means["fold"] == fold], share) for fold in FOLDS]
    return [set(zip(zone["neurons"], zone["multiplier"], strict=True)) for zone in zones]


def _find(grid: pd.DataFrame, folds: list[set[tuple[int, float]]], share: float) -> TaskGoldenZone:
    """Find the zone in a task's rows at its best layer; `folds` are the zones of its prompts' folds."""
    category, layer, best = grid["category"].iloc[0], int(grid["layer"].iloc[0]), float(grid["improvement"].max())
    if best <= 0:
        return TaskGoldenZone(category, layer, best, None, None, None, [], None, None)
    zone = _members(grid, share).sort_values(["neurons", "multiplier"])
    first, second = folds
    return TaskGoldenZone(
        category=category,
        layer=layer,
        best=best,
        fraction_of_grid=len(zone) / len(grid),
        neurons=[int(zone["neurons"].min()), int(zone["neurons"].max())],
        multipliers=[float(zone["multiplier"].min()), float(zone["multiplier"].max())],
        members=[(int(row.neurons), float(row.multiplier)) for row in zone.itertuples()],
        stability=len(first & second) / len(first | second) if first | second else None,
        stability_by_chance=overlap_by_chance(len(first), len(second), len(grid)),
    )


def _by_category(
    experiments: pd.DataFrame, by_task: dict[str, TaskGoldenZone]
) -> dict[str, list[tuple[int, float, float]]]:
    grid = experiments[["neurons", "multiplier"]].drop_duplicates().sort_values(["neurons", "multiplier"])
    configurations = [(int(row.neurons), float(row.multiplier)) for row in grid.itertuples()]
    found = {}
    for category in sorted({zone.category for zone in by_task.values()}):
        zones = [zone.members for zone in by_task.values() if zone.category == category]
        found[category] = [(*each, sum(each in zone for zone in zones) / len(zones)) for each in configurations]
    return found
