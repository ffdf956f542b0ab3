"""Plot what each task's best configuration does to every task.

Reads the experiments, for the tasks' categories, and statistics/interference.json; writes figures/interference.svg: a
heat map a model, the tasks whose neurons are amplified down and the tasks that are measured across.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sna.figures.style import COLOURS, DIVERGING, INK, MUTED, WIDTH, in_order, save_svg, styled
from sna.formats import plain, signed, words
from sna.job import job
from sna.statistics.interference import Interference
from sna.statistics.results import read_results
from sna.tables import EXPERIMENTS, read_table

#: Colours show the ratio of probabilities, so that halving is as far from no change as doubling; they end at this one.
LARGEST_RATIO = 5.0
_TIMES = "\N{MULTIPLICATION SIGN}"
_TICKS = np.array([1 / 5, 1 / 2, 4 / 5, 1, 5 / 4, 2, 5])


def lay_out(found: Interference, order: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out one model's matrix.

    Parameters
    ----------
    found : Interference
    order : sequence of str
        The tasks.

    Returns
    -------
    improvements, pvalues : DataFrame
        Percent, and corrected p-values (NaN on the diagonal): a row a task whose neurons are amplified, a column a task
        that is measured.
    """
    rows = [found.matrix[source] for source in order]
    improvements = [[row[task].improvement.value for task in order] for row in rows]
    pvalues = [[row[task].pvalue_corrected for task in order] for row in rows]
    return tuple(pd.DataFrame(values, order, order, dtype=float) for values in (improvements, pvalues))


@styled()
def draw(results: Mapping[str, Interference], tasks: pd.DataFrame, confidence_level: float) -> Figure:
    """Draw one heat map a model, all with the same colours.

    Parameters
    ----------
    results : mapping
        By model.
    tasks : DataFrame
        The study's tasks, with the columns `task` and `category`.
    confidence_level : float
        A cell is marked where the corrected p-value is below 1 less this.

    Returns
    -------
    Figure
    """
    tasks = in_order(tasks)
    alpha = round(1 - confidence_level, 10)
    figure = Figure(figsize=(WIDTH, 1.2 + len(results) * (1.6 + 0.33 * len(tasks))))
    panels = figure.subplots(len(results), squeeze=False)[:, 0]
    norm = LogNorm(1 / LARGEST_RATIO, LARGEST_RATIO, clip=True)
    for axes, (model, found) in zip(panels, results.items(), strict=True):
        _draw_model(axes, *lay_out(found, tasks["task"]), norm, alpha)
        _label(axes, found)
        _part_categories(axes, tasks["category"].to_numpy())
        axes.set_title(model, fontweight="bold", fontsize=10, pad=36)
        axes.annotate(_finding(found), (0, 1), xycoords="axes fraction", xytext=(0, 24), textcoords="offset points")
    correction = next(iter(results.values())).correction
    _add_key(
        figure, norm, f"outlined: its own neurons, in-sample; bold with *: p < {plain(alpha)}, corrected ({correction})"
    )
    return figure


def _draw_model(axes: Axes, improvements: pd.DataFrame, pvalues: pd.DataFrame, norm: LogNorm, alpha: float) -> None:
    significant = (pvalues < alpha).to_numpy()
    sns.heatmap(
        1 + improvements / 100,
        norm=norm,
        cmap=DIVERGING,
        cbar=False,
        linewidths=0.4,
        annot=improvements.map(signed) + np.where(significant, "*", ""),
        fmt="",
        annot_kws={"fontsize": 7},
        ax=axes,
    )
    for text, marked in zip(axes.texts, significant.ravel(), strict=True):
        text.set_fontweight("bold" if marked else "normal")
    for place in range(len(improvements)):
        own = Rectangle(
            (place, place), 1, 1, fill=False, edgecolor=INK, linewidth=1.3, zorder=3, clip_on=False, gid="own"
        )
        axes.add_patch(own)


def _label(axes: Axes, found: Interference) -> None:
    """Label the rows with the source and its configuration, the columns with the measured task."""
    order = [label.get_text() for label in axes.get_xticklabels()]
    used = [found.configurations[task] for task in order]
    sources = [
        f"{words(task)}: layer {one.layer}, {one.neurons} {_TIMES} {plain(one.multiplier)}"
        for task, one in zip(order, used, strict=True)
    ]
    counts = sorted({effect.prompts for row in found.matrix.values() for effect in row.values()})
    axes.set_yticks(axes.get_yticks(), sources, rotation=0)
    axes.set_xticks(axes.get_xticks(), [words(task) for task in order], rotation=35, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.set_ylabel(f"Neurons amplified: task, best layer, count {_TIMES} multiplier")
    axes.set_xlabel(f"Task measured (n = {' to '.join(map(str, sorted({counts[0], counts[-1]})))} prompts each)")


def _part_categories(axes: Axes, categories: np.ndarray) -> None:
    """Part the categories by lines, and bracket each on the right and on top, in its colour."""
    beside, above = axes.get_yaxis_transform(), axes.get_xaxis_transform()
    bracket = {"linewidth": 3, "solid_capstyle": "butt", "clip_on": False}
    for category, places in pd.Series(range(len(categories))).groupby(categories):
        first, last = places.min() + 0.1, places.max() + 0.9
        middle, colour = (first + last) / 2, COLOURS[category]
        axes.plot([1.008] * 2, [first, last], transform=beside, color=colour, **bracket)
        axes.plot([first, last], [1.015] * 2, transform=above, color=colour, **bracket)
        axes.text(1.016, middle, category, transform=beside, va="center", fontsize=8, gid="category")
        axes.text(middle, 1.03, category, transform=above, ha="center", va="bottom", fontsize=8, gid="category")
        if places.min():
            axes.axhline(places.min(), color=MUTED, linewidth=0.8)
            axes.axvline(places.min(), color=MUTED, linewidth=0.8)


def _finding(found: Interference) -> str:
    """Write how many pairs of different tasks interfere."""
    if not found.pairs:
        return "No pair of different tasks"
    return (
        f"Of {found.pairs} pairs of different tasks, the measured one does significantly worse in {found.harmed} "
        f"and better in {found.helped}"
    )


def _add_key(figure: Figure, norm: LogNorm, marks: str) -> None:
    bar = figure.colorbar(
        ScalarMappable(norm, DIVERGING),
        ax=figure.axes,
        location="bottom",
        fraction=0.15 / figure.get_figheight(),
        aspect=40,
        shrink=0.7,
        pad=0.3 / figure.get_figheight(),
        extend="both",
    )
    bar.set_ticks(_TICKS, labels=[signed(100 * (ratio - 1)) for ratio in _TICKS])
    bar.minorticks_off()
    bar.set_label(f"Improvement of the measured task's probability (%; logarithmic in the ratio)\n{marks}")
    bar.outline.set_visible(False)


def main(job_input, output, params, identifier: str | None = None) -> None:
    tasks = read_table(job_input.experiments, EXPERIMENTS)[["task", "category"]].drop_duplicates()
    results = read_results(job_input.interference, Interference)
    save_svg(draw(results, tasks, params.confidence_level), output.exhibit, identifier)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
