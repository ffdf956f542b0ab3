"""Plot each task before and after tuning, and what tuning and amplification do alone and together.

Reads statistics/tuning.json; writes figures/tuning.svg, for each tuned model a panel of baselines, one of changes of
the logit, and one of the neurons that are selected before and after, and what it draws: figures/tuning.csv.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import INK, MUTED, SMALL, WIDTH, in_order, probability_axis, styled
from sna.job import job
from sna.statistics.results import read_results
from sna.statistics.tuning import TunedTask, Tuning
from sna.tables import write_csv

#: What is drawn of a task, where in its row, in which colour, and what it is called.
CHANGES = {
    "amplified": (-0.24, "#E69F00", "amplification alone"),
    "tuning": (0.0, "#0072B2", "tuning alone"),
    "together": (0.24, INK, "both"),
}
BEFORE, AFTER = "#9A9A9A", "#0072B2"


def tabulate(results: Mapping[str, Tuning]) -> pd.DataFrame:
    """Return what `draw` draws: one row a tuned model and task, the tasks that it was tuned on first.

    Parameters
    ----------
    results : mapping
        By model; those that are not tuned are left out.

    Returns
    -------
    DataFrame
        Baselines are probabilities, changes are of logits, overlaps are shares; `sum` is what amplification and tuning
        would come to if they added up.
    """
    tables = [
        in_order(pd.DataFrame([_row(model, name, task) for name, task in found.by_task.items()]))
        .sort_values("tuned_on", ascending=False, kind="stable")
        .assign(sum=lambda rows: rows["amplified"] + rows["tuning"])
        .assign(overlap_by_chance=found.overlap_by_chance)
        for model, found in results.items()
        if found.by_task
    ]
    return pd.concat(tables, ignore_index=True)


def _row(model: str, name: str, task: TunedTask) -> dict[str, object]:
    figures = {key: getattr(task, key) for key in ("before", "after", *CHANGES, "interaction")}
    return {
        "model": model,
        "task": name,
        "category": task.category,
        "tuned_on": task.tuned_on,
        "leaves_zone1": task.leaves,
        "holds": task.holds,
        **{key: value for each, figure in figures.items() for key, value in figure.columns(each).items()},
        "overlap": task.overlap,
        "overlap_of_others": task.overlap_of_others,
    }


@styled()
def draw(results: Mapping[str, Tuning], boundaries: tuple[float, float], confidence_level: float) -> Figure:
    """Draw three panels a tuned model, with a row for each task.

    Parameters
    ----------
    results : mapping
        By model.
    boundaries : tuple of float
        Of the zones.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    Figure
    """
    tasks = tabulate(results)
    models = list(tasks.groupby("model", sort=False))
    height = sum(1.0 + 0.36 * len(rows) for _, rows in models)
    figure = Figure(figsize=(WIDTH, 0.7 + height))
    panels = figure.subplots(len(models), 3, squeeze=False, width_ratios=[1, 1.3, 0.7])
    letters = panel_letters(panels.size)
    for (model, found), (baselines, changes, neurons) in zip(models, panels, strict=True):
        rows = found.reset_index(drop=True)
        _draw_baselines(baselines, rows, boundaries)
        _draw_changes(changes, rows)
        _draw_overlaps(neurons, rows)
        title_panel(baselines, letters, "Baseline", model=f"{model}, tuned from {results[model].base}")
        title_panel(changes, letters, "Amplification and tuning")
        title_panel(neurons, letters, "Neurons")
        for axes, labels in ((baselines, _labels(rows)), (changes, [""] * len(rows)), (neurons, [""] * len(rows))):
            axes.set_yticks(range(len(rows)), labels)
            axes.set_ylim(len(rows) - 0.5, -0.5)
            axes.tick_params(axis="y", length=0)
            if 0 < rows["tuned_on"].sum() < len(rows):
                axes.axhline(rows["tuned_on"].sum() - 0.5, color=MUTED, linewidth=0.7, linestyle=":")
    add_key(figure, _key())
    figure.supxlabel(f"Lines through points: {formats.level(confidence_level)} intervals over prompts.", fontsize=SMALL)
    return figure


def _labels(rows: pd.DataFrame) -> list[str]:
    return [f"{formats.words(row.task)}{' (tuned on)' if row.tuned_on else ''}" for row in rows.itertuples()]


def _draw_baselines(axes: Axes, rows: pd.DataFrame, boundaries: tuple[float, float]) -> None:
    """Draw each task's baseline before and after, with the boundaries of the zones."""
    values = rows[["before", "after"]].to_numpy(dtype=float).ravel()
    probability_axis(axes, [*values[values > 0], *boundaries])
    for boundary in boundaries:
        axes.axvline(boundary, color=MUTED, linewidth=0.7, linestyle="--", zorder=1)
    axes.hlines(rows.index, rows["before"], rows["after"], color=MUTED, linewidth=0.8, zorder=2)
    for name, colour in (("before", BEFORE), ("after", AFTER)):
        _draw_points(axes, rows, name, 0.0, colour)
    axes.set_xlabel("Baseline probability")


def _draw_changes(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw what each alone and both change, and by a tick the sum of the two."""
    axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
    for name, (shift, colour, _) in CHANGES.items():
        _draw_points(axes, rows, name, shift, colour)
    place = CHANGES["together"][0]
    axes.vlines(
        rows["sum"], rows.index + place - 0.13, rows.index + place + 0.13, color="#D55E00", linewidth=2, zorder=5
    )
    axes.set_xlabel("Change of the target's logit (nats)")


def _draw_points(axes: Axes, rows: pd.DataFrame, name: str, shift: float, colour: str) -> None:
    places = rows.index + shift
    low, middle, high = (rows[f"{name}{end}"].to_numpy(dtype=float) for end in ("_low", "", "_high"))
    axes.hlines(places, low, high, color=colour, linewidth=1.3, zorder=3)
    axes.plot(middle, places, "o", color=colour, markersize=5, zorder=4, gid=name)


def _draw_overlaps(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw what the top neurons before and after share, beside what other tasks' and random ones would."""
    axes.barh(rows.index, 100 * rows["overlap"], height=0.5, color=AFTER, alpha=0.75, gid="overlap")
    others = 100 * rows["overlap_of_others"].to_numpy(dtype=float)
    axes.vlines(others, rows.index - 0.35, rows.index + 0.35, color=INK, linewidth=2, gid="others")
    chance = 100 * rows["overlap_by_chance"].iloc[0] if rows["overlap_by_chance"].notna().all() else np.nan
    axes.axvline(chance, color=MUTED, linewidth=0.9, linestyle="--")
    axes.set_xlim(0, 100)
    axes.set_xlabel("Top neurons in\ncommon (%)")


def _key() -> list[Line2D]:
    dots = {"baseline before": BEFORE, "baseline after": AFTER}
    return [
        *(Line2D([], [], marker="o", linestyle="", color=colour, label=label) for label, colour in dots.items()),
        *(Line2D([], [], marker="o", color=colour, label=label) for _, colour, label in CHANGES.values()),
        Line2D([], [], color="#D55E00", linewidth=2, label="sum of the two"),
        Line2D([], [], color=INK, linewidth=2, label="neurons of other tasks"),
        Line2D([], [], color=MUTED, linewidth=0.9, linestyle="--", label="zones; random neurons"),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    results = read_results(job_input.tuning, Tuning)
    figure = draw(results, params.zones["boundaries"], params.statistics["confidence_level"])
    save_figure(figure, output.exhibit, identifier)
    write_csv(tabulate(results), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
