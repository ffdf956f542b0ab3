"""Several tasks' neurons amplified at once, and what becomes of each task."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.aggregation import improvement
from sna.experiments.ranking import top_neurons
from sna.exploration.neurons import merged
from sna.exploration.views import TogetherView
from sna.model.loading import LanguageModel
from sna.model.prompts import tokenize


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
        _prompts_of(baseline, task)


def _prompts_of(baseline: pd.DataFrame, task: str) -> pd.DataFrame:
    rows = baseline[baseline["task"] == task]
    if rows.empty:
        there = ", ".join(sorted(baseline["task"].unique()))
        raise InputError(f"measured: {task!r} has no baseline; choose one of {there}")
    return rows


def measure_task(
    model: LanguageModel,
    view: TogetherView,
    neuron_ids: Mapping[int, Sequence[int]],
    baseline: pd.DataFrame,
    task: str,
) -> pd.DataFrame:
    """Return what becomes of a task while several tasks' neurons are amplified.

    Parameters
    ----------
    model : LanguageModel
    view : TogetherView
    neuron_ids : mapping of int to sequence of int
        From `joint_neurons`.
    baseline : DataFrame
        The model's table that keeps `sna.tables.BASELINE`: the prompts and their baseline probabilities.
    task : str
        The measured task.

    Returns
    -------
    DataFrame
        One row: `task`, `category`, `prompts`, `baseline` and `probability` (means over the prompts), `improvement`
        (percent), `amplified` (whether its own neurons are among the amplified ones).

    Raises
    ------
    InputError
        If the study has no such task.
    """
    rows = _prompts_of(baseline, task)
    prompts = [tokenize(model, text, target) for text, target in zip(rows["text"], rows["target"], strict=True)]
    with amplified(model, neuron_ids, view.multiplier):
        logs = pd.Series([log_probability(model, prompt) for prompt in prompts])
    before, after = rows["probability"].mean(), logs.map(math.exp).mean()
    return pd.DataFrame(
        {
            "task": [task],
            "category": rows["category"].iloc[0],
            "prompts": len(rows),
            "baseline": before,
            "probability": after,
            "improvement": improvement(after, before) if before else None,
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
