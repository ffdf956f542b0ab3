"""Which task's neurons are amplified while which tasks are measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statement

#: The setting in which every task's best configuration meets every task; the others are the configured statements.
BEST = "best"
#: Whole texts of this category are measured in every setting: a line's fluency is more than its last word.
FLUENT = "poetry"


@dataclass(frozen=True)
class Crossing:
    """A configuration of one task, the source, and what is measured under it.

    Attributes
    ----------
    setting : str
        `BEST`, or the name of a statement.
    source : str
        The task whose neurons are amplified.
    layer, neurons : int
    multiplier : float
    targets, texts : sequence of str
        The tasks whose targets are measured, and those whose whole texts are: prompt and target as one text.
    """

    setting: str
    source: str
    layer: int
    neurons: int
    multiplier: float
    targets: Sequence[str]
    texts: Sequence[str]


def asked_layer(statement: Statement, model: str, layers: int) -> int:
    """Return the layer that a statement is about, in a model of so many layers."""
    return statement.layers.get(model, round(statement.depth * (layers - 1)))


def nearest_layer(swept: Iterable[int], asked: int) -> int:
    """Return the swept layer that is nearest to the one asked for: the lower, if two are as near."""
    return int(min(swept, key=lambda layer: (abs(layer - asked), layer)))


def plan_crossings(experiments: pd.DataFrame, statements: Mapping[str, Statement], layers: int) -> list[Crossing]:
    """Choose what is amplified while what is measured.

    In the setting `BEST` each task's best configuration of all meets every task. For a statement the layer is given:
    each task of the one category takes its own best neuron count and multiplier there, and meets every task of the
    other. A statement of whose categories the study has no task gives no crossing.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    statements : mapping of str to Statement
        By their names.
    layers : int
        How many layers the model has, of which the sweep may cover a part.
    """
    best = summarize_tasks(experiments, "best")
    crossings = _cross(BEST, best, targets=best["task"].to_list(), texts=_tasks_of(best, FLUENT))
    for name, statement in statements.items():
        layer = nearest_layer(experiments["layer"].unique(), asked_layer(statement, best["model"].iloc[0], layers))
        there = summarize_tasks(experiments[experiments["layer"] == layer], "best")
        measured = _tasks_of(there, statement.measured_on)
        if measured:
            crossings += _cross(name, there[there["category"] == statement.neurons_of], measured, measured)
    return crossings


def _tasks_of(tasks: pd.DataFrame, category: str) -> list[str]:
    return tasks.loc[tasks["category"] == category, "task"].to_list()


def _cross(setting: str, sources: pd.DataFrame, targets: Sequence[str], texts: Sequence[str]) -> list[Crossing]:
    """Give each source, a row of `summarize_tasks`, its crossing."""
    return [
        Crossing(setting, row.task, row.best_layer, row.best_neurons, row.best_multiplier, targets, texts)
        for row in sources.itertuples()
    ]
