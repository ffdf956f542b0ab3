"""Plot what each method does to the tasks: amplification, random neurons, and what one would do instead.

Reads statistics/alternatives.json; writes figures/alternatives.svg, for each model a row a method, with the logit gain
of every task and their mean, the change of accuracy, the perplexity of prose, and what the method needs; and what it
draws: figures/alternatives.csv.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from sna import formats
from sna.figures.keys import add_key, category_entries
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import INK, LOGIT_NOTE, MUTED, SMALL, WIDTH, logit_axis, point, styled
from sna.inputs.alternatives import AMPLIFIED, NOTHING
from sna.job import job
from sna.statistics.alternatives import Alternatives, Method
from sna.statistics.results import read_results
from sna.tables import write_csv

#: A perplexity beyond this multiple is written at the edge, so that the others can be told apart.
HIGHEST_MULTIPLE = 2.0
#: Where the tasks' points stand in a method's row, and the mean with its interval.
_TASKS, _MEAN = 0.16, -0.16
_TICKS = (0.25, 0.5, 0.8, 1, 1.25, 1.5, 2)
#: Where the column of numbers kept ends, of the columns of words.
_KEPT = 0.74
#: Points that the heads of these columns take above the panel.
_HEAD = 22
_LOOK = {"marker": "o", "color": INK, "markersize": 6, "linestyle": "", "zorder": 4}


def tabulate(results: Mapping[str, Alternatives]) -> pd.DataFrame:
    """Return what `draw` draws: a row a model and method, and one for each of its tasks.

    Parameters
    ----------
    results : mapping
        By model.

    Returns
    -------
    DataFrame
        `logit` in nats, `accuracy` in percentage points and `perplexity_ratio`, each beside doing nothing. Where `task`
        is missing it is the mean over the tasks, with its interval, and what the method is `called` beside doing
        nothing and beside amplification.
    """
    rows = []
    for model, found in results.items():
        for name, method in found.methods.items():
            beside, amplified = method.versus[NOTHING], method.versus[AMPLIFIED]
            if beside is None:
                continue
            rows.append(
                {
                    "model": model,
                    "method": name,
                    **beside.logit.columns("logit"),
                    **beside.accuracy.columns("accuracy"),
                    **method.perplexity_ratio.columns("perplexity_ratio"),
                    "called": beside.called,
                    "called_beside_amplification": amplified and amplified.called,
                }
            )
            rows += [
                {"model": model, "method": name, "task": task, "category": own.category}
                | {"logit": own.logit, "accuracy": own.accuracy}
                for task, own in method.by_task.items()
            ]
    return pd.DataFrame(rows)


@styled()
def draw(results: Mapping[str, Alternatives], confidence_level: float) -> Figure:
    """Draw a row of panels a model, and in them a row a method.

    Parameters
    ----------
    results : mapping
        By model.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    Figure
    """
    heights = [0.8 + 0.34 * len(found.methods) for found in results.values()]
    figure = Figure(figsize=(WIDTH, 0.6 + sum(heights)))
    panels = figure.subplots(len(results), 4, squeeze=False, width_ratios=[3, 1.4, 1.4, 2.2], height_ratios=heights)
    letters = panel_letters(panels.size)
    figures = tabulate(results)
    for (gains, accuracy, perplexity, needs), (model, found) in zip(panels, results.items(), strict=True):
        methods = {name: method for name, method in found.methods.items() if method.versus[NOTHING]}
        rows = figures[figures["model"] == model]
        means = rows[rows["category"].isna()].reset_index(drop=True)
        _draw_tasks(gains, rows[rows["category"].notna()], list(methods))
        _scale(gains, accuracy, perplexity, rows)
        for axes, name, change in ((gains, "logit", 0), (accuracy, "accuracy", 0), (perplexity, "perplexity_ratio", 1)):
            axes.axvline(change, color=MUTED, linewidth=0.7, zorder=1)
            _draw_means(axes, means, name)
            axes.set_ylim(len(methods) - 0.5, -0.5)
            axes.tick_params(axis="y", length=0)
            axes.set_yticks(range(len(methods)), [""] * len(methods))
        gains.set_yticks(range(len(methods)), [method.title for method in methods.values()])
        _write_needs(needs, methods)
        title_panel(gains, letters, f"Logit ({found.n} tasks, {found.prompts} prompts each)", model=model)
        for axes, title in ((accuracy, "Accuracy"), (perplexity, "Perplexity"), (needs, "Beside amplification")):
            title_panel(axes, letters, title, pad=_HEAD if axes is needs else None)
    add_key(figure, _key(figures, confidence_level))
    return figure


def _draw_tasks(axes: Axes, tasks: pd.DataFrame, methods: Sequence[str]) -> None:
    """Draw each task's logit gain as a small point in the colour of its category."""
    for (method, category), own in tasks.groupby(["method", "category"]):
        look = point(category) | {"markersize": 4, "markeredgewidth": 0.3, "alpha": 0.8, "zorder": 3}
        places = np.full(len(own), methods.index(method) + _TASKS)
        axes.plot(own["logit"], places, gid=f"tasks {method} {category}", **look)


