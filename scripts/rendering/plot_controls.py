"""Plot each task's improvement by its selected neurons beside that by random ones, and the correlations they give.

Reads statistics/controls.json; writes figures/controls.svg, for each model a panel of improvements by task and one of
rank correlations, and the draws' improvements: figures/controls.csv.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
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
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.controls import Comparison, ControlsResult
from sna.statistics.estimate import Estimate
from sna.statistics.results import read_results
from sna.tables import write_csv

#: Where the draws of a kind stand beside the selected neurons, and what they look like.
_PLACES = {"random": -0.24, "matched": 0.24}
_COLOURS = {"random": "#999999", "matched": "#56B4E9"}
_MEANINGS = {"random": "any other neurons of the layer", "matched": "others of like activation"}
_SPREAD = 0.08


@styled()
def draw(results: Mapping[str, ControlsResult], settings: Statistics) -> Figure:
    """Draw two panels a model.

    Parameters
    ----------
    results : mapping
        By model.
    settings : Statistics
        What stands for a task's improvement, and the confidence level.

    Returns
    -------
    Figure
    """
    draws = tabulate(results)
    figure = Figure(figsize=(WIDTH, 0.8 + 4.6 * len(results)))
    panels = figure.subplots(len(results), 2, squeeze=False, width_ratios=(4.2, 1))
    limits = percent_limits(draws["improvement"])
    for (tasks, rhos), (model, found) in zip(panels, results.items(), strict=True):
        percent_axis(tasks, limits)
        _draw_tasks(tasks, found)
        _draw_correlations(rhos, found)
        tasks.set_title(f"{model}\n\n", fontweight="bold", fontsize=10)
        findings = "\n".join(_finding(kind, found.kinds[kind]) for kind in _MEANINGS)
        tasks.text(0, 1.03, findings, transform=tasks.transAxes, linespacing=1.4)
        tasks.set_ylabel(f"Improvement: {settings.task_improvement} of the sub-grid (%)\n{SCALE_NOTE}")
    figure.legend(
        handles=_key(results),
        loc="outside upper left",
        ncols=4,
        handletextpad=0.1,
    )
    level = formats.level(settings.confidence_level)
    figure.supxlabel(
        f"Tasks from the lowest baseline probability (in brackets) to the highest. Bars: the central {level} of the "
        "draws; ticks: their mean (left), their median (right).",
        fontsize=8,
    )
    return figure


def _draw_tasks(axes: Axes, found: ControlsResult) -> None:
    """Draw each task's selected neurons between its two kinds of draws."""
    ordered = sorted(found.by_task.items(), key=lambda item: item[1].baseline)
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    for place, (name, task) in enumerate(ordered):
        for kind, shift in _PLACES.items():
            controlled = found.kinds[kind].by_task[name]
            _draw_cloud(axes, place + shift, controlled.draws, controlled.drawn, kind)
        axes.plot(place, controlled.selected, gid=f"selected {name}", zorder=4, **point(task.category))
    labels = [f"{formats.words(name)} ({formats.probability(task.baseline)})" for name, task in ordered]
    axes.set_xticks(range(len(labels)), labels, rotation=35, horizontalalignment="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(labels) - 0.4)


def _draw_correlations(axes: Axes, found: ControlsResult) -> None:
    """Draw the rank correlation of each draw, over all tasks, and that of the selected neurons across both kinds."""
    axes.set(ylim=(-1.05, 1.05), xlim=(-0.6, 1.6), ylabel=f"Spearman's rho, n = {formats.tasks(len(found.by_task))}")
    axes.set_xticks(range(len(_MEANINGS)), list(_MEANINGS))
    axes.set_yticks([-1, -0.5, 0, 0.5, 1])
    axes.tick_params(axis="x", length=0)
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    selected = found.kinds["random"].rho.selected
    if selected is None:
        axes.text(0.5, 0.55, "undefined", transform=axes.transAxes, ha="center", color=MUTED)
        return
    for place, kind in enumerate(_MEANINGS):
        rho = found.kinds[kind].rho
        _draw_cloud(axes, place, rho.draws, rho.drawn, kind)
    axes.axhline(selected, color=INK, linewidth=1.3, zorder=4, gid="selected rho")
    axes.set_title(f"line: selected, {formats.number(selected)}")


def _draw_cloud(axes: Axes, place: float, values: Sequence[float | None], drawn: Estimate, kind: str) -> None:
    """Draw one point a draw, side by side in their order, with the middle and the interval of all."""
    across = place + np.linspace(-_SPREAD, _SPREAD, len(values))
    look = {"color": _COLOURS[kind], "alpha": 0.6, "markersize": 5, "markeredgewidth": 0}
    axes.plot(across, np.array(values, dtype=float), ".", gid=f"{kind} draws", **look)
    if drawn.low is not None:
        axes.vlines(place, drawn.low, drawn.high, color=_COLOURS[kind], linewidth=1.4, zorder=3)
    if drawn.value is not None:
        ends = place - 1.4 * _SPREAD, place + 1.4 * _SPREAD
        axes.hlines(drawn.value, *ends, color=_COLOURS[kind], linewidth=2, zorder=3)


def _finding(kind: str, found: Comparison) -> str:
    """Write how the selected neurons compare with draws of one kind."""
    overall = found.overall
    tested = "" if overall.pvalue is None else f", {formats.pvalue(overall.pvalue)}"
    return (
        f"Selected beat {formats.share(overall.share_beaten)} of {kind} draws{tested}; "
        f"significant by itself in {found.tasks_beaten} of {formats.tasks(found.tasks)}, corrected"
    )


def _key(results: Mapping[str, ControlsResult]) -> list[Line2D]:
    categories = {task.category for found in results.values() for task in found.by_task.values()}
    draws = next(iter(results.values())).draws
    present = [category for category in COLOURS if category in categories]
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


def tabulate(results: Mapping[str, ControlsResult]) -> pd.DataFrame:
    """Return what `draw` draws: one row a model, task, kind and draw, the selected neurons among them.

    Parameters
    ----------
    results : mapping
        By model.

    Returns
    -------
    DataFrame
        With `baseline` (probability) and `improvement` (percent).
    """
    return pd.DataFrame(
        [
            (model, name, kind, number, task.baseline, improvement)
            for model, found in results.items()
            for name, task in found.by_task.items()
            for kind, improvements in _improvements(found, name).items()
            for number, improvement in enumerate(improvements)
        ],
        columns=["model", "task", "kind", "draw", "baseline", "improvement"],
    )


def _improvements(found: ControlsResult, task: str) -> dict[str, list[float]]:
    kinds = {kind: comparison.by_task[task] for kind, comparison in sorted(found.kinds.items())}
    return {kind: of_kind.draws for kind, of_kind in kinds.items()} | {"selected": [kinds["random"].selected]}


def main(job_input, output, params, identifier: str | None = None) -> None:
    results = read_results(job_input.controls, ControlsResult)
    save_svg(draw(results, Statistics(**params.statistics)), output.exhibit, identifier)
    write_csv(tabulate(results), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
