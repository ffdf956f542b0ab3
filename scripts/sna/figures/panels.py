"""Figures of small panels, one a task, a block a model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sna.experiments.summary import best_configurations, summarize_tasks
from sna.figures.letters import panel_letters, title_panel
from sna.figures.style import WIDTH, in_order
from sna.formats import percent, words


def at_best_layer(experiments: pd.DataFrame) -> pd.DataFrame:
    """Return the experiments at each task's best layer, which is that of its best configuration.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    DataFrame
        Rows of `experiments`.
    """
    return experiments.merge(best_configurations(summarize_tasks(experiments, "best"))[["model", "task", "layer"]])


def best_row(rows: pd.DataFrame) -> pd.Series:
    """Return the best of one task's experiments: of several the one with the fewest neurons and the least multiplier.

    Parameters
    ----------
    rows : DataFrame
        One model and task's rows of `at_best_layer`.

    Returns
    -------
    Series
    """
    return rows.sort_values(["neurons", "multiplier"]).loc[lambda ordered: ordered["improvement"].idxmax()]


def task_panels(
    experiments: pd.DataFrame, height: float, columns: int, **shared: bool
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Make a figure with a panel for each model and task, titled with the task, its layer and its best improvement.

    Parameters
    ----------
    experiments : DataFrame
        From `at_best_layer`.
    height : float
        Of a row of panels, in inches.
    columns : int
        Panels side by side, at most.
    **shared
        Passed to `Figure.subplots`: `sharex`, `sharey`.

    Returns
    -------
    Figure
    dict
        From model and task to the panel, in the figures' order.
    """
    best = pd.DataFrame([best_row(rows) for _, rows in experiments.groupby(["model", "task"])])
    models = [in_order(rows) for _, rows in best.groupby("model")]
    columns = min(columns, max(map(len, models)))
    rows = [-(-len(model) // columns) for model in models]
    figure = Figure(figsize=(WIDTH, 0.8 + 0.3 * len(models) + height * sum(rows)))
    places = figure.subplots(sum(rows), columns, squeeze=False, **shared)
    panels, letters = {}, panel_letters(len(best))
    part = " " if columns <= 2 else "\n"  # titles are as wide as a panel of two columns
    for model, first, count in zip(models, np.cumsum([0, *rows]), rows, strict=False):
        block = places[first : first + count].ravel()
        for axes, task in zip(block, model.itertuples(), strict=False):
            said = f"{words(task.task)}, layer {task.layer}:{part}best {percent(task.improvement)}"
            name = task.model if axes is block[0] else None
            title_panel(axes, letters, said, category=task.category, model=name)
            panels[task.model, task.task] = axes
        for unused in block[len(model) :]:
            unused.remove()
    return figure, panels


def label_axes(panels: Mapping[tuple[str, str], Axes], across: str, up: str) -> None:
    """Label the horizontal axis of each model's lowest panels, and the vertical axis of the leftmost ones.

    Parameters
    ----------
    panels : mapping
        From `task_panels`.
    across, up : str
        The labels.
    """
    cells = {(model, *_cell(axes)) for (model, _), axes in panels.items()}
    for (model, _), axes in panels.items():
        row, column = _cell(axes)
        axes.set_xlabel("" if (model, row + 1, column) in cells else across)
        axes.set_ylabel("" if column else up)


def _cell(axes: Axes) -> tuple[int, int]:
    place = axes.get_subplotspec()
    return place.rowspan.start, place.colspan.start
