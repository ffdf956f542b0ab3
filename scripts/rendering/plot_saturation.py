"""Plot each task's improvement against its baseline probability.

Reads statistics/saturation.json and statistics/held_out.json; writes figures/saturation.svg, one panel a model, and
what it draws: figures/saturation.csv.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.experiments.summary import zone_ranges
from sna.figures.keys import add_key, category_entries
from sna.figures.labels import label_points
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import (
    COLOURS,
    MUTED,
    SCALE_NOTE,
    SMALL,
    WIDTH,
    in_order,
    percent_axis,
    percent_limits,
    point,
    probability_ticks,
    styled,
)
from sna.formats import words
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.held_out import HeldOut
from sna.statistics.results import read_results
from sna.statistics.saturation import RankCorrelation, Saturation, list_tasks
from sna.tables import write_csv

AXIS_LABELS = {
    "best": "Improvement of the best configuration",
    "mean": "Mean improvement over all configurations",
    "median": "Median improvement over all configurations",
}
_HOLLOW = {"markersize": 4, "markerfacecolor": "white"}
_SHADES = ("#EAEAEA", "#F6F6F6", "white")


def tabulate(saturation: Mapping[str, Saturation], held_out: Mapping[str, HeldOut]) -> pd.DataFrame:
    """Return what `draw` draws: one row a task, with the ends of its intervals.

    Parameters
    ----------
    saturation, held_out : mapping
        By model.

    Returns
    -------
    DataFrame
        `sna.statistics.saturation.list_tasks`, with `held_out` and the ends of its interval, in percent.
    """
    tasks = list_tasks(saturation)
    gains = [held_out[row.model].by_task[row.task].held_out.columns("held_out") for row in tasks.itertuples()]
    return tasks.join(pd.DataFrame(gains))


@styled()
def draw(
    saturation: Mapping[str, Saturation], held_out: Mapping[str, HeldOut], zones: Zones, settings: Statistics
) -> Figure:
    """Draw one panel a model, two points a task: filled for its improvement, hollow for its held-out gain.

    Parameters
    ----------
    saturation, held_out : mapping
        By model.
    zones : Zones
        Boundaries, and the improvement that counts as negligible in zone 3.
    settings : Statistics
        What stands for a task's improvement, and the confidence level.

    Returns
    -------
    Figure
    """
    tasks = tabulate(saturation, held_out)
    models = tasks["model"].unique()
    figure = Figure(figsize=(WIDTH, 0.7 + 4.2 * len(models)))
    panels = figure.subplots(len(models), squeeze=False, sharex=True, sharey=True)[:, 0]
    letters = panel_letters(len(models))
    across, up = _baseline_limits(tasks, zones), _improvement_limits(tasks, zones)
    obstacles: dict[str, list[Artist]] = {}
    for axes, (model, rows) in zip(panels, tasks.groupby("model"), strict=True):
        axes.set_xscale("log")
        axes.set_xlim(*across)
        percent_axis(axes, up)
        zone_marks = _draw_zones(axes, zones)
        obstacles[model] = zone_marks + _draw_tasks(axes, rows) + _draw_held_out(axes, rows)
        axes.set_ylabel(f"{AXIS_LABELS[settings.task_improvement]} (%)\n{SCALE_NOTE}")
        findings = f"In sample: {_finding(saturation[model])}\nHeld out: {_finding(held_out[model])}"
        title_panel(axes, letters, findings, model=model)
    _label_baselines(panels[-1], settings.confidence_level)
    add_key(figure, _key(tasks))
    for axes, model in zip(panels, models, strict=True):
        labelled = in_order(tasks[tasks["model"] == model])
        names = labelled["task"].map(words)
        label_points(axes, labelled["baseline"], labelled["improvement"], names, obstacles[model], fontsize=SMALL)
    return figure


def _baseline_limits(tasks: pd.DataFrame, zones: Zones) -> tuple[float, float]:
    """Return limits that show every interval and both boundaries of the zones, with a margin."""
    ends = tasks[["baseline", "baseline_low", "baseline_high"]].to_numpy(dtype=float)
    low, high = np.nanmin(ends[ends > 0], initial=1), np.nanmax(ends)
    return min(low, zones.boundaries[0] / 2) / 1.25, min(max(high, zones.boundaries[1] * 2) * 1.25, 1.1)


def _improvement_limits(tasks: pd.DataFrame, zones: Zones) -> tuple[float, float]:
    """Return limits that show every improvement, every held-out gain with its interval, and what is negligible."""
    shown = tasks[["improvement", "held_out", "held_out_low", "held_out_high"]].to_numpy(dtype=float)
    return percent_limits([*shown[np.isfinite(shown)], zones.negligible], margin=0.1)


def _label_baselines(axes: Axes, confidence_level: float) -> None:
    """Name the axis that all panels share, and give it round ticks."""
    bars = f"lines: {formats.level(confidence_level)} intervals over prompts"
    axes.set_xlabel(f"Baseline: probability of the target before amplification (log scale; {bars})")
    probability_ticks(axes)


def _draw_zones(axes: Axes, zones: Zones) -> list[Artist]:
    """Shade the zones, draw what counts as no effect in zone 3, and return what no label may cover."""
    left, right = axes.get_xlim()
    edges = (left, *zones.boundaries, right)
    ranges = zone_ranges(zones.boundaries)
    names = (f"zone 1: {ranges[1]}", "zone 2", f"zone 3: {ranges[3]}")
    above = axes.get_xaxis_transform()
    texts = []
    for (start, end), shade, name in zip(pairwise(edges), _SHADES, names, strict=True):
        axes.axvspan(start, end, color=shade, linewidth=0, zorder=0)
        middle = np.sqrt(start * end)
        texts.append(
            axes.text(middle, 0.985, name, transform=above, ha="center", va="top", color=MUTED, fontsize=SMALL)
        )
    axes.vlines(zones.boundaries, 0, 1, transform=above, color=MUTED, linewidth=0.7, linestyle=":")
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    line = {"color": MUTED, "linewidth": 0.7, "linestyle": "--", "zorder": 1}
    (negligible,) = axes.plot([zones.boundaries[1], right], [zones.negligible] * 2, **line)
    meaning = axes.annotate(
        f"{formats.plain(zones.negligible)} %: negligible below",
        (right, zones.negligible),
        xytext=(-2, 2),
        textcoords="offset points",
        horizontalalignment="right",
        color=MUTED,
        fontsize=SMALL,
    )
    return [*texts, negligible, meaning]


def _draw_tasks(axes: Axes, tasks: pd.DataFrame) -> list[Artist]:
    """Draw each task's point and the interval of its baseline, and return the intervals."""
    bars = []
    for row in tasks.itertuples():
        if pd.notna(row.baseline_low):
            ends = [row.baseline_low, row.baseline_high]
            bars += axes.plot(ends, [row.improvement] * 2, color=COLOURS[row.category], alpha=0.5)
        axes.plot(row.baseline, row.improvement, gid=row.task, **point(row.category))
    return bars


