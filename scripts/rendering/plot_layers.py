"""Plot the best improvement of each task at each layer, and the layer at which each category gains most.

Reads the experiments and statistics/layers.json; writes figures/layers.svg and the cells of its heat maps:
figures/layers.csv. Each model has a heat map, tasks down and layers across, and below it the best layer of each
category with those that cannot be told from it. Layers of several models stand at their depths, on the same axis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from sna import formats
from sna.figures.colour_bars import percent_colour_bar
from sna.figures.contrast import text_colour
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import COLOURS, DIVERGING, INK, MUTED, SMALL, WIDTH, in_order, percent_norm, point, styled
from sna.formats import words
from sna.job import job
from sna.statistics.layers import Layers
from sna.statistics.results import read_results
from sna.tables import EXPERIMENTS, read_table, write_csv

#: The layers at which the paper finds categories to gain most, and how many layers the model has: GPT-2 Small 12, and
#: Medium 24. It does not say whose the first two are.
PAPER = {"arithmetic": (8, (12, 24)), "logic": (10, (12, 24)), "semantics": (21, (24,)), "coding": (22, (24,))}
PAPER_LOOK = {"linestyle": "", "marker": "|", "color": INK, "markersize": 10, "markeredgewidth": 2, "zorder": 4}


def best_by_layer(experiments: pd.DataFrame) -> pd.DataFrame:
    """Return the best improvement of each task at each layer.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    DataFrame
        Percent; a row a category and task, in the figures' order, a column a layer.
    """
    best = experiments.pivot_table(index=["category", "task"], columns="layer", values="improvement", aggfunc="max")
    return in_order(best.reset_index()).set_index(["category", "task"])


@dataclass(frozen=True)
class Places:
    """Where a model's layers stand across.

    Attributes
    ----------
    centres : mapping of int to float
        By layer.
    edges : ndarray, shape (layers + 1,)
        Between their cells.
    ticks : mapping of float to str
        The axis' labels.
    limits : tuple of float
        The axis' ends.
    """

    centres: Mapping[int, float]
    edges: np.ndarray
    ticks: Mapping[float, str]
    limits: tuple[float, float]


def side_by_side(layers: Sequence[int]) -> Places:
    """Place the layers of a study's only model, as wide as one another.

    Parameters
    ----------
    layers : sequence of int
        Those that were amplified, ascending.

    Returns
    -------
    Places
    """
    edges = np.arange(len(layers) + 1.0)
    centres = (edges[:-1] + 0.5).tolist()
    ticks = dict(zip(centres, map(str, layers), strict=True))
    return Places(dict(zip(layers, centres, strict=True)), edges, ticks, (0.0, float(len(layers))))


def at_depths(layers: Sequence[int], of: int, fewest: int) -> Places:
    """Place layers at their depths, on an axis that all models of a study share.

    Parameters
    ----------
    layers : sequence of int
        Those that were amplified, ascending. Their cells meet halfway between.
    of : int
        How many the model has.
    fewest : int
        How many the model with the fewest has, whose cells are widest.

    Returns
    -------
    Places
    """
    step = 1 / max(of - 1, 1)
    centres = step * np.asarray(layers)
    edges = np.concatenate([[centres[0] - step / 2], (centres[1:] + centres[:-1]) / 2, [centres[-1] + step / 2]])
    ticks = {depth: formats.plain(depth) for depth in (0, 0.25, 0.5, 0.75, 1)}
    margin = 0.5 / max(fewest - 1, 1)
    return Places(dict(zip(layers, centres.tolist(), strict=True)), edges, ticks, (-margin, 1 + margin))


@styled()
def draw(experiments: pd.DataFrame, results: Mapping[str, Layers], confidence_level: float) -> Figure:
    """Draw one heat map a model, all with the same colours, and under each the best layers of its categories.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    results : mapping
        By model.
    confidence_level : float
        Of their confidence sets.

    Returns
    -------
    Figure
    """
    by_model = {model: best_by_layer(rows) for model, rows in experiments.groupby("model")}
    values = [value for best in by_model.values() for value in best.to_numpy().ravel()]
    norm = percent_norm(values)
    heights = [height for model, best in by_model.items() for height in (len(best), _rows_below(results[model]))]
    figure = Figure(figsize=(WIDTH, 1.0 + 1.2 * len(by_model) + 0.19 * sum(heights)))
    panels = figure.subplots(2 * len(by_model), squeeze=False, height_ratios=heights)[:, 0]
    letters = panel_letters(len(panels))
    several = len(by_model) > 1
    fewest = min(found.of for found in results.values())
    for above, below, (model, best) in zip(panels[::2], panels[1::2], by_model.items(), strict=True):
        amplified = list(best.columns)
        places = at_depths(amplified, results[model].of, fewest) if several else side_by_side(amplified)
        _draw_model(above, best, norm, places)
        title_panel(above, letters, "Outlined, with its layer's number: the task's best", model=model)
        above.set_xlabel("Depth" if several else "Layer")
        _draw_best_layers(below, results[model], places)
        title_panel(below, letters, "Best layer of each category; on the right its depth, and the size of its set")
    add_key(figure, _key(confidence_level))
    percent_colour_bar(figure, norm, values, "Best improvement at the layer", ax=panels)
    return figure


def _rows_below(found: Layers) -> float:
    """Return how many rows of the heat map the categories' best layers take up."""
    return 0.8 * len(found.by_category)


