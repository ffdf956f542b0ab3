"""Where in the grid of neuron counts and multipliers does amplification work?"""

from dataclasses import dataclass

import pandas as pd

from sna.config import GoldenZone
from sna.summary import summarize_tasks


@dataclass(frozen=True)
class TaskGoldenZone:
    """The golden zone of one task.

    Attributes
    ----------
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
    """

    layer: int
    best: float
    fraction_of_grid: float | None
    neurons: list[int] | None
    multipliers: list[float] | None
    members: list[list[float]]


@dataclass(frozen=True)
class GoldenZones:
    """The golden zone of each task, and the share of the best improvement that makes one."""

    share: float
    by_task: dict[str, TaskGoldenZone]


def find_golden_zones(experiments: pd.DataFrame, golden_zone: GoldenZone) -> GoldenZones:
    """Find each task's golden zone.

    The paper names a golden zone, but its definition is not at hand. Ours: in the grid at the task's best layer, the
    configurations whose improvement is at least a share of the best one. A task that nothing improves has none.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    golden_zone : GoldenZone
        The share.
    """
    best_layer = summarize_tasks(experiments, "best").set_index("task")["best_layer"]
    return GoldenZones(
        share=golden_zone.share,
        by_task={
            task: _find(rows[rows["layer"] == best_layer[task]], golden_zone.share)
            for task, rows in experiments.groupby("task")
        },
    )


def _find(grid: pd.DataFrame, share: float) -> TaskGoldenZone:
    """Find the zone in a task's rows at its best layer."""
    layer, best = int(grid["layer"].iloc[0]), float(grid["improvement"].max())
    if best <= 0:
        return TaskGoldenZone(layer, best, None, None, None, [])
    zone = grid[grid["improvement"] >= share * best].sort_values(["neurons", "multiplier"])
    return TaskGoldenZone(
        layer=layer,
        best=best,
        fraction_of_grid=len(zone) / len(grid),
        neurons=[int(zone["neurons"].min()), int(zone["neurons"].max())],
        multipliers=[float(zone["multiplier"].min()), float(zone["multiplier"].max())],
        members=[[int(row.neurons), float(row.multiplier)] for row in zone.itertuples()],
    )
