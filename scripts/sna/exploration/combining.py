"""One or several tasks' neurons amplified at once, and what becomes of each task."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.ranking import top_neurons
from sna.exploration.neurons import merged
from sna.exploration.views import TogetherView
from sna.inputs.config import Statistics
from sna.model.loading import LanguageModel
from sna.model.prompts import tokenize
from sna.statistics.estimate import UNDEFINED, estimate
from sna.statistics.fresh_prompts import improvement_of_means


def joint_neurons(view: TogetherView, ranking: pd.DataFrame) -> dict[int, list[int]]:
    """Return the neurons of all the view's tasks by layer; one that two tasks share is amplified once.

    Parameters
    ----------
    view : TogetherView
    ranking : DataFrame
        The model's table that keeps `sna.tables.NEURONS`.

    Returns
    -------
    dict of int to list of int
        By layer.

    Raises
    ------
    InputError
        If the ranking does not have them.
    """
    return merged([top_neurons(ranking, task, [layer], view.neurons) for task, layer in view.amplified.items()])


def check_together(view: TogetherView, ranking: pd.DataFrame, baseline: pd.DataFrame) -> None:
    """Refuse a view whose neurons or prompts are not in a study's tables.

    Parameters
    ----------
    view : TogetherView
    ranking : DataFrame
        The model's table that keeps `sna.tables.NEURONS`.
    baseline : DataFrame
        The model's table that keeps `sna.tables.BASELINE`.

    Raises
    ------
    InputError
        If the ranking does not have the neurons, or the baseline a measured task.
    """
    joint_neurons(view, ranking)
    for task in view.measured:
        prompts_of(baseline, task)


def prompts_of(baseline: pd.DataFrame, task: str) -> pd.DataFrame:
    """Return a task's prompts and their baseline probabilities.

    Parameters
    ----------
    baseline : DataFrame
        The model's table that keeps `sna.tables.BASELINE`.
    task : str

    Returns
    -------
    DataFrame
        The task's rows.

    Raises
    ------
    InputError
        If the study has no such task.
    """
    rows = baseline[baseline["task"] == task]
    if rows.empty:
        there = ", ".join(sorted(baseline["task"].unique()))
        raise InputError(f"measured: {task!r} has no baseline; choose one of {there}")
    return rows


def measure_task(
    model: LanguageModel,
    view: TogetherView,
    neuron_ids: Mapping[int, Sequence[int]],
    rows: pd.DataFrame,
    *,
    settings: Statistics,
) -> pd.DataFrame:
    """Return what becomes of a task while one or several tasks' neurons are amplified.

    Parameters
    ----------
    model : LanguageModel
    view : TogetherView
    neuron_ids : mapping of int to sequence of int
        From `joint_neurons`.
    rows : DataFrame
        The measured task's, from `prompts_of`.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    DataFrame
        One row: `task`, `category`, `prompts`, `baseline` and `probability` (means over the prompts), `improvement`
        (percent) with its bootstrap interval `improvement_low` to `improvement_high`, `amplified` (whether its own
        neurons are among the amplified ones).
    """
    prompts = [tokenize(model, text, target) for text, target in zip(rows["text"], rows["target"], strict=True)]
    with amplified(model, neuron_ids, view.multiplier):
        after = np.exp([log_probability(model, prompt) for prompt in prompts])
    before, task = rows["probability"].to_numpy(), rows["task"].iloc[0]
    gain = estimate([after, before], improvement_of_means, settings) if before.mean() else UNDEFINED
    return pd.DataFrame(
        {
            "task": [task],
            "category": rows["category"].iloc[0],
            "prompts": len(rows),
            "baseline": before.mean(),
            "probability": after.mean(),
            **gain.columns("improvement"),
            "amplified": task in view.amplified,
        }
    )


def alone(experiments: pd.DataFrame, view: TogetherView) -> dict[str, float]:
    """Return what each amplified task gained in the study with its own neurons alone.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    view : TogetherView

    Returns
    -------
    dict of str to float
        In percent, by task; without those whose configuration is not in the study.
    """
    rows = experiments[
        (experiments["model"] == view.model)
        & (experiments["neurons"] == view.neurons)
        & (experiments["multiplier"] == view.multiplier)
        & (experiments["layer"] == experiments["task"].map(view.amplified))
    ]
    return dict(zip(rows["task"], rows["improvement"], strict=True))