def _draw_model(axes: Axes, best: pd.DataFrame, norm: Normalize, places: Places) -> None:
    rows = np.arange(len(best) + 1)
    axes.pcolormesh(places.edges, rows, best, norm=norm, cmap=DIVERGING, linewidths=0.4, edgecolors="white")
    axes.set_ylim(len(best), 0)
    axes.set_yticks(rows[:-1] + 0.5, [words(task) for task in best.index.get_level_values("task")])
    axes.set_xticks(list(places.ticks), places.ticks.values())
    axes.set_xlim(*places.limits)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    _mark_best(axes, best, norm, places)
    _name_categories(axes, best.index.get_level_values("category"))


def _mark_best(axes: Axes, best: pd.DataFrame, norm: Normalize, places: Places) -> None:
    """Outline each task's best layer, with its number: of several that are equally good, the lowest."""
    for row, improvements in enumerate(best.to_numpy()):
        place = improvements.argmax()
        left, right = places.edges[place : place + 2]
        cell = Rectangle(
            (left, row), right - left, 1, fill=False, edgecolor=INK, linewidth=1.3, clip_on=False, gid="best"
        )
        axes.add_patch(cell)
        axes.text(
            (left + right) / 2,
            row + 0.5,
            str(best.columns[place]),
            horizontalalignment="center",
            verticalalignment="center_baseline",
            fontsize=SMALL,
            fontweight="bold",
            color=text_colour(DIVERGING(norm(improvements[place]))),
        )


def _name_categories(axes: Axes, categories: pd.Index) -> None:
    """Bracket the rows of each category on the right, in its colour."""
    beside = axes.get_yaxis_transform()
    for category, rows in pd.Series(range(len(categories))).groupby(categories.to_numpy()):
        first, last = rows.min() + 0.1, rows.max() + 0.9
        axes.plot([1.008] * 2, [first, last], transform=beside, color=COLOURS[category], linewidth=3,
                  solid_capstyle="butt", clip_on=False)  # fmt: skip
        axes.text(1.02, (first + last) / 2, category, transform=beside, va="center", fontsize=SMALL, gid="category")


def paper_depths(category: str, of: int) -> list[float]:
    """Return the depths of the layer at which the paper finds that a category gains most.

    Parameters
    ----------
    category : str
    of : int
        How many layers the model has. Of the paper's models that may have been meant, one of this size counts alone.

    Returns
    -------
    list of float
        From 0, the first layer, to 1, the last; none of a category of which the paper says nothing.
    """
    layer, sizes = PAPER.get(category, (0, ()))
    return [layer / (size - 1) for size in ([of] if of in sizes else sizes)]


def _draw_best_layers(axes: Axes, found: Layers, places: Places) -> None:
    """Draw one row a category, its best layer and the paper's under those of the heat map, and write its depth."""
    by_category = found.by_category
    shown = [category for category in COLOURS if category in by_category]
    centres = places.centres
    beside = axes.get_yaxis_transform()
    for row, category in enumerate(shown):
        best = by_category[category]
        others = [centres[layer] for layer in best.confidence_set]
        small = point(category) | {"markersize": 3, "alpha": 0.6, "linestyle": "none"}
        axes.plot(others, [row] * len(others), gid=f"{category} confidence set", **small)
        axes.plot(centres[best.layer], row, gid=category, **point(category))
        numbers = np.multiply(paper_depths(category, found.of), found.of - 1)
        where = np.interp(numbers, list(centres), list(centres.values()))
        axes.plot(where, [row] * len(where), gid=f"{category} paper", **PAPER_LOOK)
        depth = f"{formats.depth(best.depth)} ({len(others)})"
        axes.text(1.02, row, depth, transform=beside, va="center", fontsize=SMALL)
    axes.set_xlim(*places.limits)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xticks(list(places.ticks), [])
    axes.set_yticks(range(len(shown)), [f"{category} (n = {by_category[category].tasks})" for category in shown])
    axes.tick_params(length=0)
    axes.grid(axis="x", color=MUTED, alpha=0.15)
    axes.spines[:].set_visible(False)


def _key(confidence_level: float) -> list[Line2D]:
    grey = point("arithmetic") | {"color": MUTED, "markeredgecolor": MUTED}
    small = {"markersize": 3, "alpha": 0.6}
    return [
        Line2D([], [], label="best layer", **grey),
        Line2D([], [], label=f"its {formats.level(confidence_level)} confidence set over prompts", **grey | small),
        Line2D([], [], label="the paper's layer, at its depth in GPT-2", **PAPER_LOOK),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    results = read_results(job_input.layers, Layers)
    save_figure(draw(experiments, results, params.confidence_level), output.exhibit, identifier)
    best = experiments.groupby(["model", "category", "task", "layer"], as_index=False)["improvement"].max()
    last = best["model"].map({model: max(found.of - 1, 1) for model, found in results.items()})
    write_csv(best.assign(depth=best["layer"] / last), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
