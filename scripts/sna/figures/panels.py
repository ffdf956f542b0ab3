"""Figures of small panels, one a task, a block a model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sna.experiments.summary import best_configurations, summarize_tasks
from sna.figures.style import COLOURS, WIDTH, in_order
from sna.formats import percent, words

_COLUMNS = 3


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


def task_panels(experiments: pd.DataFrame, height: float, **shared: bool) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Make a figure with a panel for each model and task, titled with the task, its layer and its best improvement.

    Parameters
    ----------
    experiments : DataFrame
        From `at_best_layer`.
    height : float
        Of a row of panels, in inches.
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
    columns = min(_COLUMNS, max(map(len, models)))
    rows = [-(-len(model) // columns) for model in models]
    figure = Figure(figsize=(WIDTH, 1.0 + 0.3 * len(models) + height * sum(rows)))
    places = figure.subplots(sum(rows), columns, squeeze=False, **shared)
    panels = {}
    for model, first, count in zip(models, np.cumsum([0, *rows]), rows, strict=False):
        block = places[first : first + count].ravel()
        for axes, task in zip(block, model.itertuples(), strict=False):
            _name(axes, task)
            panels[task.model, task.task] = axes
        above = {"xytext": (0, 24), "textcoords": "offset points", "fontweight": "bold", "fontsize": 10}
        block[0].annotate(model["model"].iloc[0], (0, 1), xycoords="axes fraction", **above)
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


def _name(axes: Axes, best: Any) -> None:
    """Title a panel with its task, layer and best improvement, behind a swatch in the colour of the category."""
    axes.set_title(f"    {words(best.task)}, layer {best.layer}: best {percent(best.improvement)}")
    swatch = {"boxstyle": "square,pad=0.1", "facecolor": COLOURS[best.category], "edgecolor": "none"}
    where = {"xycoords": "axes fraction", "xytext": (1, 7), "textcoords": "offset points"}
    axes.annotate("  ", (0, 1), fontsize=6, bbox=swatch, **where)
