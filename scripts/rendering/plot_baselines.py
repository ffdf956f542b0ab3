"""Plot where each task's baseline falls in each model, which says before a sweep what can be asked of the model.

Reads every model's tables of evaluation and of fresh prompts, unamplified; writes figures/baselines.svg, one panel a
model with its count of tasks and prompts by zone, and one row a model and task: figures/baselines.csv.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.experiments.summary import zone_of
from sna.figures.keys import add_key, category_entries
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import MUTED, SMALL, WIDTH, in_order, point, probability_ticks, styled
from sna.job import job
from sna.tables import BASELINE, FRESH_BASELINE, Table, read_table, write_csv

#: The fewest tasks of which a zone's mean is judged, as the rules of report/claims.yaml have it.
FEWEST_TASKS = 3
#: The paper speaks of means of these.
_MEANS = (1, 3)
_ZONES = (1, 2, 3)
_SHADES = ("#EAEAEA", "#F6F6F6", "white")
#: Panels side by side.
_COLUMNS = 2
#: Inches of a row, and of what stands above a panel and below it.
_ROW, _ABOVE, _BELOW = 0.2, 1.15, 0.55
#: The axis goes no further down: prompts below stand on its edge.
_LOWEST = 1e-4


def tabulate(prompts: pd.DataFrame, fresh: pd.DataFrame, boundaries: Sequence[float]) -> pd.DataFrame:
    """Return one row a model and task.

    Parameters
    ----------
    prompts : DataFrame
        A table that keeps `sna.tables.BASELINE`, of one or more models.
    fresh : DataFrame
        A table that keeps `sna.tables.FRESH_BASELINE`, of the same models and tasks.
    boundaries : sequence of float
        The two baseline probabilities between the three zones.

    Returns
    -------
    DataFrame
        `baseline`, the mean of the evaluation prompts' probabilities, the `zone` in which it lies, and `zone1` to
        `zone3`, how many of the prompts lie in each by their own; the same of the fresh prompts as `fresh_baseline`,
        `fresh_zone` and `fresh_zone1` to `fresh_zone3`.
    """
    evaluation = _by_task(prompts, boundaries).join(prompts.groupby(["model", "task"])["category"].first())
    tasks = evaluation.join(_by_task(fresh, boundaries).add_prefix("fresh_")).reset_index()
    first = ["model", "task", "category"]
    order = {model: number for number, model in enumerate(prompts["model"].unique())}
    tasks = in_order(tasks).sort_values("model", key=lambda model: model.map(order), kind="stable", ignore_index=True)
    return tasks[[*first, *(column for column in tasks if column not in first)]]


def _by_task(prompts: pd.DataFrame, boundaries: Sequence[float]) -> pd.DataFrame:
    zones = prompts["probability"].map(lambda probability: zone_of(probability, boundaries))
    counts = {f"zone{zone}": zones == zone for zone in _ZONES}
    groups = prompts.assign(**counts).groupby(["model", "task"])
    baseline = groups["probability"].mean()
    zone = baseline.map(lambda probability: zone_of(probability, boundaries))
    return pd.DataFrame({"baseline": baseline, "zone": zone}).join(groups[list(counts)].sum())


@styled()
def draw(prompts: pd.DataFrame, fresh: pd.DataFrame, boundaries: Sequence[float]) -> Figure:
    """Draw one panel a model with a row for each task: its prompts as dots, their mean, and that of its fresh prompts.

    Parameters
    ----------
    prompts, fresh, boundaries
        As `tabulate` takes them.

    Returns
    -------
    Figure
    """
    tasks = tabulate(prompts, fresh, boundaries)
    models = tasks["model"].unique()
    columns = min(_COLUMNS, len(models))
    lines = -(-len(models) // columns)
    height = _ABOVE + _ROW * tasks["task"].nunique() + _BELOW
    figure = Figure(figsize=(WIDTH, 0.3 + height * lines))
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    letters = panel_letters(len(models))
    limits = _limits(tasks, prompts, boundaries)
    for number, axes in enumerate(panels.ravel()):
        if number >= len(models):
            axes.remove()
            continue
        of_model = tasks[tasks["model"] == models[number]].reset_index(drop=True)
        axes.set_xscale("log")
        axes.set_xlim(*limits)
        _draw_zones(axes, boundaries)
        own = prompts[prompts["model"] == models[number]]
        _draw_tasks(axes, of_model, own)
        begin = f" (texts begin with {start})" if (start := own["start"].iloc[0]) else ""
        title_panel(axes, letters, f"{models[number]}{begin}", fontweight="bold", fontsize=9, pad=78)
        _write_counts(axes, of_model)
        axes.tick_params(axis="x", labelbottom=number + columns >= len(models))
        probability_ticks(axes)
    panels[0, 0].set_ylim(tasks["task"].nunique() - 0.4, -0.6)
    edge = "; prompts below stand on the left edge" if (prompts["probability"] < limits[0]).any() else ""
    figure.supxlabel(f"Baseline: probability of the target before amplification (log scale{edge})", fontsize=8)
    add_key(figure, _key(tasks))
    figure.get_layout_engine().set(wspace=0.05)
    return figure


def _limits(tasks: pd.DataFrame, prompts: pd.DataFrame, boundaries: Sequence[float]) -> tuple[float, float]:
    """Return limits that show every task, both boundaries, and of the prompts those that are not below `_LOWEST`."""
    means = tasks[["baseline", "fresh_baseline"]].to_numpy()
    low = max(min(prompts["probability"].min(), means.min()), _LOWEST)
    return min(low, means[means > 0].min(initial=1), boundaries[0] / 2) / 1.4, 1.1


def _draw_zones(axes: Axes, boundaries: Sequence[float]) -> None:
    """Shade the zones and number them."""
    left, right = axes.get_xlim()
    above = axes.get_xaxis_transform()
    edges = (left, *boundaries, right)
    for zone, (start, end), shade in zip(_ZONES, pairwise(edges), _SHADES, strict=True):
        axes.axvspan(start, end, color=shade, linewidth=0, zorder=0)
        name = {"horizontalalignment": "center", "color": MUTED, "fontsize": SMALL}
        axes.text(np.sqrt(start * end), 1.01, f"zone {zone}" if zone != 2 else "2", transform=above, **name)
    axes.vlines(boundaries, 0, 1, transform=above, color=MUTED, linewidth=0.7, linestyle=":", zorder=1)


def _draw_tasks(axes: Axes, tasks: pd.DataFrame, prompts: pd.DataFrame) -> None:
    """Draw each task's prompts, and the means of these and of its fresh ones."""
    left = axes.get_xlim()[0]
    for place, row in tasks.iterrows():
        look = point(row["category"])
        own = prompts.loc[prompts["task"] == row["task"], "probability"].clip(lower=left)
        faint = {"linestyle": "", "marker": "o", "markersize": 3.5, "alpha": 0.45, "markeredgewidth": 0, "zorder": 2}
        axes.plot(own, [place] * len(own), color=look["color"], gid=f"{row['task']} prompts", clip_on=False, **faint)
        hollow = look | {"markerfacecolor": "none", "markeredgecolor": look["color"], "markeredgewidth": 1.3}
        axes.plot(row["fresh_baseline"], place, gid=f"{row['task']} fresh", zorder=3, **hollow)
        axes.plot(row["baseline"], place, gid=row["task"], zorder=4, **look)
    axes.set_yticks(range(len(tasks)), tasks["task"].map(formats.words))
    axes.tick_params(axis="y", length=0)


