"""Plot saturation on the logit scale and beside its null model.

Reads the prompts' logit gains and statistics/null_model.json; writes figures/null_model.svg, four panels a model: the
gains of tasks, rho when gains are shuffled, the gains of prompts, and the correlations within tasks; and the prompts'
gains: figures/null_model.csv.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.figures.keys import add_key, category_entries
from sna.figures.labels import label_points
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import COLOURS, INK, MUTED, SMALL, WIDTH, in_order, point, probability_axis, styled
from sna.formats import words
from sna.job import job
from sna.statistics.estimate import Estimate
from sna.statistics.logits import bounded
from sna.statistics.null_model import NullModel
from sna.statistics.repeated_measures import PerPrompt
from sna.statistics.results import read_results
from sna.tables import LOGIT_GAINS, read_table, write_csv

_GAIN = "Gain in logit at the best configuration"
_BASELINE = "Baseline probability (log scale)"
_BARS = "#BBBBBB"
#: Prompts of lower baselines are drawn here, so that the others fill the axis.
_LOWEST = 1e-4


@styled()
def draw(prompts: pd.DataFrame, results: Mapping[str, NullModel], confidence_level: float) -> Figure:
    """Draw four panels a model.

    Parameters
    ----------
    prompts : DataFrame
        A table that keeps `sna.tables.LOGIT_GAINS`.
    results : mapping
        By model.
    confidence_level : float
        Of their intervals.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(WIDTH, 0.5 + 6.2 * len(results)))
    blocks = figure.subplots(2 * len(results), 2, squeeze=False, width_ratios=(1.3, 1))
    letters = panel_letters(4 * len(results))
    tasks, shifts = {model: _list_tasks(found) for model, found in results.items()}, {}
    for number, (model, found) in enumerate(results.items()):
        (gains, shuffled), (scatter, within) = blocks[2 * number : 2 * number + 2]
        shifts[model] = _draw_tasks(gains, tasks[model], found)
        _draw_shuffles(shuffled, found, confidence_level)
        _draw_prompts(scatter, prompts[prompts["model"] == model], found.per_prompt)
        _draw_within(within, tasks[model], found.per_prompt)
        title_panel(
            gains, letters, _say("Tasks (dashed: their median)", found.logit, formats.tasks(found.n)), model=model
        )
        title_panel(shuffled, letters, "If tasks had each other's gains\n\n\n")
        own = found.per_prompt
        title_panel(scatter, letters, _say("Prompts", own, f"{formats.count(own.n)} prompts"))
        r = formats.coefficient("r", Estimate(own.within_tasks.r, own.within_tasks.low, own.within_tasks.high))
        title_panel(within, letters, f"Prompts within tasks\n{r},\n{formats.pvalue(own.within_tasks.pvalue)}")
    add_key(figure, category_entries(prompts["category"]), most=len(COLOURS))
    figure.supxlabel(f"In brackets: {formats.level(confidence_level)} intervals, bootstraps over tasks", fontsize=SMALL)
    for number, (model, of_model) in enumerate(tasks.items()):
        names, obstacles = of_model["task"].map(words), [shifts[model]]
        label_points(
            blocks[2 * number, 0], of_model["baseline"], of_model["logit_gain"], names, obstacles, fontsize=SMALL
        )
    return figure


def _list_tasks(found: NullModel) -> pd.DataFrame:
    return in_order(pd.DataFrame([{"task": name, **vars(task)} for name, task in found.by_task.items()]))


def _draw_tasks(axes: Axes, tasks: pd.DataFrame, found: NullModel) -> Line2D:
    """Draw each task's gain, and the one that all tasks have under the constant shift; return its line."""
    probability_axis(axes, bounded(tasks["baseline"]))
    _draw_no_gain(axes)
    shift = axes.axhline(found.shift, color=MUTED, linewidth=0.9, linestyle="--", gid="shift", zorder=1)
    for row in tasks.itertuples():
        axes.plot(row.baseline, row.logit_gain, gid=row.task, **point(row.category))
    axes.margins(y=0.12)
    axes.set(xlabel=_BASELINE, ylabel=_GAIN)
    return shift


