"""All that fresh prompts say of a model."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sna.inputs.config import Statistics, Zones
from sna.statistics.fresh import Fresh, FreshTask
from sna.statistics.fresh_answers import answers_over_tasks, measure_confident, net_put_right
from sna.statistics.fresh_controls import CORRECTION
from sna.statistics.fresh_layers import measure_fresh_layers
from sna.statistics.fresh_prompts import TaskPrompts, arrange_tasks, improvement_of_means
from sna.statistics.fresh_saturation import measure_fresh_saturation
from sna.statistics.fresh_tasks import measure_tasks
from sna.statistics.fresh_zones import measure_fresh_zones
from sna.statistics.predictors import Predictors, compare_predictors


def measure_fresh(
    prompts: pd.DataFrame,
    gains: pd.DataFrame,
    prose: pd.DataFrame | None,
    *,
    vocabulary: int,
    zones: Zones,
    settings: Statistics,
) -> Fresh:
    """Measure what is left of amplification on fresh prompts.

    Parameters
    ----------
    prompts, gains : DataFrame
        One model's rows of tables that keep `sna.tables.FRESH_PROMPTS` and `sna.tables.FRESH`. Of the kinds of
        amplification, `selected` and `random` must be there for every task.
    prose : DataFrame or None
        The same of a table that keeps `sna.tables.PROSE`, if neutral prose was measured.
    vocabulary : int
        How many tokens the model chooses from.
    zones : Zones
        Their boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Fresh
    """
    return measure_arranged(arrange_tasks(prompts, gains), prose, vocabulary, zones, settings)


def measure_arranged(
    tasks: Sequence[TaskPrompts],
    prose: pd.DataFrame | None,
    vocabulary: int,
    zones: Zones,
    settings: Statistics,
) -> Fresh:
    """Measure what is left of amplification on fresh prompts that are arranged by task.

    Whatever is said over tasks is said over those that the model knows: where its baseline is a guess, there is no
    ability that amplification could bring out.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Each with random controls.
    prose, vocabulary, zones, settings
        As `measure_fresh` takes them.

    Returns
    -------
    Fresh
    """
    by_task = measure_tasks(tasks, prose, vocabulary, zones, settings)
    known = [task for task in tasks if by_task[task.name].known]
    random = tasks[0].controls["random"]
    return Fresh(
        n=len(tasks),
        known=len(known),
        holding=sum(task.holds for task in by_task.values()),
        draws=by_task[tasks[0].name].random.draws,
        prompts_per_draw=int(np.bincount(random.draw).max()),
        correction=CORRECTION,
        by_task=by_task,
        saturation=measure_fresh_saturation(known, settings),
        zones=measure_fresh_zones({task.name: task for task in known}, by_task, zones, settings),
        layers=measure_fresh_layers(known, settings),
        answers=answers_over_tasks(known, settings),
        net_put_right=net_put_right(known, settings),
        confident=measure_confident(known, settings),
        **_predict(known, settings),
    )


def _predict(tasks: Sequence[TaskPrompts], settings: Statistics) -> dict[str, Predictors]:
    """Predict gains on the second half of the prompts by the baseline on the first."""
    rows = pd.DataFrame(
        [
            (
                task.category,
                task.baseline[task.first].mean(),
                improvement_of_means(task.probability[~task.first], task.baseline[~task.first]),
                task.logit_gain[~task.first].mean(),
            )
            for task in tasks
            if task.first.any() and not task.first.all()
        ],
        columns=["category", "baseline", "improvement", "logit_gain"],
    )
    return {
        "predictors": compare_predictors(rows, settings),
        "predictors_logit": compare_predictors(rows.assign(improvement=rows["logit_gain"]), settings),
    }


def tabulate_fresh(results: Mapping[str, Fresh]) -> pd.DataFrame:
    """Tabulate the tasks on fresh prompts.

    Parameters
    ----------
    results : mapping of str to Fresh
        By model.

    Returns
    -------
    DataFrame
        One row a model and task. `improvement` and what is named after it are in percent, the logit gains in nats, all
        that begins with `share`, `put_right` or `broken` shares of 1, `divergence` in nats a token. What ends in
        `_random` is the same by random neurons, on average over the draws.
    """
    return pd.DataFrame(
        [
            {"model": model, "task": name, **_describe_task(task)}
            for model, found in results.items()
            for name, task in found.by_task.items()
        ]
    )


def _describe_task(task: FreshTask) -> dict[str, float | str | bool | None]:
    prose, prose_random = ({} if effect is None else vars(effect) for effect in (task.prose, task.prose_random))
    return {
        "category": task.category,
        "prompts": task.n,
        "zone": task.zone,
        **task.baseline.columns("baseline"),
        "guess": task.guess,
        "known": task.known,
        **vars(task.configuration),
        **task.improvement.columns("improvement"),
        "improvement_random": task.random.improvement.value,
        "median_ratio": task.median_ratio,
        **task.share_improved.columns("share_improved"),
        **task.logit_gain.columns("logit_gain"),
        "logit_gain_random": task.random.logit_gain.value,
        **task.random.difference.columns("difference"),
        "share_beaten": task.random.share_beaten,
        "pvalue_corrected": task.random.pvalue_corrected,
        "holds": task.holds,
        "put_right": task.answers.put_right.value,
        "put_right_random": task.answers.put_right_by_random,
        "broken": task.answers.broken.value,
        "broken_random": task.answers.broken_by_random,
        **{name: prose.get(name) for name in ("perplexity_before", "perplexity_after", "divergence")},
        **{f"{name}_random": prose_random.get(name) for name in ("perplexity_after", "divergence")},
    }