def _write_counts(axes: Axes, tasks: pd.DataFrame) -> None:
    """Write above a panel how many tasks and prompts lie in each zone, and whether its tasks are enough for a mean."""
    counts = count_zones(tasks)
    rows = [("", [f"zone {zone}" for zone in _ZONES])]
    rows += [(name, [formats.count(number) for number in numbers]) for name, numbers in counts.items()]
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(what_is_missing(tasks), (0, 1), xytext=(0, 66), fontsize=SMALL, **place)
    for line, (name, numbers) in enumerate(rows):
        height = 55 - 10 * line
        axes.annotate(name, (0, 1), xytext=(0, height), fontsize=SMALL, **place)
        for column, number in enumerate(numbers):
            where = (120 + 34 * column, height)
            axes.annotate(number, (0, 1), xytext=where, fontsize=SMALL, horizontalalignment="right", **place)


def count_zones(tasks: pd.DataFrame) -> dict[str, list[int]]:
    """Count what lies in each zone.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `tabulate`.

    Returns
    -------
    dict of str to list of int
        Of zones 1 to 3: the tasks by their evaluation prompts and by their fresh ones, and the prompts of both.
    """
    return {
        "tasks": [int((tasks["zone"] == zone).sum()) for zone in _ZONES],
        "tasks by fresh prompts": [int((tasks["fresh_zone"] == zone).sum()) for zone in _ZONES],
        "evaluation prompts": [int(tasks[f"zone{zone}"].sum()) for zone in _ZONES],
        "fresh prompts": [int(tasks[f"fresh_zone{zone}"].sum()) for zone in _ZONES],
    }


def what_is_missing(tasks: pd.DataFrame) -> str:
    """Say of which zones a model has too few tasks for the means that the paper's claims are about.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `tabulate`.

    Returns
    -------
    str
        A sentence.
    """
    counts = dict(zip(_ZONES, count_zones(tasks)["tasks"], strict=True))
    few = [f"{formats.tasks(counts[zone])} in zone {zone}" for zone in _MEANS if counts[zone] < FEWEST_TASKS]
    if not few:
        return f"Tasks enough for a mean of zone 1 and of zone 3 ({FEWEST_TASKS} needed)."
    return f"{' and '.join(few).capitalize()}: too few for a zone mean ({FEWEST_TASKS} needed)."


def _key(tasks: pd.DataFrame) -> list[Line2D]:
    filled = point("arithmetic") | {"color": MUTED, "markeredgecolor": MUTED}
    dot = {"linestyle": "", "marker": "o", "markersize": 3.5, "alpha": 0.6, "color": MUTED}
    return [
        *category_entries(tasks["category"]),
        Line2D([], [], label="hollow: fresh prompts", **filled | {"markerfacecolor": "none"}),
        Line2D([], [], label="a prompt", **dot),
    ]


def _read(paths: Iterable[str | Path], table: Table) -> pd.DataFrame:
    return pd.concat([read_table(path, table) for path in paths], ignore_index=True)


def main(job_input, output, params, identifier: str | None = None) -> None:
    prompts, fresh = _read(job_input.baseline, BASELINE), _read(job_input.fresh_baseline, FRESH_BASELINE)
    save_figure(draw(prompts, fresh, params.boundaries), output.exhibit, identifier)
    write_csv(tabulate(prompts, fresh, params.boundaries), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
