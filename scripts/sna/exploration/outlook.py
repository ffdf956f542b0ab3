"""What a study's data say one can expect of amplification where a prompt's baseline lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sna.experiments.summary import summarize_tasks, zone_of
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate


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
    fresh : FreshOutlook or None
        What is left on fresh prompts; None if the study has not measured it, or no task lies in the zone there.
    """

    tasks: list[str]
    mean: float
    least: float
    most: float
    held_out: float | None
    success_rate: float
    fresh: "FreshOutlook | None"


@dataclass(frozen=True)
class FreshOutlook:
    """The tasks that lie in the zone by their baselines on fresh prompts, under the configurations chosen before.

    Attributes
    ----------
    tasks : list of str
    mean : Estimate
        Of their improvements on the fresh prompts, in percent.
    """

    tasks: list[str]
    mean: Estimate


def look_up(
    experiments: pd.DataFrame,
    zone: int,
    boundaries: Sequence[float],
    held_out: Mapping[str, Mapping] | None,
    fresh: Mapping[str, Mapping] | None = None,
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
    fresh : mapping, optional
        What statistics/fresh.json says of the model, if it is there.

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
        fresh=_fresh_zone(fresh, zone) if fresh else None,
    )


def _fresh_zone(fresh: Mapping[str, Mapping], zone: int) -> FreshOutlook | None:
    found = fresh["zones"].get(str(zone))
    return FreshOutlook(found["tasks"], Estimate(**found["mean"])) if found and found["n"] else None


@dataclass(frozen=True)
class FreshGain:
    """What a task's best configuration is worth on fresh prompts, which had no part in its choice.

    Attributes
    ----------
    prompts : int
        How many there are.
    configuration : Configuration
    improvement, random : Estimate
        Of the mean probability, in percent: by the task's own neurons, and by random ones (mean over the sets, and the
        interval that holds the middle ones).
    """

    prompts: int
    configuration: Configuration
    improvement: Estimate
    random: Estimate


def fresh_gain(fresh: Mapping[str, Mapping] | None, task: str) -> FreshGain | None:
    """Return what a study found for a task on fresh prompts.

    Parameters
    ----------
    fresh : mapping or None
        As `look_up` takes it.
    task : str

    Returns
    -------
    FreshGain or None
        None if the study has not measured it.
    """
    found = (fresh or {}).get("by_task", {}).get(task)
    if found is None:
        return None
    return FreshGain(
        found["n"],
        Configuration(**found["configuration"]),
        Estimate(**found["improvement"]),
        Estimate(**found["random"]["improvement"]),
    )
