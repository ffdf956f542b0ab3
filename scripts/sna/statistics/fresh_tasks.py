"""Each task on its fresh prompts: is the gain there, and is it more than controls give?"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sna.experiments.summary import zone_of
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import Estimate, bootstrap_distribution, mean_estimate, percentile_interval
from sna.statistics.fresh import Against, FreshTask, ProseEffect
from sna.statistics.fresh_answers import answers_of_task
from sna.statistics.fresh_controls import compare_with_controls
from sna.statistics.fresh_prompts import CONTROLS, TaskPrompts, improvement_of_means
from sna.statistics.logits import bounded


def measure_tasks(
    tasks: Sequence[TaskPrompts], prose: pd.DataFrame | None, vocabulary: int, zones: Zones, settings: Statistics
) -> dict[str, FreshTask]:
    """Measure each task at the configuration that its evaluation prompts chose.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Each with random controls.
    prose : DataFrame or None
        The same model's rows of a table that keeps `sna.tables.PROSE`.
    vocabulary : int
        How many tokens the model chooses from.
    zones : Zones
        Their boundaries.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to FreshTask
    """
    against = {kind: compare_with_controls(tasks, kind, settings) for kind in CONTROLS}
    effects = measure_prose(prose)
    return {
        task.name: _measure_task(
            task,
            {kind: compared[task.name] for kind, compared in against.items() if task.name in compared},
            effects.get(task.name, {}),
            zone=zone_of(task.baseline.mean(), zones.boundaries),
            uniform=1 / vocabulary,
            settings=settings,
        )
        for task in tasks
    }


def _measure_task(
    task: TaskPrompts,
    against: Mapping[str, Against],
    prose: Mapping[str, ProseEffect],
    *,
    zone: int,
    uniform: float,
    settings: Statistics,
) -> FreshTask:
    """Measure one task; `uniform` is the probability of any token by a uniform guess."""
    baseline, percent, share_improved = _resample_prompts(task, settings)
    above_guess = mean_estimate(np.log(bounded(task.baseline) / bounded(task.guess)), settings)
    gain = mean_estimate(task.logit_gain, settings)
    return FreshTask(
        category=task.category,
        n=len(task.baseline),
        zone=zone,
        baseline=baseline,
        guess=float(task.guess.mean()),
        above_guess=above_guess,
        known=_lies_above(above_guess, 0) and _lies_above(baseline, uniform),
        configuration=task.configuration,
        improvement=percent,
        median_ratio=float(np.median(bounded(task.probability) / bounded(task.baseline))),
        share_improved=share_improved,
        logit_gain=gain,
        random=against["random"],
        matched=against.get("matched"),
        direction=against.get("direction"),
        other=against.get("other"),
        answers=answers_of_task(task, settings),
        prose=prose.get("selected"),
        prose_random=prose.get("random"),
        holds=_lies_above(gain, 0) and _lies_above(percent, 0) and _beats(against["random"], settings),
    )


def _resample_prompts(task: TaskPrompts, settings: Statistics) -> list[Estimate]:
    """Estimate baseline, improvement in percent, and share of prompts improved, from the same resamples of prompts."""

    def measure(probability: np.ndarray, baseline: np.ndarray, improved: np.ndarray, axis: int) -> np.ndarray:
        percent = improvement_of_means(probability, baseline, axis)
        return np.array([baseline.mean(axis=axis), percent, improved.mean(axis=axis)])

    samples = task.probability, task.baseline, task.logit_gain > 0
    values = measure(*samples, axis=-1)
    if len(task.baseline) == 1:
        return [Estimate(float(value), None, None) for value in values]
    distributions = bootstrap_distribution(samples, measure, settings)
    return [
        Estimate(float(value), *percentile_interval(distribution, settings.confidence_level))
        for value, distribution in zip(values, distributions, strict=True)
    ]


def _lies_above(figure: Estimate, limit: float) -> bool:
    """Whether the whole interval does; without an interval nothing is clear."""
    return figure.low is not None and figure.low > limit


def _beats(random: Against, settings: Statistics) -> bool:
    return _lies_above(random.difference, 0) and random.pvalue_corrected < 1 - settings.confidence_level


def measure_prose(prose: pd.DataFrame | None) -> dict[str, dict[str, ProseEffect]]:
    """Measure what amplification does to neutral prose, all its texts and all draws of a kind together.

    Parameters
    ----------
    prose : DataFrame or None
        One model's rows of a table that keeps `sna.tables.PROSE`.

    Returns
    -------
    dict of str to dict of str to ProseEffect
        By task and kind.
    """
    if prose is None:
        return {}
    totals = prose.groupby(["task", "kind"])[["before", "after", "divergence", "tokens"]].sum()
    per_token = totals.div(totals["tokens"], axis="index")
    effects: dict[str, dict[str, ProseEffect]] = {}
    for (task, kind), row in per_token.iterrows():
        effect = ProseEffect(float(np.exp(-row["before"])), float(np.exp(-row["after"])), float(row["divergence"]))
        effects.setdefault(task, {})[kind] = effect
    return effects
