"""Plot the best improvement of each task at each layer, and the layer at which each category gains most.

Reads the experiments and statistics/layers.json; writes figures/layers.svg and the cells of its heat maps:
figures/layers.csv. Each model has a heat map, tasks down and layers across, and below it the best layer of each
category with those that cannot be told from it.
"""

from collections.abc import Mapping

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sna import formats
from sna.figures.style import (
    COLOURS,
    DIVERGING,
    INK,
    MUTED,
    WIDTH,
    in_order,
    percent_colour_bar,
    percent_norm,
    point,
    save_svg,
    styled,
    text_colour,
)
from sna.formats import words
from sna.job import job
from sna.statistics.layers import BestLayerOfCategory, Layers
from sna.statistics.results import read_results
from sna.tables import EXPERIMENTS, read_table, write_csv


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
    figure = Figure(figsize=(WIDTH, 0.7 + 1.1 * len(by_model) + 0.24 * sum(heights)))
    panels = figure.subplots(2 * len(by_model), squeeze=False, height_ratios=heights)[:, 0]
    for above, below, (model, best) in zip(panels[::2], panels[1::2], by_model.items(), strict=True):
        _draw_model(above, best, norm)
        above.set_title(model, fontweight="bold", fontsize=10)
        above.set_xlabel("Layer (outlined with its number: the task's best)")
        _draw_best_layers(below, results[model].by_category, best.columns)
        below.set_title(
            f"Best layer of each category of n tasks; small: its {formats.level(confidence_level)} confidence set over "
            "prompts; depth: from 0, the first layer, to 1, the last"
        )
    percent_colour_bar(figure, norm, values, "Best improvement at the layer", ax=panels)
    return figure


def _rows_below(found: Layers) -> float:
    """Return how many rows of the heat map the categories' best layers take up."""
    return 0.8 * len(found.by_category)


def _draw_model(axes: Axes, best: pd.DataFrame, norm: Normalize) -> None:
    sns.heatmap(best.droplevel("category"), norm=norm, cmap=DIVERGING, cbar=False, linewidths=0.4, ax=axes)
    axes.set_yticks(axes.get_yticks(), [words(task) for task in best.index.get_level_values("task")], rotation=0)
    axes.set_ylabel("")
    axes.tick_params(length=0)
    axes.tick_params(axis="x", rotation=0)
    _mark_best(axes, best, norm)
    _name_categories(axes, best.index.get_level_values("category"))


def _mark_best(axes: Axes, best: pd.DataFrame, norm: Normalize) -> None:
    """Outline each task's best layer, with its number: of several that are equally good, the lowest."""
    for row, improvements in enumerate(best.to_numpy()):
        place = improvements.argmax()
        cell = Rectangle((place, row), 1, 1, fill=False, edgecolor=INK, linewidth=1.3, clip_on=False, gid="best")
        axes.add_patch(cell)
        axes.text(
            place + 0.5,
            row + 0.5,
            str(best.columns[place]),
            horizontalalignment="center",
            verticalalignment="center_baseline",
            fontsize=7.5,
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
        axes.text(1.02, (first + last) / 2, category, transform=beside, va="center", fontsize=8, gid="category")


def _draw_best_layers(axes: Axes, by_category: Mapping[str, BestLayerOfCategory], layers: pd.Index) -> None:
    """Draw one row a category, its best layer under that of the heat map, and write the layer's depth on the right."""
    shown = [category for category in COLOURS if category in by_category]
    centres = {layer: place + 0.5 for place, layer in enumerate(layers)}
    beside = axes.get_yaxis_transform()
    for row, category in enumerate(shown):
        best = by_category[category]
        others = [centres[layer] for layer in best.confidence_set]
        small = point(category) | {"markersize": 3, "alpha": 0.6, "linestyle": "none"}
        axes.plot(others, [row] * len(others), gid=f"{category} confidence set", **small)
        axes.plot(centres[best.layer], row, gid=category, **point(category))
        depth = f"depth {formats.depth(best.depth)}; set of {len(others)}"
        axes.text(1.02, row, depth, transform=beside, va="center", fontsize=8)
    axes.set_xlim(0, len(layers))
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xticks(list(centres.values()), [])
    axes.set_yticks(range(len(shown)), [f"{category} (n = {by_category[category].tasks})" for category in shown])
    axes.tick_params(length=0)
    axes.grid(axis="x", color=MUTED, alpha=0.15)
    axes.spines[:].set_visible(False)


def main(job_input, output, params, identifier: str | None = None) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    results = read_results(job_input.layers, Layers)
    save_svg(draw(experiments, results, params.confidence_level), output.exhibit, identifier)
    best = experiments.groupby(["model", "category", "task", "layer"], as_index=False)["improvement"].max()
    write_csv(best, output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