def _draw_means(axes: Axes, means: pd.DataFrame, name: str) -> None:
    """Draw a figure of each method with its interval; a logit gain is hollow where it cannot be told from 0."""
    place = _MEAN if name == "logit" else 0
    for number, row in means.iterrows():
        if name == "perplexity_ratio" and row[name] > HIGHEST_MULTIPLE:
            _write_beyond(axes, number, row[name])
            continue
        hollow = name == "logit" and row["called"] == "cannot tell"
        axes.hlines(number + place, row[f"{name}_low"], row[f"{name}_high"], color=INK, linewidth=1.3, zorder=3)
        look = _LOOK | ({"markerfacecolor": "white"} if hollow else {})
        axes.plot(row[name], number + place, gid=f"{name} {row['method']}", **look)


def _write_beyond(axes: Axes, number: int, multiple: float) -> None:
    """Draw an arrow at the edge, and write what lies beyond it."""
    edge = axes.get_xlim()[1]
    axes.plot(edge, number, marker=">", color=INK, markersize=6, clip_on=False, zorder=4, gid="beyond")
    shown = formats.count(multiple) if multiple >= 10 else f"{multiple:.1f}"
    offset = {"xytext": (-8, 0), "textcoords": "offset points", "ha": "right", "va": "center", "fontsize": SMALL}
    axes.annotate(f"{shown}\N{MULTIPLICATION SIGN}", (edge, number), gid="beyond", **offset)


def _scale(gains: Axes, accuracy: Axes, perplexity: Axes, rows: pd.DataFrame) -> None:
    """Give each panel a scale that shows all of its figures, of all that `tabulate` has of a model."""
    logit_axis(gains, rows[["logit", "logit_low", "logit_high"]], along="x")
    gains.set_xlabel(f"Logit gain (nats)\n{LOGIT_NOTE}")
    accuracy.margins(x=0.08)
    accuracy.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    accuracy.set_xlabel("Accuracy\n(percentage points)")
    multiples = rows[["perplexity_ratio", "perplexity_ratio_low", "perplexity_ratio_high"]].to_numpy(dtype=float)
    low, high = np.nanmin(multiples, initial=0.95), np.nanmax(multiples, initial=1.2)
    perplexity.set_xscale("log")
    perplexity.set_xlim(low / 1.03, min(high * 1.03, HIGHEST_MULTIPLE * 1.05))
    perplexity.xaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if low <= tick <= high]))
    perplexity.xaxis.set_minor_locator(NullLocator())
    perplexity.set_xlabel("Perplexity of prose\n(multiple)")
    for axes in (accuracy, perplexity):
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.minus(f"{value:g}")))


def _write_needs(axes: Axes, methods: Mapping[str, Method]) -> None:
    """Write beside each method what it is called beside amplification, what it keeps, and what it reads."""
    axes.set_axis_off()
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    text = {"fontsize": SMALL, "va": "center"}
    for place, title in {_KEPT: "numbers\nkept", 1.0: "tokens\nread"}.items():
        axes.text(place, 1.01, title, transform=axes.transAxes, fontsize=SMALL, va="bottom", ha="right")
    for number, method in enumerate(methods.values()):
        versus = method.versus[AMPLIFIED]
        axes.text(0.0, number, versus.called if versus else formats.NOTHING, gid="called", **text)
        axes.text(_KEPT, number, formats.count(method.stored), ha="right", gid="stored", **text)
        axes.text(1.0, number, f"{method.read:.1f}\N{MULTIPLICATION SIGN}", ha="right", gid="read", **text)


def _key(figures: pd.DataFrame, confidence_level: float) -> list[Line2D]:
    small: dict[str, Any] = {"markersize": 4, "markeredgewidth": 0.3}
    hollow = _LOOK | {"markerfacecolor": "white"}
    return [
        Line2D([], [], label=f"mean over tasks, {formats.level(confidence_level)} interval", **_LOOK),
        Line2D([], [], label="hollow: cannot be told from nothing", **hollow),
        *category_entries(figures["category"], "a task: {}", **small),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    results = read_results(job_input.alternatives, Alternatives)
    save_figure(draw(results, params.confidence_level), output.exhibit, identifier)
    write_csv(tabulate(results), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
