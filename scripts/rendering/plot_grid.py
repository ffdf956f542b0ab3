"""Plot the grid of neuron counts and multipliers at each task's best layer.

Reads the experiments and statistics/golden_zone.json; writes figures/grid.svg, one panel a task, with its golden zone
outlined, and what it draws: figures/grid.csv.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from sna.figures.colour_bars import percent_colour_bar
from sna.figures.heat_maps import heat_map
from sna.figures.keys import add_key, category_entries
from sna.figures.panels import at_best_layer, best_row, label_axes, task_panels
from sna.figures.saving import save_figure
from sna.figures.style import COLOURS, DIVERGING, INK, percent_norm, styled
from sna.formats import level, plain, signed
from sna.job import job
from sna.statistics.golden_zone import GoldenZones
from sna.statistics.results import read_results
from sna.tables import EXPERIMENTS, read_table, write_csv

Cell = tuple[int, int]


@styled()
def draw(experiments: pd.DataFrame, golden_zones: Mapping[str, GoldenZones]) -> Figure:
    """Draw one panel a task, all with the same colours.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    golden_zones : mapping
        By model.

    Returns
    -------
    Figure
    """
    best = at_best_layer(experiments)
    norm = percent_norm(best["improvement"])
    figure, panels = task_panels(best, height=1.4, columns=2)
    add_key(figure, category_entries(best["category"]), most=len(COLOURS))
    for (model, task), axes in panels.items():
        rows = best[(best["model"] == model) & (best["task"] == task)]
        _draw_task(axes, rows, norm, golden_zones[model].by_task[task].members)
    label_axes(panels, "Multiplier", "Neurons")
    share = next(iter(golden_zones.values())).share
    bar = percent_colour_bar(figure, norm, best["improvement"], "Improvement at the task's best layer")
    marks = f"outlined: golden zone, at least {level(share)} of the task's best; bold: its best"
    bar.set_xlabel(f"{bar.get_xlabel()}\n{marks}")
    return figure


def _draw_task(axes: Axes, rows: pd.DataFrame, norm: Normalize, members: Sequence[tuple[int, float]]) -> None:
    grid = rows.pivot_table(index="neurons", columns="multiplier", values="improvement").sort_index(ascending=False)
    named = grid.rename(columns=plain)
    heat_map(axes, named, norm, DIVERGING, named.map(signed))
    places = {
        (count, multiplier): (row, column)
        for row, count in enumerate(grid.index)
        for column, multiplier in enumerate(grid.columns)
    }
    outline(axes, {places[count, multiplier] for count, multiplier in members})
    best = best_row(rows)
    row, column = places[best["neurons"], best["multiplier"]]
    cells = [text for text in axes.texts if not isinstance(text, Annotation)]
    cells[row * grid.shape[1] + column].set(fontweight="bold", gid="best")


def outline(axes: Axes, cells: set[Cell]) -> LineCollection:
    """Draw the border of a set of a heat map's cells: each side with no member beyond it.

    Parameters
    ----------
    axes : Axes
    cells : set of (int, int)
        By row and column.

    Returns
    -------
    LineCollection
    """
    sides = [
        side
        for row, column in sorted(cells)
        for beyond, side in {
            (row - 1, column): [(column, row), (column + 1, row)],
            (row + 1, column): [(column, row + 1), (column + 1, row + 1)],
            (row, column - 1): [(column, row), (column, row + 1)],
            (row, column + 1): [(column + 1, row), (column + 1, row + 1)],
        }.items()
        if beyond not in cells
    ]
    border = LineCollection(sides, colors=INK, linewidths=1.4, capstyle="projecting", clip_on=False, gid="golden zone")
    axes.add_collection(border, autolim=False)
    return border


def main(job_input, output, params, identifier: str | None = None) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    save_figure(draw(experiments, read_results(job_input.golden_zone, GoldenZones)), output.exhibit, identifier)
    write_csv(at_best_layer(experiments), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
