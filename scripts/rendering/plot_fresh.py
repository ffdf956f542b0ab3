"""Plot each task's gain on fresh prompts beside random neurons', and beside the gain that chose its configuration.

Reads the experiments and statistics/fresh.json; writes figures/fresh.svg, for each model a panel of logit gains and one
of improvements in percent, and what it draws: figures/fresh.csv.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.experiments.summary import summarize_tasks
from sna.figures.keys import add_key, category_entries
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import (
    COLOURS,
    INK,
    LOGIT_NOTE,
    MUTED,
    SCALE_NOTE,
    SMALL,
    WIDTH,
    logit_axis,
    percent_axis,
    percent_limits,
    point,
    styled,
)
from sna.job import job
from sna.statistics.estimate import UNDEFINED
from sna.statistics.fresh import Against, Fresh
from sna.statistics.results import read_results
from sna.tables import EXPERIMENTS, read_table, write_csv

#: Where controls stand beside the selected neurons, and what they look like.
_PLACES = {"random": -0.22, "matched": 0.22}
_BARS = {"random": "#999999", "matched": "#56B4E9"}
_MEANINGS = {"random": "random neurons", "matched": "random ones of like activation"}
_TICK = 0.09


def tabulate(results: Mapping[str, Fresh], experiments: pd.DataFrame) -> pd.DataFrame:
    """Return what `draw` draws: one row a model and task, from the lowest baseline to the highest.

    Parameters
    ----------
    results : mapping
        By model.
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    DataFrame
        `baseline` and the gains on the fresh prompts, the controls' logit gains, and `in_sample`: the improvement of
        the same configuration on the prompts that chose it. Improvements are in percent.
    """
    in_sample = summarize_tasks(experiments, "best").set_index(["model", "task"])["best_improvement"]
    rows = [
        {
            "model": model,
            "task": name,
            "category": task.category,
            "baseline": task.baseline.value,
            "holds": task.holds,
            **task.logit_gain.columns("logit_gain"),
            **_columns(task.random, "random"),
            **_columns(task.matched, "matched"),
            **task.improvement.columns("improvement"),
            "in_sample": in_sample[model, name],
        }
        for model, found in results.items()
        for name, task in found.by_task.items()
    ]
    return pd.DataFrame(rows).sort_values(["model", "baseline", "task"], ignore_index=True)


def _columns(against: Against | None, kind: str) -> dict[str, float | None]:
    return (UNDEFINED if against is None else against.logit_gain).columns(kind)


@styled()
def draw(results: Mapping[str, Fresh], experiments: pd.DataFrame, confidence_level: float) -> Figure:
    """Draw two panels a model, with a place for each task.

    Parameters
    ----------
    results : mapping
        By model.
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    Figure
    """
    tasks = tabulate(results, experiments)
    figure = Figure(figsize=(WIDTH, 0.9 + 5.6 * len(results)))
    panels = figure.subplots(2 * len(results), 1, squeeze=False, height_ratios=[1.1, 1] * len(results))[:, 0]
    letters = panel_letters(len(panels))
    shown = tasks[["in_sample", "improvement", "improvement_low", "improvement_high"]].to_numpy(dtype=float)
    limits = percent_limits(shown[np.isfinite(shown)])
    gained = tasks[[name for name in tasks if name.startswith(("logit_gain", *_PLACES))]].to_numpy(dtype=float)
    for number, (model, found) in enumerate(results.items()):
        gains, percent = panels[2 * number : 2 * number + 2]
        rows = tasks[tasks["model"] == model].reset_index(drop=True)
        _draw_gains(gains, rows)
        logit_axis(gains, gained)
        percent_axis(percent, limits, most=7)
        _draw_improvements(percent, rows)
        title_panel(gains, letters, _finding(found), model=model)
        title_panel(percent, letters, "Improvement of the same configurations")
        gains.set_ylabel(f"Logit gain on fresh prompts (nats)\n{LOGIT_NOTE}")
        percent.set_ylabel(f"Improvement (%)\n{SCALE_NOTE}")
        for axes, labels in ((gains, [""] * len(rows)), (percent, _labels(rows))):
            axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
            axes.set_xticks(range(len(rows)), labels, rotation=35, ha="right", rotation_mode="anchor")
            axes.tick_params(axis="x", length=0)
            axes.set_xlim(-0.6, len(rows) - 0.4)
    add_key(figure, _key(tasks))
    figure.supxlabel(
        "Tasks from the lowest baseline probability on fresh prompts (in brackets) to the highest. "
        f"Lines through points: {formats.level(confidence_level)} intervals.",
        fontsize=SMALL,
    )
    return figure


def _labels(rows: pd.DataFrame) -> list[str]:
    return [f"{formats.words(row.task)} ({formats.probability(row.baseline)})" for row in rows.itertuples()]


def _draw_gains(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw each task's logit gain between the controls': a bar over the middle ones of them, a tick at their mean."""
    for kind, shift in _PLACES.items():
        places = rows.index + shift
        mean, low, high = (rows[f"{kind}{end}"].to_numpy(dtype=float) for end in ("", "_low", "_high"))
        look = {"color": _BARS[kind], "zorder": 2}
        axes.vlines(places, low, high, linewidth=5, alpha=0.55, gid=f"{kind} draws", **look)
        axes.hlines(mean, places - _TICK, places + _TICK, linewidth=2, gid=f"{kind} mean", **look)
    _draw_points(axes, rows, "logit_gain")