def _draw_held_out(axes: Axes, tasks: pd.DataFrame) -> list[Artist]:
    """Draw each task's held-out gain, hollow, tied to the task's point, and return it with its interval."""
    drawn = []
    for row in tasks.itertuples():
        where = [row.baseline] * 2
        axes.plot(where, [row.improvement, row.held_out], color=MUTED, linewidth=0.7, linestyle=":")
        if pd.notna(row.held_out_low):
            ends = [row.held_out_low, row.held_out_high]
            drawn += axes.plot(where, ends, color=COLOURS[row.category], alpha=0.5)
        drawn += axes.plot(row.baseline, row.held_out, gid=f"{row.task} held out", **point(row.category) | _HOLLOW)
    return drawn


def _finding(found: RankCorrelation | HeldOut) -> str:
    """Write what the test found: the coefficient with its interval, its p-value, and the number of tasks."""
    rho = formats.coefficient("Spearman's \N{GREEK SMALL LETTER RHO}", found.rho, found.pvalue)
    return f"{rho}, n = {formats.tasks(found.n)}"


def _key(tasks: pd.DataFrame) -> list[Line2D]:
    """Explain filled and hollow points, and the categories that are there."""
    filled = point("arithmetic") | {"color": MUTED}
    return [
        Line2D([], [], label="in sample", **filled),
        Line2D([], [], label="held out: chosen on the other fold of the prompts", **filled | _HOLLOW),
        *category_entries(tasks["category"]),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    saturation, held_out = read_results(job_input.saturation, Saturation), read_results(job_input.held_out, HeldOut)
    figure = draw(saturation, held_out, Zones(**params.zones), Statistics(**params.statistics))
    save_figure(figure, output.exhibit, identifier)
    write_csv(tabulate(saturation, held_out), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
