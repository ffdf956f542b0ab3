"""Plot the boundary of zones that the data themselves show, beside the paper's.

Reads the experiments and statistics/zone_fit.json; writes figures/zone_fit.svg, one panel a model, and its
points: figures/zone_fit.csv.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from sna import formats
from sna.experiments.summary import summarize_tasks
from sna.figures.style import COLOURS, INK, MUTED, WIDTH, point, probability_axis, save_svg, styled
from sna.files import read_json
from sna.formats import minus
from sna.inputs.config import Statistics
from sna.job import job
from sna.tables import EXPERIMENTS, read_table, write_csv

_SHADE = "#E4E4E4"


def segments(found: Mapping, baselines: np.ndarray) -> np.ndarray:
    """Return the fitted improvement in percent at baseline probabilities.

    Parameters
    ----------
    found : mapping
        One model's content of statistics/zone_fit.json, with a breakpoint.
    baselines : ndarray
    """
    beyond = np.log10(baselines / found["breakpoint"]["value"])
    slopes = np.where(beyond < 0, found["slope_below"], found["slope_above"])
    return found["improvement_at_breakpoint"] + slopes * beyond


@styled()
def draw(
    tasks: pd.DataFrame, statistics: Mapping[str, Mapping], boundaries: Sequence[float], settings: Statistics
) -> Figure:
    """Draw one panel a model, one point a task.

    Parameters
    ----------
    tasks : DataFrame
        From `sna.experiments.summary.summarize_tasks`.
    statistics : mapping
        The content of statistics/zone_fit.json, by model.
    boundaries : sequence of float
        The paper's.
    settings : Statistics
        What `tasks` holds as `improvement`, and the confidence level.
    """
    models = sorted(tasks["model"].unique())
    figure = Figure(figsize=(WIDTH, 1.0 + 3.6 * len(models)))
    panels = figure.subplots(len(models), squeeze=False, sharex=True, sharey=True)[:, 0]
    for axes, (model, rows) in zip(panels, tasks.groupby("model"), strict=True):
        probability_axis(axes, [*tasks["baseline"], *boundaries])
        _draw_model(axes, rows, statistics[model], boundaries)
        axes.set_title(f"{model}\n\n", fontweight="bold", fontsize=10)
        axes.text(0, 1.03, describe(statistics[model]), transform=axes.transAxes, linespacing=1.4)
        axes.set_ylabel(f"Improvement (%)\n{settings.task_improvement} of the task's configurations")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: minus(f"{value:+g}")))
    panels[-1].set_xlabel("Baseline: probability of the target before amplification (log scale)")
    handles = _key(tasks, boundaries, settings.confidence_level)
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handletextpad=0.4)
    return figure


def _draw_model(axes: Axes, tasks: pd.DataFrame, found: Mapping, boundaries: Sequence[float]) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    above = axes.get_xaxis_transform()
    axes.vlines(boundaries, 0, 1, transform=above, color=MUTED, linestyle=":", gid="boundaries")
    if found["slope_below"] is not None:
        _draw_breakpoint(axes, found["breakpoint"])
        across = np.geomspace(tasks["baseline"].min(), tasks["baseline"].max(), 400)
        axes.plot(across, segments(found, across), color=INK, linewidth=1.3, zorder=2, gid="fit")
    for row in tasks.itertuples():
        axes.plot(row.baseline, row.improvement, gid=row.task, **point(row.category))


def describe(found: Mapping) -> str:
    """Write what was fitted, and how far to trust it."""
    tasks = f"n = {formats.tasks(found['n'])}"
    if found["slope_below"] is None:
        return f"No two segments can be fitted, {tasks}"
    at = found["breakpoint"]
    interval = f" ({formats.probability(at['low'])} to {formats.probability(at['high'])})" if at["low"] else ""
    return (
        f"Breakpoint at {formats.probability(at['value'])}{interval}, {tasks}; against a straight line "
        f"{formats.pvalue(found['pvalue'])}\n"
        f"Change over a tenfold baseline: {formats.percent(found['slope_below'])} below, "
        f"{formats.percent(found['slope_above'])} above; R² {formats.number(found['r_squared'])}, "
        f"of a straight line {formats.number(found['r_squared_line'])}"
    )


def _draw_breakpoint(axes: Axes, breakpoint: Mapping) -> None:
    if breakpoint["low"] is not None:
        axes.axvspan(breakpoint["low"], breakpoint["high"], color=_SHADE, linewidth=0, zorder=0, gid="interval")
    axes.axvline(breakpoint["value"], color=INK, linewidth=0.9, linestyle="--", zorder=1, gid="breakpoint")


def _key(tasks: pd.DataFrame, boundaries: Sequence[float], confidence_level: float) -> list[Line2D | Patch]:
    present = set(tasks["category"])
    return [
        *(Line2D([], [], label=category, **point(category)) for category in COLOURS if category in present),
        Line2D([], [], color=INK, linewidth=1.3, label="two segments"),
        Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label="breakpoint"),
        Patch(color=_SHADE, linewidth=0, label=f"its {formats.level(confidence_level)} interval over tasks"),
        Line2D([], [], color=MUTED, linestyle=":", label=f"paper: {' and '.join(f'{b:.2f}' for b in boundaries)}"),
    ]


def main(
    experiments: str,
    statistics: str,
    figure: str,
    data: str,
    *,
    boundaries: Sequence[float],
    settings: Statistics,
    identifier: str | None = None,
) -> None:
    """Read the table and the statistics, draw, save, and write what is drawn."""
    tasks = summarize_tasks(read_table(experiments, EXPERIMENTS), settings.task_improvement)
    save_svg(draw(tasks, read_json(statistics), boundaries, settings), figure, identifier)
    write_csv(tasks[["model", "task", "category", "baseline", "improvement"]], data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(
            snakemake.input.experiments,
            snakemake.input.zone_fit,
            snakemake.output[0],
            snakemake.output.data,
            boundaries=snakemake.params.boundaries,
            settings=Statistics(**snakemake.params.statistics),
            identifier=record.id,
        )
