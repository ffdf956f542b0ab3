"""Plot how many of a category's golden zones hold each neuron count and multiplier.

Reads statistics/golden_zone.json; writes figures/golden_zone.svg, a heat map a category and model, and its cells:
figures/golden_zone.csv.
"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sna import formats
from sna.figures.colour_bars import SHARES, colour_bar
from sna.figures.heat_maps import heat_map
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import COLOURS, WIDTH, styled
from sna.job import job
from sna.statistics.golden_zone import GoldenZones
from sna.statistics.results import read_results
from sna.tables import write_csv

#: Places in a row, at least: the panels of a study with fewer categories are no wider, and the key fits below.
_PLACES = 3


@styled()
def draw(golden_zones: Mapping[str, GoldenZones]) -> Figure:
    """Draw a row of heat maps a model, all with the same colours.

    Parameters
    ----------
    golden_zones : mapping
        By model.

    Returns
    -------
    Figure
    """
    present = {category for found in golden_zones.values() for category in found.by_category}
    categories = [category for category in COLOURS if category in present]
    columns = max(len(categories), _PLACES)
    figure = Figure(figsize=(WIDTH, 0.9 + 2.1 * len(golden_zones)))
    panels = figure.subplots(len(golden_zones), columns, squeeze=False, sharey=True)
    letters = panel_letters(len(golden_zones) * len(categories))
    for row, (model, found) in zip(panels, golden_zones.items(), strict=True):
        for axes, category in zip(row, categories, strict=False):
            _draw_category(axes, category, found)
            name = model if axes is row[0] else None
            title_panel(axes, letters, describe(category, found), category=category, model=name)
        row[0].set_ylabel("Neurons amplified")
        for unused in row[len(categories) :]:
            unused.set_axis_off()
    for axes in panels[-1, : len(categories)]:
        axes.set_xlabel("Multiplier")
    _add_key(figure, next(iter(golden_zones.values())).share)
    return figure


def _draw_category(axes: Axes, category: str, found: GoldenZones) -> None:
    shares = pd.DataFrame(found.by_category[category], columns=["neurons", "multiplier", "share"])
    grid = shares.pivot_table(index="neurons", columns="multiplier", values="share").sort_index(ascending=False)
    heat_map(axes, 100 * grid.rename(columns=formats.plain), Normalize(0, 100), SHARES)
    axes.tick_params(axis="x", rotation=90)


def describe(category: str, found: GoldenZones) -> str:
    """Write a category with the number of its tasks and the mean overlap of their folds' zones, beside chance.

    Parameters
    ----------
    category : str
    found : GoldenZones
        One model's.

    Returns
    -------
    str
    """
    tasks = sum(zone.category == category for zone in found.by_task.values())
    overlap = found.overlap(category)
    stability = "overlap {}\nchance {}".format(*map(formats.share, overlap)) if overlap else "no golden zone"
    return f"{category}, {formats.tasks(tasks)}\n{stability}"


def _add_key(figure: Figure, share: float) -> None:
    label = (
        f"Tasks whose golden zone, at least {formats.level(share)} of their best improvement, holds the configuration "
        "(%)"
    )
    colour_bar(figure, Normalize(0, 100), SHARES, label, height=figure.get_figheight())


def tabulate(golden_zones: Mapping[str, GoldenZones]) -> pd.DataFrame:
    """Return what `draw` draws: one row a cell of its heat maps, with the share of the category's tasks.

    Parameters
    ----------
    golden_zones : mapping
        By model.

    Returns
    -------
    DataFrame
    """
    rows = [
        (model, category, *cell)
        for model, found in golden_zones.items()
        for category, cells in found.by_category.items()
        for cell in cells
    ]
    return pd.DataFrame(rows, columns=["model", "category", "neurons", "multiplier", "share"])


def main(job_input, output, params, identifier: str | None = None) -> None:
    golden_zones = read_results(job_input.golden_zone, GoldenZones)
    save_figure(draw(golden_zones), output.exhibit, identifier)
    write_csv(tabulate(golden_zones), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
