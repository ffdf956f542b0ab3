"""A tuned model beside the one that it was tuned from, on the same fresh prompts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import mean_estimate
from sna.statistics.fresh import Fresh, FreshTask
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.logits import logit_gain
from sna.statistics.overlap import overlap_by_chance
from sna.statistics.tuning import TunedGroup, TunedTask, Tuning
from sna.statistics.tuning_groups import Pair, judge_sum, measure_group
from sna.statistics.tuning_noise import DRAWS


@dataclass(frozen=True)
class Measured:
    """What was measured of one model.

    Attributes
    ----------
    prompts : sequence of TaskPrompts
        From `sna.statistics.fresh_prompts.arrange_tasks`.
    fresh : Fresh
    ranking : DataFrame
        Its rows of a table that keeps `sna.tables.NEURONS`.
    """

    prompts: Sequence[TaskPrompts]
    fresh: Fresh
    ranking: pd.DataFrame


def measure_tuning(
    before: Measured,
    after: Measured,
    *,
    base: str,
    method: str,
    tuned_on: Collection[str],
    neurons: int,
    width: int,
    zones: Zones,
    settings: Statistics,
) -> Tuning:
    """Compare a tuned model with the one that it was tuned from, on the same fresh prompts.

    Each model is amplified by its own neurons, under the configuration that it chose on the evaluation prompts. Gains
    are those of logits, in which two that have nothing to do with one another add up.

    Parameters
    ----------
    before, after : Measured
        The model that was tuned, and what became of it; of the same tasks and layers.
    base, method : str
        The name of the former, and what was trained.
    tuned_on : collection of str
        The tasks whose prompts it was tuned on, be they measured or not.
    neurons : int
        How many top neurons of a task are compared; the rankings have as many.
    width : int
        How many neurons a layer has.
    zones : Zones
        Their boundaries.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Tuning
    """
    tops = [_top_neurons(found.ranking, neurons) for found in (before, after)]
    layers = sorted(before.ranking["layer"].unique())
    pairs = {}
    for one, other in zip(before.prompts, after.prompts, strict=True):
        found = _measure_task(
            one,
            other,
            before.fresh.by_task[one.name],
            after.fresh.by_task[one.name],
            tuned_on=one.name in tuned_on,
            overlaps=_overlaps(*tops, one.name, layers),
            boundary=zones.boundaries[0],
            settings=settings,
        )
        pairs[one.name] = Pair(found, one, other, width, neurons, len(layers))

    def group(wanted: bool) -> TunedGroup | None:
        chosen = [pair for pair in pairs.values() if pair.found.tuned_on == wanted]
        return measure_group(chosen, zones.boundaries[0], settings) if chosen else None

    return Tuning(
        base=base,
        method=method,
        neurons=neurons,
        layers=len(layers),
        overlap_by_chance=overlap_by_chance(neurons, neurons, width),
        draws=DRAWS,
        tuned_on=group(True),
        others=group(False),
        by_task={task: pair.found for task, pair in pairs.items()},
    )


def _measure_task(
    before: TaskPrompts,
    after: TaskPrompts,
    fresh_before: FreshTask,
    fresh_after: FreshTask,
    *,
    tuned_on: bool,
    overlaps: tuple[float, float | None],
    boundary: float,
    settings: Statistics,
) -> TunedTask:
    interaction = mean_estimate(after.logit_gain - before.logit_gain, settings)
    return TunedTask(
        category=before.category,
        tuned_on=tuned_on,
        zone=fresh_before.zone,
        before=fresh_before.baseline,
        after=fresh_after.baseline,
        leaves=fresh_before.zone == 1 and fresh_after.baseline.low is not None and fresh_after.baseline.low > boundary,
        tuning=mean_estimate(logit_gain(after.baseline, before.baseline), settings),
        amplified=fresh_before.logit_gain,
        together=mean_estimate(logit_gain(after.probability, before.baseline), settings),
        amplified_tuned=fresh_after.logit_gain,
        beyond_random=fresh_after.random.difference,
        held=fresh_before.holds,
        holds=fresh_after.holds,
        interaction=interaction,
        sum=judge_sum(interaction, fresh_before.logit_gain),
        overlap=overlaps[0],
        overlap_of_others=overlaps[1],
    )


def _top_neurons(ranking: pd.DataFrame, neurons: int) -> dict[tuple[str, int], frozenset[int]]:
    top = ranking[ranking["rank"] <= neurons]
    return {place: frozenset(rows["neuron"]) for place, rows in top.groupby(["task", "layer"])}


def _overlaps(
    before: Mapping[tuple[str, int], frozenset[int]],
    after: Mapping[tuple[str, int], frozenset[int]],
    task: str,
    layers: Sequence[int],
) -> tuple[float, float | None]:
    """Return what a task's top neurons after share with its own before, and with those of the other tasks."""

    def overlap(other: str) -> float:
        pairs = [(before[other, layer], after[task, layer]) for layer in layers]
        return float(np.mean([len(mine & others) / len(mine | others) for mine, others in pairs]))

    others = [overlap(other) for other in sorted({name for name, _ in before} - {task})]
    return overlap(task), float(np.mean(others)) if others else None
