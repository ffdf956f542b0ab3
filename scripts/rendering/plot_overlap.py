"""Plot how many of their top neurons each two tasks of a model share.

Reads statistics/fresh.json, for the tasks and their categories, and statistics/models.json; writes figures/overlap.svg,
a heat map a model, and its cells: figures/overlap.csv.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sna import formats
from sna.figures.colour_bars import SHARES, colour_bar
from sna.figures.heat_maps import heat_map, name_columns
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import WIDTH, in_order, styled
from sna.job import job
from sna.statistics.fresh import Fresh
from sna.statistics.models import ModelBesideOthers
from sna.statistics.overlap import Overlaps
from sna.statistics.results import read_results
from sna.tables import write_csv

COLUMNS = 2


def order_tasks(fresh: Mapping[str, Fresh]) -> list[str]:
    """Return the study's tasks, those of a category together.

    Parameters
    ----------
    fresh : mapping of str to Fresh
        By model; all have the same tasks.

    Returns
    -------
    list of str
    """
    tasks = next(iter(fresh.values())).by_task
    return in_order(pd.DataFrame({"task": list(tasks), "category": [task.category for task in tasks.values()]}))[
        "task"
    ].tolist()


def tabulate(models: Mapping[str, ModelBesideOthers], tasks: Sequence[str]) -> pd.DataFrame:
    """Return what `draw` draws: one row a model and pair of tasks, with what random neurons would share.

    Parameters
    ----------
    models : mapping
        By model.
    tasks : sequence of str
        From `order_tasks`.

    Returns
    -------
    DataFrame
        `overlap` and `by_chance` are shares.
    """
    rows = [
        (model, task, other, found.overlaps.by_pair[task][other], found.overlaps.by_chance)
        for model, found in models.items()
        for place, task in enumerate(tasks)
        for other in tasks[:place]
    ]
    return pd.DataFrame(rows, columns=["model", "task", "other_task", "overlap", "by_chance"])


@styled()
def draw(models: Mapping[str, ModelBesideOthers], tasks: Sequence[str]) -> Figure:
    """Draw a heat map a model, all with the same colours.

    Parameters
    ----------
    models : mapping
        By model.
    tasks : sequence of str
        From `order_tasks`.

    Returns
    -------
    Figure
    """
    columns = min(COLUMNS, len(models))
    rows = -(-len(models) // columns)
    figure = Figure(figsize=(WIDTH, 0.8 + rows * (1.3 + 0.2 * len(tasks))))
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    letters = panel_letters(len(models))
    shares = [share for found in models.values() for own in found.overlaps.by_pair.values() for share in own.values()]
    norm = Normalize(0, 100 * max(shares, default=1))
    for axes, (model, found) in zip(panels, models.items(), strict=False):
        _draw_model(axes, found.overlaps, tasks, norm)
        said = title_panel(axes, letters, describe(found.overlaps), model=model)
        said.set_in_layout(False)  # the axes would make room for it on their right
    for unused in panels[len(models) :]:
        unused.set_axis_off()
    label = "Top neurons of both tasks, of those of either (%): mean at the two tasks' chosen layers"
    colour_bar(figure, norm, SHARES, label, height=figure.get_figheight(), pad=0.2)
    return figure


def _draw_model(axes: Axes, overlaps: Overlaps, tasks: Sequence[str], norm: Normalize) -> None:
    """Draw each pair of two tasks once."""
    if len(tasks) < 2:
        axes.set_axis_off()
        return
    down, across = tasks[1:], tasks[:-1]
    shares = [[100 * overlaps.by_pair[task].get(other, np.nan) for other in across] for task in down]
    below = np.tril(np.ones((len(down), len(across)), dtype=bool))
    values = pd.DataFrame(np.where(below, shares, np.nan), [formats.words(task) for task in down])
    heat_map(axes, values, norm, SHARES, values.map("{:.0f}".format))
    name_columns(axes, [formats.words(task) for task in across])


def describe(overlaps: Overlaps) -> str:
    """Write what the pairs share on average, beside chance.

    Parameters
    ----------
    overlaps : Overlaps
        One model's.

    Returns
    -------
    str
    """
    means = {"within a category": overlaps.within, "between two": overlaps.between, "by chance": overlaps.by_chance}
    said = ", ".join(f"{formats.share(mean)} {where}" for where, mean in means.items() if mean is not None)
    return f"{overlaps.neurons} of {overlaps.width:,} neurons; shared by two tasks on average:\n{said}"


def main(job_input, output, params, identifier: str | None = None) -> None:
    models = read_results(job_input.models, ModelBesideOthers)
    tasks = order_tasks(read_results(job_input.fresh, Fresh))
    save_figure(draw(models, tasks), output.exhibit, identifier)
    write_csv(tabulate(models, tasks), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
