"""Plot each task's improvement against its baseline probability.

Reads the experiments, the prompts, statistics/saturation.json and statistics/held_out.json; writes
figures/saturation.svg, one panel a model, and what it draws: figures/saturation.csv.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sna.experiments.summary import summarize_tasks, zone_ranges
from sna.figures.labels import label_points
from sna.figures.style import (
    COLOURS,
    MUTED,
    SCALE_NOTE,
    WIDTH,
    in_order,
    percent_axis,
    percent_limits,
    point,
    save_svg,
    styled,
)
from sna.files import read_json
from sna.formats import minus, words
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.estimate import Estimate, estimate
from sna.tables import EXPERIMENTS, PROMPTS, read_table, write_csv

AXIS_LABELS = {
    "best": "Improvement of the best configuration",
    "mean": "Mean improvement over all configurations",
    "median": "Median improvement over all configurations",
}
_HOLLOW = {"markersize": 4, "markerfacecolor": "white"}
_SHADES = ("#EAEAEA", "#F6F6F6", "white")


def baseline_intervals(prompts: pd.DataFrame, settings: Statistics) -> dict[tuple[str, str], Estimate]:
    """Return each task's mean baseline, by model and task, with its bootstrap interval over prompts.

    Parameters
    ----------
    prompts : DataFrame
        A table that keeps `sna.tables.PROMPTS`.
    settings : Statistics
        Confidence level, resamples and seed.
    """
    baselines = prompts.drop_duplicates(["model", "task", "prompt"]).groupby(["model", "task"])["baseline"]
    return {key: estimate([baseline], np.mean, settings) for key, baseline in baselines}


@styled()
def draw(
    tasks: pd.DataFrame,
    intervals: Mapping[tuple[str, str], Estimate],
    statistics: Mapping[str, Mapping],
    held_out: Mapping[str, Mapping],
    *,
    zones: Zones,
    settings: Statistics,
) -> Figure:
    """Draw one panel a model, two points a task: filled for its improvement, hollow for its held-out gain.

    Parameters
    ----------
    tasks : DataFrame
        From `sna.experiments.summary.summarize_tasks`.
    intervals : mapping
        From `baseline_intervals`.
    statistics : mapping
        The content of statistics/saturation.json: by model, `n`, `rho` and `pvalue`.
    held_out : mapping
        The content of statistics/held_out.json: the same of the held-out gains, and those by task.
    zones : Zones
        Boundaries, and the improvement that counts as negligible in zone 3.
    settings : Statistics
        What `tasks` holds as `improvement`, and the confidence level of `intervals`.
    """
    models = sorted(tasks["model"].unique())
    figure = Figure(figsize=(WIDTH, 0.7 + 4.6 * len(models)))
    panels = figure.subplots(len(models), squeeze=False, sharex=True, sharey=True)[:, 0]
    across, up = _baseline_limits(intervals.values(), zones), _improvement_limits(tasks, held_out, zones)
    obstacles: dict[str, list[Artist]] = {}
    for axes, (model, rows) in zip(panels, tasks.groupby("model"), strict=True):
        axes.set_xscale("log")
        axes.set_xlim(*across)
        percent_axis(axes, up)
        zone_marks = _draw_zones(axes, zones)
        baselines = _draw_tasks(axes, rows, intervals)
        obstacles[model] = zone_marks + baselines + _draw_held_out(axes, rows, held_out[model]["by_task"])
        axes.set_ylabel(f"{AXIS_LABELS[settings.task_improvement]} (%)\n{SCALE_NOTE}")
        axes.set_title(f"{model}\n\n", fontweight="bold", fontsize=10)
        findings = f"In sample: {_finding(statistics[model])}\nHeld out: {_finding(held_out[model])}"
        axes.text(0, 1.02, findings, transform=axes.transAxes)
    _label_baselines(panels[-1], settings.confidence_level)
    key = _key(tasks)
    figure.legend(handles=key, loc="outside upper right", ncols=len(key), handletextpad=0.1)
    for axes, model in zip(panels, models, strict=True):
        labelled = in_order(tasks[tasks["model"] == model])
        names = labelled["task"].map(words)
        label_points(axes, labelled["baseline"], labelled["improvement"], names, obstacles[model], fontsize=8)
    return figure


def tabulate(
    tasks: pd.DataFrame, intervals: Mapping[tuple[str, str], Estimate], held_out: Mapping[str, Mapping]
) -> pd.DataFrame:
    """Return what `draw` draws of its arguments: one row a task, with the ends of its intervals."""
    rows = []
    for row in tasks.itertuples():
        baseline, gain = intervals[row.model, row.task], held_out[row.model]["by_task"][row.task]["held_out"]
        rows.append(
            {
                "model": row.model,
                "task": row.task,
                "category": row.category,
                "baseline": row.baseline,
                "baseline_low": baseline.low,
                "baseline_high": baseline.high,
                "improvement": row.improvement,
                "held_out": gain["value"],
                "held_out_low": gain["low"],
                "held_out_high": gain["high"],
            }
        )
    return pd.DataFrame(rows)


def _baseline_limits(intervals: Iterable[Estimate], zones: Zones) -> tuple[float, float]:
    """Return limits that show every interval and both boundaries of the zones, with a margin."""
    ends = [end for interval in intervals for end in (interval.value, interval.low, interval.high) if end]
    return min(*ends, zones.boundaries[0] / 2) / 1.25, min(max(*ends, zones.boundaries[1] * 2) * 1.25, 1.1)


def _improvement_limits(tasks: pd.DataFrame, held_out: Mapping[str, Mapping], zones: Zones) -> tuple[float, float]:
    """Return limits that show every improvement, every held-out gain with its interval, and what is negligible."""
    gains = [task["held_out"].values() for found in held_out.values() for task in found["by_task"].values()]
    ends = [end for gain in gains for end in gain if end is not None]
    return percent_limits([*tasks["improvement"], *ends, zones.negligible], margin=0.1)


def _label_baselines(axes: Axes, confidence_level: float) -> None:
    """Name the axis that all panels share, and give it round ticks: more of them where it spans few decades."""
    level = f"{100 * confidence_level:g} % intervals over prompts"
    axes.set_xlabel(f"Baseline: probability of the target before amplification (log scale; bars: {level})")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 200 else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


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
        texts.append(axes.text(middle, 0.985, name, transform=above, ha="center", va="top", color=MUTED, fontsize=8))
    axes.vlines(zones.boundaries, 0, 1, transform=above, color=MUTED, linewidth=0.7, linestyle=":")
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    line = {"color": MUTED, "linewidth": 0.7, "linestyle": "--", "zorder": 1}
    (negligible,) = axes.plot([zones.boundaries[1], right], [zones.negligible] * 2, **line)
    meaning = axes.annotate(
        f"{zones.negligible:g} %: negligible below",
        (right, zones.negligible),
        xytext=(-2, 2),
        textcoords="offset points",
        horizontalalignment="right",
        color=MUTED,
        fontsize=7.5,
    )
    return [*texts, negligible, meaning]


def _draw_tasks(axes: Axes, tasks: pd.DataFrame, intervals: Mapping[tuple[str, str], Estimate]) -> list[Artist]:
    """Draw each task's point and the interval of its baseline, and return the intervals."""
    bars = []
    for row in tasks.itertuples():
        interval = intervals[row.model, row.task]
        if interval.low is not None:
            bars += axes.plot(
                [interval.low, interval.high], [row.improvement] * 2, color=COLOURS[row.category], alpha=0.5
            )
        axes.plot(row.baseline, row.improvement, gid=row.task, **point(row.category))
    return bars


