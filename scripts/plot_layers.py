"""Plot the best improvement of each task at each layer.

Reads the experiments; writes figures/layers.svg: a heat map a model, tasks down and layers across.
"""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sna.job import job
from sna.style import (
    COLOURS,
    DIVERGING,
    INK,
    WIDTH,
    in_order,
    percent_colour_bar,
    percent_norm,
    save_svg,
    styled,
    text_colour,
    words,
)
from sna.tables import EXPERIMENTS, read_table


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
def draw(experiments: pd.DataFrame) -> Figure:
    """Draw one heat map a model, all with the same colours.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    """
    by_model = {model: best_by_layer(rows) for model, rows in experiments.groupby("model")}
    values = [value for best in by_model.values() for value in best.to_numpy().ravel()]
    norm = percent_norm(values)
    heights = [len(best) for best in by_model.values()]
    figure = Figure(figsize=(WIDTH, 0.7 + 0.6 * len(by_model) + 0.24 * sum(heights)))
    panels = figure.subplots(len(by_model), squeeze=False, height_ratios=heights)[:, 0]
    for axes, (model, best) in zip(panels, by_model.items(), strict=True):
        _draw_model(axes, best, norm)
        axes.set_title(model, fontweight="bold", fontsize=10)
    panels[-1].set_xlabel("Layer (outlined with its number: the task's best)")
    percent_colour_bar(figure, norm, values, "Best improvement at the layer", ax=panels)
    return figure


def _draw_model(axes: Axes, best: pd.DataFrame, norm: Normalize) -> None:
    sns.heatmap(best.droplevel("category"), norm=norm, cmap=DIVERGING, cbar=False, linewidths=0.4, ax=axes)
    axes.set_yticks(axes.get_yticks(), [words(task) for task in best.index.get_level_values("task")], rotation=0)
    axes.set(xlabel="", ylabel="")
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


def main(experiments: str, figure: str) -> None:
    """Read the table, draw, save."""
    save_svg(draw(read_table(experiments, EXPERIMENTS)), figure)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.experiments, snakemake.output[0])
