"""What the screens show of a study's experiments."""

from collections.abc import Mapping

import pandas as pd

from sna.errors import InputError
from sna.experiments.summary import summarize_tasks
from sna.exploration.views import ResultsView

_SETTINGS = ("task", "layer", "neurons", "multiplier")


def best_view(experiments: pd.DataFrame, study: str, model: str, **given: str | int | float) -> ResultsView:
    """Return the view of a model's best configuration: what the screen opens with.

    Parameters
    ----------
    experiments : DataFrame
        The model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    study, model : str
        Their names in the configuration.
    **given
        Settings that are chosen already; the best of those that have them.

    Returns
    -------
    ResultsView

    Raises
    ------
    InputError
        If no experiment has them.
    """
    rows = _chosen(experiments, given)
    best = summarize_tasks(rows, "best").sort_values("best_improvement", kind="stable").iloc[-1]
    return ResultsView(
        study=study,
        model=model,
        task=best["task"],
        layer=best["best_layer"],
        neurons=best["best_neurons"],
        multiplier=best["best_multiplier"],
    )


def layer_map(experiments: pd.DataFrame) -> pd.DataFrame:
    """Return each task's best improvement at each layer.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    DataFrame
        `category`, `task`, `layer`, `improvement` (percent).
    """
    return experiments.groupby(["category", "task", "layer"], as_index=False)["improvement"].max()


def at_layer(experiments: pd.DataFrame, task: str, layer: int) -> pd.DataFrame:
    """Return a task's configurations at one layer.

    Parameters
    ----------
    experiments : DataFrame
        As `layer_map` takes them.
    task : str
    layer : int

    Returns
    -------
    DataFrame
        `neurons`, `multiplier`, `baseline`, `probability`, `improvement` (percent).
    """
    rows = experiments[(experiments["task"] == task) & (experiments["layer"] == layer)]
    return rows[["neurons", "multiplier", "baseline", "probability", "improvement"]].reset_index(drop=True)


def configuration(experiments: pd.DataFrame, view: ResultsView) -> pd.Series:
    """Return the experiment that a view has chosen.

    Parameters
    ----------
    experiments : DataFrame
        As `layer_map` takes them.
    view : ResultsView

    Returns
    -------
    Series
        With the columns of `experiments`.

    Raises
    ------
    InputError
        If the study has no such experiment.
    """
    return _chosen(experiments, {name: getattr(view, name) for name in _SETTINGS}).iloc[0]


def _chosen(experiments: pd.DataFrame, settings: Mapping[str, str | int | float]) -> pd.DataFrame:
    """Return the experiments with some settings, or say which of them the study has not."""
    rows = experiments
    for name, value in settings.items():
        there = sorted(rows[name].unique().tolist())
        rows = rows[rows[name] == value]
        if rows.empty:
            raise InputError(f"{name}: the study has no {value}; choose one of {', '.join(map(str, there))}")
    return rows
