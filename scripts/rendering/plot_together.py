"""Plot what becomes of a task if other tasks' neurons are amplified with its own.

Reads statistics/together.json; writes figures/together.svg: for each model two heat maps of all pairs of tasks, and
under them the gain and its distance from the sum of single gains over the number of tasks at once; and what they draw:
figures/together.csv.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from sna.figures.colour_bars import colour_bar
from sna.figures.heat_maps import heat_map, name_columns
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import DIVERGING, INK, MUTED, WIDTH, in_order, styled
from sna.formats import minus, plain, words
from sna.job import job
from sna.statistics.estimate import Estimate
from sna.statistics.results import read_results
from sna.statistics.together import AtOnce, Together
from sna.tables import write_csv

#: Logits at which the colours end.
LARGEST = 1.0
#: How the lines of the two kinds of neurons look, and how far they stand from the number of tasks: a factor.
LOOKS = {
    "selected": {"marker": "o", "color": "#0072B2", "markersize": 5, "label": "the tasks' own neurons"},
    "random": {"marker": "D", "color": MUTED, "markerfacecolor": "white", "markersize": 4.5, "label": "random neurons"},
}
ASIDE = {"selected": 0.975, "random": 1.025}


def order_tasks(found: Together) -> list[str]:
    """Return the tasks, those of a category together.

    Parameters
    ----------
    found : Together
        One model's.

    Returns
    -------
    list of str
    """
    return in_order(pd.DataFrame(found.tasks.items(), columns=["task", "category"]))["task"].tolist()


def tabulate(results: Mapping[str, Together]) -> pd.DataFrame:
    """Return what `draw` draws, in logits.

    Parameters
    ----------
    results : mapping of str to Together
        By model.

    Returns
    -------
    DataFrame
        One row a model, kind of neurons and number of tasks at once, where `task` is missing: means over the tasks; and
        one a model, task and other task: means over prompts by the tasks' own neurons, with corrected p-values.
    """
    rows = []
    for model, found in results.items():
        for kind in LOOKS:
            sizes: Mapping[str, AtOnce] = getattr(found, kind)
            rows += [
                {"model": model, "kind": kind, "at_once": int(size), "task": None, "other_task": None}
                | at.gain.columns("gain") | at.sum.columns("sum")
                | at.deviation.columns("deviation") | at.change.columns("change")
                for size, at in sizes.items()
            ]  # fmt: skip
        rows += [
            {"model": model, "kind": "selected", "at_once": 2, "task": task, "other_task": other}
            | pair.deviation.columns("deviation") | pair.change.columns("change")
            | {"deviation_pvalue": pair.deviation_pvalue, "change_pvalue": pair.change_pvalue}
            for task, others in found.matrix.items()
            for other, pair in others.items()
        ]  # fmt: skip
    return pd.DataFrame(rows)


@styled()
def draw(results: Mapping[str, Together], confidence_level: float) -> Figure:
    """Draw two heat maps and two panels of lines a model, all maps with the same colours.

    Parameters
    ----------
    results : mapping of str to Together
        By model.
    confidence_level : float
        A cell is marked where the corrected p-value is below 1 less this.

    Returns
    -------
    Figure
    """
    most = max(len(found.tasks) for found in results.values())
    maps, lines = 1.9 + 0.42 * most, 2.4
    figure = Figure(figsize=(WIDTH, len(results) * (maps + lines)))
    alpha = round(1 - confidence_level, 10)
    parts = figure.subfigures(len(results), squeeze=False)[:, 0]
    letters = panel_letters(4 * len(results))
    for part, (model, found) in zip(parts, results.items(), strict=True):
        above, below = part.subfigures(2, height_ratios=[maps, lines])
        changes, deviations = _draw_maps(above, found, alpha, maps)
        title_panel(changes, letters, "Change by the other task's neurons; outlined: the gain alone", model=model)
        title_panel(deviations, letters, "Gain with both, less the sum of the gains by each alone")
        _draw_lines(below, found, letters)
    return figure


def _draw_maps(figure: SubFigure, found: Together, alpha: float, height: float) -> tuple[Axes, Axes]:
    """Draw every task with every other one: what that changes, and how far it is from the sum of single gains."""
    order = order_tasks(found)
    panels = figure.subplots(2, 1, sharex=True)
    norm = Normalize(-LARGEST, LARGEST, clip=True)
    own = {(task, task): (gain, 1.0) for task, gain in found.own.items()}
    _draw_map(panels[0], _cells(found, "change") | own, order, norm, alpha)
    _draw_map(panels[1], _cells(found, "deviation"), order, norm, alpha)
    panels[1].set_xlabel("Task whose neurons are amplified too")
    figure.supylabel(f"Task measured, its neurons amplified (n = {found.prompts} prompts)", fontsize=8)
    for place in range(len(order)):
        panels[0].add_patch(
            Rectangle((place, place), 1, 1, fill=False, edgecolor=INK, linewidth=1.2, clip_on=False, gid="own")
        )
    label = f"Logits; bold with *: p < {plain(alpha)}, corrected ({found.correction})"
    colour_bar(figure, norm, DIVERGING, label, height=height, pad=0.15, extend="both")
    return tuple(panels)


def _cells(found: Together, name: str) -> dict[tuple[str, str], tuple[Estimate, float]]:
    """Return a difference and its p-value of each task with each other one."""
    return {
        (task, other): (getattr(pair, name), getattr(pair, f"{name}_pvalue"))
        for task, others in found.matrix.items()
        for other, pair in others.items()
    }


def _draw_map(
    axes: Axes,
    cells: Mapping[tuple[str, str], tuple[Estimate, float]],
    order: Sequence[str],
    norm: Normalize,
    alpha: float,
) -> None:
    """Draw one heat map: a row a measured task, a column a task whose neurons are amplified too."""
    values = pd.DataFrame(np.nan, order, order)
    said = pd.DataFrame("", order, order)
    for (task, other), (found, pvalue) in cells.items():
        values.loc[task, other] = np.nan if found.value is None else found.value
        said.loc[task, other] = _write(found.value) + ("*" if pvalue < alpha else "")
    heat_map(axes, values, norm, DIVERGING, said)
    for text in axes.texts:
        text.set_fontweight("bold" if text.get_text().endswith("*") else "normal")
    names = [words(task) for task in order]
    name_columns(axes, names)
    axes.set_yticks(np.arange(len(order)) + 0.5, names)


def _write(value: float | None) -> str:
    """Write logits with two decimals, above 10 with one."""
    if value is None:
        return ""
    return minus(f"{value:+.2f}" if abs(value) < 10 else f"{value:+.1f}")


def _draw_lines(figure: SubFigure, found: Together, letters: Iterator[str]) -> None:
    """Draw a task's gain, and its distance from the sum of single gains, over the number of tasks at once."""
    gain, deviation = figure.subplots(1, 2)
    for kind, look in LOOKS.items():
        sizes: Mapping[str, AtOnce] = getattr(found, kind)
        _draw_line(gain, kind, {size: at.gain for size, at in sizes.items()})
        _draw_line(deviation, kind, {size: at.deviation for size, at in sizes.items()})
        across = [ASIDE[kind] * int(size) for size in sizes]
        sums = [at.sum.value for at in sizes.values()]
        dashed = {
            "linestyle": ":",
            "color": look["color"],
            "linewidth": 1.2,
            "label": f"sum of single gains, {look['label']}",
        }
        gain.plot(across, sums, **dashed)
    deviation.axhspan(-found.margin, found.margin, color=MUTED, alpha=0.12, linewidth=0)
    title_panel(gain, letters, f"Logit gain of a task, mean of {len(found.tasks)} tasks")
    title_panel(deviation, letters, f"Less the sum of single gains; shaded: ±{plain(found.margin)}")
    for axes in (gain, deviation):
        axes.axhline(0, color=MUTED, linewidth=0.7, linestyle=":")
        axes.set_xscale("log")
        axes.set_xticks([int(size) for size in found.selected], list(found.selected))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("Tasks whose neurons are amplified at once")
    add_key(figure, gain.get_legend_handles_labels()[0], most=2, where="outside lower left")


def _draw_line(axes: Axes, kind: str, found: Mapping[str, Estimate]) -> None:
    """Draw estimates with their intervals over the number of tasks at once."""
    look = LOOKS[kind]
    at = {ASIDE[kind] * int(size): estimate for size, estimate in found.items() if estimate.value is not None}
    axes.plot(list(at), [estimate.value for estimate in at.values()], linewidth=1.2, gid=kind, **look)
    for across, estimate in at.items():
        if estimate.low is not None:
            axes.plot([across] * 2, [estimate.low, estimate.high], color=look["color"], linewidth=1.2)


def main(job_input, output, params, identifier: str | None = None) -> None:
    results = read_results(job_input.together, Together)
    save_figure(draw(results, params.confidence_level), output.exhibit, identifier)
    write_csv(tabulate(results), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
