"""Plot each task's improvement by its selected neurons beside that by random ones, and the correlations they give.

Reads the controls of every model and layer, the baselines for the tasks' categories, and statistics/controls.json;
writes figures/controls.svg, for each model a panel of improvements by task and one of rank correlations, and the draws'
improvements: figures/controls.csv.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna.experiments.aggregation import aggregate_controls
from sna.figures.style import (
    COLOURS,
    INK,
    MUTED,
    SCALE_NOTE,
    WIDTH,
    percent_axis,
    percent_limits,
    point,
    save_svg,
    styled,
)
from sna.files import read_json
from sna.formats import minus, words
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.controls import correlate, summarize_draws
from sna.tables import BASELINE, CONTROLS, read_table, write_csv

#: Where the draws of a kind stand beside the selected neurons, and what they look like.
_PLACES = {"random": -0.24, "matched": 0.24}
_COLOURS = {"random": "#999999", "matched": "#56B4E9"}
_MEANINGS = {"random": "any other neurons of the layer", "matched": "others of like activation"}
_SPREAD = 0.08


@styled()
def draw(
    draws: pd.DataFrame, categories: Mapping[str, str], statistics: Mapping[str, Mapping], settings: Statistics
) -> Figure:
    """Draw two panels a model.

    Parameters
    ----------
    draws : DataFrame
        From `sna.statistics.controls.summarize_draws`.
    categories : mapping
        The category of each task.
    statistics : mapping
        The content of statistics/controls.json, by model.
    settings : Statistics
        What `draws` holds as `improvement`, and the confidence level.
    """
    models = sorted(draws["model"].unique())
    figure = Figure(figsize=(WIDTH, 0.8 + 4.6 * len(models)))
    panels = figure.subplots(len(models), 2, squeeze=False, width_ratios=(4.2, 1))
    limits = percent_limits(draws["improvement"])
    for (tasks, rhos), model in zip(panels, models, strict=True):
        of_model, found = draws[draws["model"] == model], statistics[model]["kinds"]
        percent_axis(tasks, limits)
        _draw_tasks(tasks, of_model, categories, found)
        _draw_correlations(rhos, of_model, found)
        tasks.set_title(f"{model}\n\n", fontweight="bold", fontsize=10)
        findings = "\n".join(_finding(kind, found[kind]) for kind in _MEANINGS)
        tasks.text(0, 1.03, findings, transform=tasks.transAxes, linespacing=1.4)
        tasks.set_ylabel(f"Improvement: {settings.task_improvement} of the sub-grid (%)\n{SCALE_NOTE}")
    figure.legend(
        handles=_key([categories[task] for task in draws["task"]], statistics[models[0]]["draws"]),
        loc="outside upper left",
        ncols=4,
        handletextpad=0.1,
    )
    level = f"{100 * settings.confidence_level:g} %"
    figure.supxlabel(
        f"Tasks from the lowest baseline probability (in brackets) to the highest. Bars: the central {level} of the "
        "draws; ticks: their mean (left), their median (right).",
        fontsize=8,
    )
    return figure


def _draw_tasks(axes: Axes, draws: pd.DataFrame, categories: Mapping[str, str], found: Mapping[str, Mapping]) -> None:
    """Draw each task's selected neurons between its two kinds of draws."""
    baselines = draws.groupby("task")["baseline"].first().sort_values(kind="stable")
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    for place, task in enumerate(baselines.index):
        of_task = draws[draws["task"] == task]
        for kind, shift in _PLACES.items():
            drawn = found[kind]["by_task"][task]["drawn"]
            _draw_cloud(axes, place + shift, of_task.loc[of_task["kind"] == kind, "improvement"], drawn, kind)
        selected = found["random"]["by_task"][task]["selected"]
        axes.plot(place, selected, gid=f"selected {task}", zorder=4, **point(categories[task]))
    labels = [f"{words(task)} ({baseline:.2g})" for task, baseline in baselines.items()]
    axes.set_xticks(range(len(labels)), labels, rotation=35, horizontalalignment="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(labels) - 0.4)


def _draw_correlations(axes: Axes, draws: pd.DataFrame, found: Mapping[str, Mapping]) -> None:
    """Draw the rank correlation of each draw, over all tasks, and that of the selected neurons across both kinds."""
    improvements = draws.pivot(index=["kind", "draw"], columns="task", values="improvement")
    baselines = draws.groupby("task")["baseline"].first().to_numpy()
    axes.set(ylim=(-1.05, 1.05), xlim=(-0.6, 1.6), ylabel=f"Spearman's rho, n = {len(baselines)} tasks")
    axes.set_xticks(range(len(_MEANINGS)), list(_MEANINGS))
    axes.set_yticks([-1, -0.5, 0, 0.5, 1])
    axes.tick_params(axis="x", length=0)
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    selected = found["random"]["rho"]["selected"]
    if selected is None:
        axes.text(0.5, 0.55, "undefined", transform=axes.transAxes, ha="center", color=MUTED)
        return
    for place, kind in enumerate(_MEANINGS):
        rhos = correlate(baselines, improvements.loc[kind].to_numpy())
        _draw_cloud(axes, place, rhos, found[kind]["rho"]["drawn"], kind)
    axes.axhline(selected, color=INK, linewidth=1.3, zorder=4, gid="selected rho")
    axes.set_title(f"line: selected, {minus(f'{selected:.2f}')}")


def _draw_cloud(axes: Axes, place: float, values: Sequence[float], drawn: Mapping[str, float], kind: str) -> None:
    """Draw one point a draw, side by side in their order, with the middle and the interval of all."""
    values = np.asarray(values)
    across = place + np.linspace(-_SPREAD, _SPREAD, len(values))
    colour = _COLOURS[kind]
    axes.plot(across, values, ".", color=colour, alpha=0.6, markersize=5, markeredgewidth=0, gid=f"{kind} draws")
    if drawn["low"] is not None:
        axes.vlines(place, drawn["low"], drawn["high"], color=colour, linewidth=1.4, zorder=3)
    if drawn["value"] is not None:
        axes.hlines(drawn["value"], place - 1.4 * _SPREAD, place + 1.4 * _SPREAD, color=colour, linewidth=2, zorder=3)


def _finding(kind: str, found: Mapping) -> str:
    """Write how the selected neurons compare with draws of one kind."""
    overall = found["overall"]
    pvalue = overall["pvalue"]
    tested = "" if pvalue is None else ", p < 0.001" if pvalue < 0.001 else f", p = {pvalue:.2g}"
    return (
        f"Selected beat {100 * overall['share_beaten']:.0f} % of {kind} draws{tested}; "
        f"significant by itself in {found['tasks_beaten']} of {found['tasks']} tasks, corrected"
    )


def _key(categories: Sequence[str], draws: int) -> list[Line2D]:
    present = [category for category in COLOURS if category in set(categories)]
    selected = [Line2D([], [], label=f"selected: {category}", **point(category)) for category in present]
    drawn = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=".",
            markersize=9,
            color=_COLOURS[kind],
            label=f"{kind}: {meaning}, {draws} draws",
        )
        for kind, meaning in _MEANINGS.items()
    ]
    return [*selected, *drawn]


def main(
    controls: Sequence[str],
    baselines: Sequence[str],
    statistics: str,
    figure: str,
    data: str,
    *,
    settings: Statistics,
    identifier: str | None = None,
) -> None:
    """Read the tables and the statistics, draw, save, and write what is drawn."""
    rows = pd.concat([read_table(path, CONTROLS) for path in controls])
    draws = summarize_draws(aggregate_controls(rows), settings.task_improvement)
    tasks = pd.concat([read_table(path, BASELINE) for path in baselines])
    categories = tasks.groupby("task")["category"].first().to_dict()
    save_svg(draw(draws, categories, read_json(statistics), settings), figure, identifier)
    write_csv(draws, data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(
            snakemake.input.controls,
            snakemake.input.baselines,
            snakemake.input.controls,
            snakemake.output[0],
            snakemake.output.data,
            settings=Statistics(**snakemake.params.statistics),
            identifier=record.id,
        )