def _say(title: str, found: Any, n: str) -> str:
    """Write a title with a rank correlation, its p-value if it has one, and what it is over."""
    pvalue = getattr(found, "pvalue", None)
    tail = "" if pvalue is None else f"{formats.pvalue(pvalue)}, "
    rho = formats.coefficient("Spearman's \N{GREEK SMALL LETTER RHO}", found.rho)
    return f"{title}\n{rho},\n{tail}n = {n}"


def _draw_shuffles(axes: Axes, found: NullModel, confidence_level: float) -> None:
    """Draw how often shuffled gains give each rho, the middle of them, and both the observed and the constant one."""
    _correlation_axis(axes, "\N{GREEK SMALL LETTER RHO} of baseline and improvement in %")
    axes.set_ylabel("Shuffles of the tasks' logit gains")
    if found.histogram is None:
        axes.set_yticks([])
        axes.text(
            0.5, 0.5, "\N{GREEK SMALL LETTER RHO} is undefined", transform=axes.transAxes, ha="center", color=MUTED
        )
        return
    histogram, spread = found.histogram, found.rho_shuffled
    axes.stairs(histogram.counts, histogram.edges, fill=True, color=_BARS, zorder=1)
    highest = max(histogram.counts)
    axes.set_ylim(0, 1.12 * highest)
    axes.plot([spread.low, spread.high], [1.05 * highest] * 2, color=MUTED, linewidth=1.4, gid="interval")
    axes.plot(spread.value, 1.05 * highest, "|", color=MUTED, markersize=9, markeredgewidth=1.4)
    axes.axvline(found.rho, color=INK, linewidth=1.6, gid="observed")
    if found.rho_constant_shift is not None:
        axes.axvline(found.rho_constant_shift, color=INK, linewidth=1.1, linestyle="--", gid="constant")
    observed = f"observed: {formats.number(found.rho)}, {formats.pvalue(found.pvalue)}, one-sided"
    constant = f"the same gain for all: {formats.number(found.rho_constant_shift)}"
    middle = f"shuffled: median, central {formats.level(confidence_level)}"
    handles = [
        Line2D([], [], color=INK, linewidth=1.6, label=observed),
        Line2D([], [], color=INK, linewidth=1.1, linestyle="--", label=constant),
        Line2D([], [], color=MUTED, linewidth=1.4, marker="|", markersize=9, markeredgewidth=1.4, label=middle),
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.03, 1.0), borderaxespad=0, labelspacing=0.2)


def _draw_prompts(axes: Axes, prompts: pd.DataFrame, found: PerPrompt) -> None:
    baselines = np.maximum(bounded(prompts["baseline"]), _LOWEST)
    probability_axis(axes, baselines)
    _draw_no_gain(axes)
    for category, rows in prompts.groupby("category"):
        look = point(category) | {"markersize": 4, "markeredgewidth": 0.3, "alpha": 0.75}
        axes.plot(baselines[rows.index], rows["logit_gain"], gid=f"prompts {category}", **look)
    edge = f"; lower ones at {formats.plain(_LOWEST)}" if (prompts["baseline"] < _LOWEST).any() else ""
    axes.set(xlabel=_BASELINE.replace(")", f"{edge})"), ylabel=_GAIN)


def _draw_within(axes: Axes, tasks: pd.DataFrame, found: PerPrompt) -> None:
    """Draw the rank correlation over each task's prompts, in the order of the figures from the top."""
    axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
    names = tasks["task"].to_list()
    for place, row in enumerate(tasks.itertuples()):
        rho = found.by_task[row.task]
        if rho is not None:
            axes.plot(rho, place, gid=f"within {row.task}", **point(row.category))
    axes.set_yticks(range(len(names)), [words(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    _correlation_axis(axes, "Spearman's \N{GREEK SMALL LETTER RHO} over the task's prompts")
    axes.tick_params(axis="y", length=0)


def _correlation_axis(axes: Axes, label: str) -> None:
    axes.set(xlim=(-1.05, 1.05), xlabel=label)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1])


def _draw_no_gain(axes: Axes) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)


def main(job_input, output, params, identifier: str | None = None) -> None:
    prompts = read_table(job_input.logit_gains, LOGIT_GAINS)
    results = read_results(job_input.null_model, NullModel)
    save_figure(draw(prompts, results, params.confidence_level), output.exhibit, identifier)
    write_csv(prompts, output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
