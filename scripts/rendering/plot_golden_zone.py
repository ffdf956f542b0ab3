"""Plot how many of a category's golden zones hold each neuron count and multiplier.

Reads statistics/golden_zone.json; writes figures/golden_zone.svg, a heat map a category and model, and its cells:
figures/golden_zone.csv.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sna.figures.style import COLOURS, WIDTH, save_svg, styled
from sna.files import read_json
from sna.job import job
from sna.tables import write_csv

SHARES = sns.color_palette("Blues", as_cmap=True)
#: Places in a row, at least: the panels of a study with fewer categories are no wider, and the key fits below.
_PLACES = 3


@styled()
def draw(golden_zones: Mapping[str, Mapping]) -> Figure:
    """Draw a row of heat maps a model, all with the same colours.

    Parameters
    ----------
    golden_zones : mapping
        The content of statistics/golden_zone.json: by model, `share`, `by_task` and `by_category`.
    """
    present = {category for found in golden_zones.values() for category in found["by_category"]}
    categories = [category for category in COLOURS if category in present]
    columns = max(len(categories), _PLACES)
    figure = Figure(figsize=(WIDTH, 1.1 + 2.3 * len(golden_zones)))
    panels = figure.subplots(len(golden_zones), columns, squeeze=False, sharey=True)
    for row, (model, found) in zip(panels, golden_zones.items(), strict=True):
        for axes, category in zip(row, categories, strict=False):
            _draw_category(axes, category, found)
        row[0].set_ylabel("Neurons amplified")
        above = {"xytext": (0, 34), "textcoords": "offset points", "fontweight": "bold", "fontsize": 10}
        row[0].annotate(model, (0, 1), xycoords="axes fraction", **above)
        for unused in row[len(categories) :]:
            unused.set_axis_off()
    for axes in panels[-1, : len(categories)]:
        axes.set_xlabel("Multiplier")
    _add_key(figure, next(iter(golden_zones.values()))["share"])
    return figure


def _draw_category(axes: Axes, category: str, found: Mapping) -> None:
    shares = pd.DataFrame(found["by_category"][category], columns=["neurons", "multiplier", "share"])
    grid = shares.pivot_table(index="neurons", columns="multiplier", values="share").sort_index(ascending=False)
    sns.heatmap(
        100 * grid,
        vmin=0,
        vmax=100,
        cmap=SHARES,
        cbar=False,
        linewidths=0.4,
        yticklabels=[f"{count:g}" for count in grid.index],
        xticklabels=[f"{multiplier:g}" for multiplier in grid.columns],
        ax=axes,
    )
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=0, labelsize=6.5, rotation=0)
    axes.set_title(describe(category, found["by_task"]))


def describe(category: str, by_task: Mapping[str, Mapping]) -> str:
    """Write a category with the number of its tasks and the mean overlap of their folds' zones, beside chance."""
    zones = [zone for zone in by_task.values() if zone["category"] == category]
    tasks = f"{category}, {len(zones)} task{'' if len(zones) == 1 else 's'}"
    stable = [zone for zone in zones if zone["stability"] is not None]
    if not stable:
        return f"{tasks}\nno golden zone"
    overlap, chance = (np.mean([zone[key] for zone in stable]) for key in ("stability", "stability_by_chance"))
    return f"{tasks}\noverlap {overlap:.2f} (chance {chance:.2f})"


def _add_key(figure: Figure, share: float) -> None:
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 100), SHARES),
        ax=figure.axes,
        location="bottom",
        fraction=0.15 / figure.get_figheight(),
        aspect=40,
        shrink=0.7,
        pad=0.3 / figure.get_figheight(),
    )
    bar.outline.set_visible(False)
    bar.set_label(
        f"Tasks whose golden zone, at least {100 * share:g} % of their best improvement, holds the configuration (%)\n"
        "overlap: mean Jaccard index of the zones that each fold of a task's prompts gives, over tasks that have one"
    )


def tabulate(golden_zones: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return what `draw` draws: one row a cell of its heat maps, with the share of the category's tasks."""
    rows = [
        (model, category, *cell)
        for model, found in golden_zones.items()
        for category, cells in found["by_category"].items()
        for cell in cells
    ]
    return pd.DataFrame(rows, columns=["model", "category", "neurons", "multiplier", "share"])


def main(statistics: str, figure: str, data: str, *, identifier: str | None = None) -> None:
    """Read the golden zones, draw, save, and write what is drawn."""
    found = read_json(statistics)
    save_svg(draw(found), figure, identifier)
    write_csv(tabulate(found), data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input.golden_zone, snakemake.output[0], snakemake.output.data, identifier=record.id)
