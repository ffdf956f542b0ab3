"""What a study's data say one can expect of amplification where a prompt's baseline lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sna.experiments.summary import summarize_tasks, zone_of


@dataclass(frozen=True)
class Outlook:
    """A model's tasks in one zone of a study.

    Attributes
    ----------
    tasks : list of str
        Those whose baseline lies in the zone.
    mean, least, most : float
        Of the improvements of their best configurations, in percent.
    held_out : float or None
        Mean improvement on prompts that did not choose the configuration, in percent; None if the study has not
        measured it.
    success_rate : float
        Share of all their configurations that improve.
    """

    tasks: list[str]
    mean: float
    least: float
    most: float
    held_out: float | None
    success_rate: float


def look_up(
    experiments: pd.DataFrame, zone: int, boundaries: Sequence[float], held_out: Mapping[str, Mapping] | None
) -> Outlook | None:
    """Return what a study found for one model in one zone.

    Parameters
    ----------
    experiments : DataFrame
        The model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    zone : int
        From `sna.experiments.summary.zone_of`.
    boundaries : sequence of float
        The zones' two boundaries.
    held_out : mapping or None
        What statistics/held_out.json says of the model, if it is there.

    Returns
    -------
    Outlook or None
        None if no task lies in the zone.
    """
    tasks = summarize_tasks(experiments, "best")
    there = tasks[[zone_of(baseline, boundaries) == zone for baseline in tasks["baseline"]]]
    if there.empty:
        return None
    best = there["best_improvement"]
    return Outlook(
        tasks=there["task"].tolist(),
        mean=best.mean(),
        least=best.min(),
        most=best.max(),
        held_out=held_out["zones"][str(zone)]["mean"]["value"] if held_out else None,
        # Every task has as many configurations as the others.
        success_rate=there["success_rate"].mean(),
    )
