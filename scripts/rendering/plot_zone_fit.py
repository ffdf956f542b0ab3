"""Plot the boundary of zones that the data themselves show, beside the paper's.

Reads statistics/saturation.json for the tasks and statistics/zone_fit.json; writes figures/zone_fit.svg, one panel a
model, and its points: figures/zone_fit.csv.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sna import formats
from sna.figures.keys import add_key, category_entries
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import INK, MUTED, PERCENT_TICK, WIDTH, point, probability_axis, styled
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.estimate import Estimate
from sna.statistics.results import read_results
from sna.statistics.saturation import Saturation, list_tasks
from sna.statistics.zone_fit import ZoneFit
from sna.tables import write_csv

_SHADE = "#E4E4E4"


@styled()
def draw(tasks: pd.DataFrame, fits: Mapping[str, ZoneFit], boundaries: Sequence[float], settings: Statistics) -> Figure:
    """Draw one panel a model, one point a task.

    Parameters
    ----------
    tasks : DataFrame
        From `sna.statistics.saturation.list_tasks`.
    fits : mapping
        By model.
    boundaries : sequence of float
        The paper's.
    settings : Statistics
        What stands for a task's improvement, and the confidence level.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(WIDTH, 0.7 + 3.1 * len(fits)))
    panels = figure.subplots(len(fits), squeeze=False, sharex=True, sharey=True)[:, 0]
    letters = panel_letters(len(fits))
    for axes, (model, rows) in zip(panels, tasks.groupby("model"), strict=True):
        probability_axis(axes, [*tasks["baseline"], *boundaries])
        _draw_model(axes, rows, fits[model], boundaries)
        title_panel(axes, letters, describe(fits[model]), model=model)
        axes.set_ylabel(f"Improvement (%)\n{settings.task_improvement} of the task's configurations")
        axes.yaxis.set_major_formatter(PERCENT_TICK)
    panels[-1].set_xlabel("Baseline: probability of the target before amplification (log scale)")
    add_key(figure, _key(tasks, boundaries, settings.confidence_level), most=5, where="outside lower left")
    return figure


def _draw_model(axes: Axes, tasks: pd.DataFrame, found: ZoneFit, boundaries: Sequence[float]) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    above = axes.get_xaxis_transform()
    axes.vlines(boundaries, 0, 1, transform=above, color=MUTED, linestyle=":", gid="boundaries")
    if found.slope_below is not None:
        _draw_breakpoint(axes, found.breakpoint)
        across = np.geomspace(tasks["baseline"].min(), tasks["baseline"].max(), 400)
        axes.plot(across, found.predict(across), color=INK, linewidth=1.3, zorder=2, gid="fit")
    for row in tasks.itertuples():
        axes.plot(row.baseline, row.improvement, gid=row.task, **point(row.category))


def describe(found: ZoneFit) -> str:
    """Write what was fitted, and how far to trust it.

    Parameters
    ----------
    found : ZoneFit

    Returns
    -------
    str
    """
    tasks = f"n = {formats.tasks(found.n)}"
    if found.at_edge:
        return (
            f"No breakpoint inside the tasks' baselines: the fit is best at their edge, {tasks};\n"
            f"against a straight line {formats.pvalue(found.pvalue)}"
        )
    if found.slope_below is None:
        return f"No two segments can be fitted, {tasks}"
    at = found.breakpoint
    interval = f" ({formats.probability(at.low)} to {formats.probability(at.high)})" if at.low else ""
    return (
        f"Breakpoint at {formats.probability(at.value)}{interval}, {tasks}; against a straight line "
        f"{formats.pvalue(found.pvalue)}\n"
        f"Slope, in percentage points a tenfold baseline: {formats.count(found.slope_below)} below, "
        f"{formats.count(found.slope_above)} above; R² {formats.number(found.r_squared)}, "
        f"of a straight line {formats.number(found.r_squared_line)}"
    )


def _draw_breakpoint(axes: Axes, at: Estimate) -> None:
    if at.low is not None:
        axes.axvspan(at.low, at.high, color=_SHADE, linewidth=0, zorder=0, gid="interval")
    axes.axvline(at.value, color=INK, linewidth=0.9, linestyle="--", zorder=1, gid="breakpoint")


def _key(tasks: pd.DataFrame, boundaries: Sequence[float], confidence_level: float) -> list[Line2D | Patch]:
    return [
        *category_entries(tasks["category"]),
        Line2D([], [], color=INK, linewidth=1.3, label="two segments"),
        Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label="breakpoint"),
        Patch(color=_SHADE, linewidth=0, label=f"its {formats.level(confidence_level)} interval over tasks"),
        Line2D([], [], color=MUTED, linestyle=":", label=f"paper: {' and '.join(map(formats.plain, boundaries))}"),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    tasks, fits = list_tasks(read_results(job_input.saturation, Saturation)), read_results(job_input.zone_fit, ZoneFit)
    save_figure(draw(tasks, fits, params.boundaries, Statistics(**params.statistics)), output.exhibit, identifier)
    write_csv(tasks[["model", "task", "category", "baseline", "improvement"]], output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
