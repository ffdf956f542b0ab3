"""Plot what each task's best configuration does to every task, and what the statements' neurons do beside random ones.

Reads the experiments, for the tasks' categories, and statistics/interference.json; writes figures/interference.svg: a
heat map a model, the tasks whose neurons are amplified down and the tasks that are measured across; and under them a
panel a model and statement.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from sna.figures.colour_bars import colour_bar
from sna.figures.heat_maps import heat_map, name_columns
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import COLOURS, DIVERGING, INK, MUTED, PERCENT_TICK, SMALL, WIDTH, in_order, styled
from sna.formats import estimate, plain, signed, words
from sna.job import job
from sna.statistics.estimate import Estimate
from sna.statistics.interference import Interference
from sna.statistics.results import read_results
from sna.statistics.statements import MeasuredStatement
from sna.tables import EXPERIMENTS, read_table

#: Colours show the ratio of probabilities, so that halving is as far from no change as doubling; they end at this one.
LARGEST_RATIO = 5.0
#: How the points of a statement's panel look.
SELECTED = {"marker": "o", "color": "#0072B2", "markersize": 6}
RANDOM = {"marker": "D", "color": MUTED, "markerfacecolor": "white", "markersize": 5}
_TIMES = "\N{MULTIPLICATION SIGN}"
_TICKS = np.array([1 / 5, 1 / 2, 1, 2, 5])


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
    stated = [
        (model, name, statement)
        for model, found in results.items()
        for name, statement in found.statements.items()
        if statement is not None
    ]
    heights = [
        0.8 + len(results) * (1.3 + 0.29 * len(tasks)),
        0.3 + sum(_height(statement) for *_, statement in stated),
    ]
    figure = Figure(figsize=(WIDTH, sum(heights)))
    above, below = figure.subfigures(2, height_ratios=heights) if stated else (figure, None)
    panels = above.subplots(len(results), squeeze=False)[:, 0]
    letters = panel_letters(len(results) + 2 * len(stated))
    norm = LogNorm(1 / LARGEST_RATIO, LARGEST_RATIO, clip=True)
    for axes, (model, found) in zip(panels, results.items(), strict=True):
        _draw_model(axes, *lay_out(found, tasks["task"]), norm, alpha)
        _label(axes, found)
        _part_categories(axes, tasks["category"].to_numpy())
        title_panel(axes, letters, _finding(found), model=model, pad=20)
    correction = next(iter(results.values())).correction
    marks = f"outlined: its own neurons, in-sample; bold with *: p < {plain(alpha)}, corrected ({correction})"
    _add_key(above, heights[0], norm, marks)
    if below is not None:
        _draw_statements(below, stated, letters)
    return figure


def _draw_model(axes: Axes, improvements: pd.DataFrame, pvalues: pd.DataFrame, norm: LogNorm, alpha: float) -> None:
    significant = (pvalues < alpha).to_numpy()
    heat_map(axes, 1 + improvements / 100, norm, DIVERGING, improvements.map(signed) + np.where(significant, "*", ""))
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
        f"{words(task)}:\nlayer {one.layer}, {one.neurons} {_TIMES} {plain(one.multiplier)}"
        for task, one in zip(order, used, strict=True)
    ]
    counts = sorted({effect.prompts for row in found.matrix.values() for effect in row.values()})
    axes.set_yticks(axes.get_yticks(), sources, rotation=0)
    name_columns(axes, [words(task) for task in order])
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
        axes.text(1.02, middle, category, transform=beside, rotation=270, va="center", fontsize=SMALL, gid="category")
        axes.text(middle, 1.03, category, transform=above, ha="center", va="bottom", fontsize=SMALL, gid="category")
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


def _add_key(figure: Figure | SubFigure, height: float, norm: LogNorm, marks: str) -> None:
    label = f"Improvement of the measured task's probability (%; logarithmic in the ratio)\n{marks}"
    bar = colour_bar(figure, norm, DIVERGING, label, height=height, extend="both")
    bar.set_ticks(_TICKS, labels=[PERCENT_TICK(round(100 * (ratio - 1))) for ratio in _TICKS])
    bar.minorticks_off()


def _height(statement: MeasuredStatement) -> float:
    """Return how many inches a statement's panels take."""
    return 0.85 + 0.16 * max(1 + len(statement.fresh.sources), len(statement.fresh.sources) * len(statement.tasks))


def _draw_statements(
    figure: SubFigure, stated: Sequence[tuple[str, str, MeasuredStatement]], letters: Iterator[str]
) -> None:
    """Draw each statement on fresh prompts, beside random neurons: whole texts on the left, targets on the right."""
    panels = figure.subplots(
        len(stated), 2, squeeze=False, height_ratios=[_height(statement) for *_, statement in stated]
    )
    for (texts, targets), (model, name, statement) in zip(panels, stated, strict=True):
        effect = statement.fresh
        by_source = [(words(source), own.log_probability, own.random) for source, own in effect.sources.items()]
        _draw_changes(texts, [*by_source, ("mean", effect.log_probability, effect.random)])
        said = f"Whole texts: mean less random\n{estimate(effect.difference, 'nats')}"
        title_panel(texts, letters, said, model=f"{model}: {name.replace('-', ' ')}, layer {statement.layer}")
        texts.set_xlabel("Log-probability (nats per token)")
        targets.axvspan(-statement.margin, statement.margin, color=MUTED, alpha=0.12, linewidth=0)
        pairs = [
            (f"{words(source)} on {words(task)}", pair.improvement, pair.random)
            for source, own in effect.sources.items()
            for task, pair in own.tasks.items()
        ]
        _draw_changes(targets, pairs)
        pairs = f"{effect.inside} pairs inside the margin,\n{effect.outside} outside, {effect.undecided} undecided"
        title_panel(targets, letters, f"Targets: {pairs}")
        targets.set_xlabel(f"Improvement (%); shaded: ±{plain(statement.margin)} %")
    entries = [
        Line2D([], [], linestyle="", label="the source's neurons", **SELECTED),
        Line2D([], [], linestyle="", label="random neurons", **RANDOM),
    ]
    add_key(figure, entries, title="Changes on fresh prompts")


def _draw_changes(axes: Axes, rows: Sequence[tuple[str, Estimate, float | None]]) -> None:
    """Draw changes with their intervals, each beside that by random neurons, one below the other."""
    axes.axvline(0, color=MUTED, linewidth=0.7, linestyle=":")
    for place, (_, change, random) in enumerate(rows):
        if change.low is not None:
            axes.plot([change.low, change.high], [place] * 2, color=SELECTED["color"], linewidth=1.2)
        for value, look in ((change.value, SELECTED), (random, RANDOM)):
            if value is not None:
                axes.plot(value, place, linestyle="", **look)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_yticks(range(len(rows)), [label for label, *_ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def main(job_input, output, params, identifier: str | None = None) -> None:
    tasks = read_table(job_input.experiments, EXPERIMENTS)[["task", "category"]].drop_duplicates()
    results = read_results(job_input.interference, Interference)
    save_figure(draw(results, tasks, params.confidence_level), output.exhibit, identifier)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
