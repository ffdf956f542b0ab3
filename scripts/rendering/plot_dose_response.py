"""Plot improvement against multiplier at each task's best layer.

Reads the experiments; writes figures/dose_response.svg, one panel a task, one line a neuron count, and what it draws:
figures/dose_response.csv.
"""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from sna.figures.keys import add_key, category_entries
from sna.figures.labels import spread
from sna.figures.panels import at_best_layer, best_row, label_axes, task_panels
from sna.figures.saving import save_figure
from sna.figures.style import COLOURS, INK, MUTED, SCALE_NOTE, SMALL, percent_axis, percent_limits, styled
from sna.formats import plain
from sna.job import job
from sna.tables import EXPERIMENTS, read_table, write_csv


@styled()
def draw(experiments: pd.DataFrame) -> Figure:
    """Draw one panel a task, all with the same axes.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    Figure
    """
    best = at_best_layer(experiments)
    counts = sorted(best["neurons"].unique())
    # The light end of the palette is too pale for text on white.
    colours = dict(zip(counts, matplotlib.colormaps["viridis_r"](np.linspace(0.4, 1, len(counts))), strict=True))
    figure, panels = task_panels(best, height=1.85, columns=3, sharex=True, sharey=True)
    add_key(figure, category_entries(best["category"]), most=len(COLOURS))
    limits = percent_limits(best["improvement"])
    for (model, task), axes in panels.items():
        _set_axes(axes, sorted(best["multiplier"].unique()), limits)
        _draw_task(axes, best[(best["model"] == model) & (best["task"] == task)], colours)
    label_axes(panels, "Multiplier (log scale)", "Improvement (%)")
    figure.supxlabel(
        f"Improvement: {SCALE_NOTE}. At the lines' ends: neurons amplified. Circle: the task's best.", fontsize=SMALL
    )
    figure.draw_without_rendering()
    for (model, task), axes in panels.items():
        _label_lines(axes, best[(best["model"] == model) & (best["task"] == task)], colours)
    return figure


def _set_axes(axes: Axes, multipliers: list[float], limits: tuple[float, float]) -> None:
    low, high = min(1.0, *multipliers), max(1.1, *multipliers)
    axes.set_xscale("log")
    axes.set_xlim(low, high * (high / low) ** 0.16)  # room for the labels
    axes.xaxis.set_major_locator(FixedLocator(readable_ticks([1.0, *multipliers])))
    axes.xaxis.set_minor_locator(FixedLocator(multipliers))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    percent_axis(axes, limits, most=7)
    axes.plot([low, high], [0, 0], color=MUTED, linewidth=0.7)


def readable_ticks(values: list[float], share: float = 0.12) -> list[float]:
    """Return the values that can be labelled.

    Parameters
    ----------
    values : list of float
        Above 0.
    share : float
        Of the logarithmic axis, by which labels are apart at least.

    Returns
    -------
    list of float
        Ascending.
    """
    ordered = sorted(set(values))
    kept = ordered[:1]
    for value in ordered[1:]:
        if np.log(value / kept[-1]) >= share * np.log(ordered[-1] / ordered[0]):
            kept.append(value)
    return kept


def _draw_task(axes: Axes, rows: pd.DataFrame, colours: dict[int, np.ndarray]) -> None:
    for count, line in rows.sort_values("multiplier").groupby("neurons"):
        # A multiplier of 1 is the model as it is, so every line starts there.
        multipliers, improvements = [1.0, *line["multiplier"]], [0.0, *line["improvement"]]
        order = np.argsort(multipliers, kind="stable")
        axes.plot(
            np.take(multipliers, order), np.take(improvements, order), color=colours[count], linewidth=1.3,
            marker=".", markersize=3.5, gid=f"{count} neurons",
        )  # fmt: skip
    best = best_row(rows)
    axes.plot(
        best["multiplier"], best["improvement"], "o", markersize=7, markerfacecolor="none", markeredgecolor=INK,
        markeredgewidth=1.1, gid="best", zorder=4,
    )  # fmt: skip


def _label_lines(axes: Axes, rows: pd.DataFrame, colours: dict[int, np.ndarray]) -> None:
    """Write each line's number of neurons at its right end, moved up or down where lines end close together."""
    ends = rows[rows["multiplier"] == rows["multiplier"].max()]
    at_end = axes.transData.transform(ends[["multiplier", "improvement"]].to_numpy())
    points = axes.get_figure(root=True).dpi / 72
    heights = spread(at_end[:, 1], SMALL * points, (axes.bbox.y0, axes.bbox.y1))
    for (across, _), height, count in zip(at_end, heights, ends["neurons"], strict=True):
        place = axes.transData.inverted().transform((across + 5 * points, height))
        axes.text(*place, str(count), color=colours[count], fontsize=SMALL, va="center_baseline", gid="count")


def main(job_input, output, params, identifier: str | None = None) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    save_figure(draw(experiments), output.exhibit, identifier)
    write_csv(at_best_layer(experiments), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
