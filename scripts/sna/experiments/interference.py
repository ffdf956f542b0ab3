"""Which task's neurons are amplified while which tasks are measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statement

#: The setting in which every task is measured under every task's best configuration; the others are the config's
#: statements.
BEST = "best"
#: Whole texts of this category are measured in every setting: a line's fluency is more than its last word.
FLUENT = "poetry"


@dataclass(frozen=True)
class InterferenceCase:
    """One task's neurons, amplified in one configuration, and the tasks that are measured meanwhile.

    Attributes
    ----------
    setting : str
        `BEST`, or the name of a statement.
    source : str
        The task whose neurons are amplified.
    layer : int
        From 0.
    n_neurons : int
        How many of the source's top neurons are amplified.
    multiplier : float
    targets, texts : sequence of str
        The tasks whose targets are measured, and those whose whole texts are: prompt and target as one text.
    """

    setting: str
    source: str
    layer: int
    n_neurons: int
    multiplier: float
    targets: Sequence[str]
    texts: Sequence[str]


def asked_layer(statement: Statement, model: str, n_layers: int) -> int:
    """Return the layer that a statement is about.

    Parameters
    ----------
    statement : Statement
    model : str
        The model's name.
    n_layers : int
        How many layers the model has.

    Returns
    -------
    int
        From 0.
    """
    return statement.layers.get(model, round(statement.depth * (n_layers - 1)))


def nearest_layer(swept: Iterable[int], asked: int) -> int:
    """Return the swept layer that is nearest to the one asked for.

    Parameters
    ----------
    swept : iterable of int
    asked : int

    Returns
    -------
    int
        The lower one, if two are as near.
    """
    return int(min(swept, key=lambda layer: (abs(layer - asked), layer)))


def plan_interference(
    experiments: pd.DataFrame, statements: Mapping[str, Statement], n_layers: int
) -> list[InterferenceCase]:
    """Return which neurons are amplified while which tasks are measured.

    In the setting `BEST` every task is measured under each task's best configuration of all. A statement gives the
    layer: there each task of its one category takes its own best neuron count and multiplier, and every task of its
    other category is measured, and the targets of the task itself, to know whether the neurons do anything there.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    statements : mapping of str to Statement
        By their names.
    n_layers : int
        How many layers the model has, of which the sweep may cover a part.

    Returns
    -------
    list of InterferenceCase
        None for a statement of whose categories the study has no task.
    """
    best = summarize_tasks(experiments, "best")
    cases = _cases(BEST, best, targets=best["task"].to_list(), texts=_tasks_of(best, FLUENT))
    for name, statement in statements.items():
        layer = nearest_layer(experiments["layer"].unique(), asked_layer(statement, best["model"].iloc[0], n_layers))
        there = summarize_tasks(experiments[experiments["layer"] == layer], "best")
        measured = _tasks_of(there, statement.measured_on)
        if measured:
            cases += [
                replace(case, targets=list(dict.fromkeys([*measured, case.source])))
                for case in _cases(name, there[there["category"] == statement.neurons_of], measured, measured)
            ]
    return cases


def _tasks_of(tasks: pd.DataFrame, category: str) -> list[str]:
    return tasks.loc[tasks["category"] == category, "task"].to_list()


def _cases(setting: str, sources: pd.DataFrame, targets: Sequence[str], texts: Sequence[str]) -> list[InterferenceCase]:
    """Return the case of each source, a row of `summarize_tasks`."""
    configurations = sources[["task", "best_layer", "best_neurons", "best_multiplier"]]
    return [InterferenceCase(setting, *row, targets, texts) for row in configurations.itertuples(index=False)]