def _draw_held_out(axes: Axes, tasks: pd.DataFrame, held_out: Mapping[str, Mapping]) -> list[Artist]:
    """Draw each task's held-out gain, hollow, tied to the task's point, and return it with its interval."""
    drawn = []
    for row in tasks.itertuples():
        gain = held_out[row.task]["held_out"]
        axes.plot([row.baseline] * 2, [row.improvement, gain["value"]], color=MUTED, linewidth=0.7, linestyle=":")
        if gain["low"] is not None:
            drawn += axes.plot([row.baseline] * 2, [gain["low"], gain["high"]], color=COLOURS[row.category], alpha=0.5)
        drawn += axes.plot(row.baseline, gain["value"], gid=f"{row.task} held out", **point(row.category) | _HOLLOW)
    return drawn


def _finding(statistic: Mapping) -> str:
    """Write what the test found: the coefficient with its interval, its p value, and the number of tasks."""
    rho, n = statistic["rho"], f"n = {statistic['n']} tasks"
    if rho["value"] is None:
        return f"Spearman's rho is undefined, {n}"
    value, low, high = (end if end is None else minus(f"{end:.2f}") for end in (rho["value"], rho["low"], rho["high"]))
    shown = f"Spearman's rho = {value}" if low is None else f"Spearman's rho = {value} [{low}, {high}]"
    if statistic["pvalue"] is not None:
        shown += ", p < 0.001" if statistic["pvalue"] < 0.001 else f", p = {statistic['pvalue']:.2g}"
    return f"{shown}, {n}"


def _key(tasks: pd.DataFrame) -> list[Line2D]:
    """Explain filled and hollow points, and the categories that are there."""
    filled = point("arithmetic") | {"color": MUTED}
    present = set(tasks["category"])
    return [
        Line2D([], [], label="in sample", **filled),
        Line2D([], [], label="held out: chosen on the other fold of the prompts", **filled | _HOLLOW),
        *(Line2D([], [], label=category, **point(category)) for category in COLOURS if category in present),
    ]


def main(
    experiments: str,
    prompts: str,
    statistics: str,
    held_out: str,
    *,
    figure: str,
    data: str,
    zones: Zones,
    settings: Statistics,
    identifier: str | None = None,
) -> None:
    """Read the tables and the statistics, draw, save, and write what is drawn."""
    tasks = summarize_tasks(read_table(experiments, EXPERIMENTS), settings.task_improvement)
    intervals = baseline_intervals(read_table(prompts, PROMPTS), settings)
    found = read_json(statistics), read_json(held_out)
    save_svg(draw(tasks, intervals, *found, zones=zones, settings=settings), figure, identifier)
    write_csv(tabulate(tasks, intervals, found[1]), data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(
            snakemake.input.experiments,
            snakemake.input.prompts,
            snakemake.input.saturation,
            snakemake.input.held_out,
            figure=snakemake.output[0],
            data=snakemake.output.data,
            zones=Zones(**snakemake.params.zones),
            settings=Statistics(**snakemake.params.statistics),
            identifier=record.id,
        )