def _draw_improvements(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw each task's improvement on fresh prompts, and by a dash that on the prompts that chose its configuration."""
    ends = rows["in_sample"], rows["improvement"]
    axes.vlines(rows.index, *ends, color=MUTED, linewidth=0.8, linestyle=":", zorder=2)
    ends = rows.index - 2 * _TICK, rows.index + 2 * _TICK
    axes.hlines(rows["in_sample"], *ends, color=INK, linewidth=2, zorder=3, gid="in sample")
    _draw_points(axes, rows, "improvement")


def _draw_points(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    """Draw a figure of each task with its interval, hollow where the gain does not hold."""
    for place, row in rows.iterrows():
        look = point(row["category"]) | ({} if row["holds"] else _hollow(COLOURS[row["category"]]))
        axes.vlines(place, row[f"{name}_low"], row[f"{name}_high"], color=look["color"], linewidth=1.3, zorder=3)
        axes.plot(place, row[name], gid=f"{name} {row['task']}", zorder=4, **look)


def _hollow(colour: str) -> dict[str, object]:
    return {"markerfacecolor": "white", "markeredgecolor": colour, "markeredgewidth": 1.6}


def _finding(found: Fresh) -> str:
    beaten = np.mean([task.random.share_beaten for task in found.by_task.values()])
    return (
        f"The gain holds on {found.holding} of {formats.tasks(found.n)}.\n"
        f"On {found.prompts_per_draw} prompts each, the selected neurons beat {formats.share(float(beaten))} of random "
        "ones."
    )


def _key(tasks: pd.DataFrame) -> list[Line2D]:
    kinds = [kind for kind in _MEANINGS if tasks[kind].notna().any()]
    hollow = point("arithmetic") | _hollow(MUTED)
    return [
        *category_entries(tasks["category"], "selected: {}"),
        Line2D([], [], label="hollow: the gain does not hold", **hollow),
        Line2D([], [], color=INK, linewidth=2, label="on the prompts that chose"),
        *(Line2D([], [], color=_BARS[kind], alpha=0.55, linewidth=5, label=_MEANINGS[kind]) for kind in kinds),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    results, experiments = read_results(job_input.fresh, Fresh), read_table(job_input.experiments, EXPERIMENTS)
    save_figure(draw(results, experiments, params.confidence_level), output.exhibit, identifier)
    write_csv(tabulate(results, experiments), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
