"""Plot saturation and the mean of zone 1 under all choices that the paper leaves open: specification curves.

Reads the specifications and statistics/choices.json; writes figures/choices.svg and what it draws: figures/choices.csv.
Each model has two columns, one a figure of the paper's. The upper half is the sweep, the lower one the chosen
configurations on fresh prompts: a curve of all specifications, sorted, and below it which choices each has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sna import formats
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import INK, MUTED, WIDTH, percent_axis, percent_limits, styled
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.choices import Choices, Curve, is_significant
from sna.statistics.results import read_results
from sna.tables import SPECIFICATIONS, read_table, write_csv

#: What is chosen, by what is measured: columns of the table, and what the rows of the matrix are called.
_SWEEP = {
    "configuration": "configuration",
    "ratio": "over prompts",
    "layers": "layers",
    "multipliers": "multipliers",
    "counts": "neurons",
    "prompts": "prompts",
}
_FRESH = {"score": "neurons by", "start": "start token", "ratio": "over prompts", "prompts": "prompts"}
_DIMENSIONS = {"sweep": _SWEEP, "fresh": _FRESH}
_NAMES = {"rho": "Spearman's \N{GREEK SMALL LETTER RHO} over tasks", "zone1_mean": "Mean of zone 1 (%)"}
_PARTS = {"sweep": "the sweep", "fresh": "fresh prompts"}
#: Columns of the matrix. More specifications than this share them, each shaded by how many have the choice.
_COLUMNS = 60
_SHADES = matplotlib.colormaps["Greys"]


@dataclass(frozen=True)
class Matrix:
    """Which choices the sorted specifications have: the names of the rows, where groups begin, and the shares."""

    names: list[str]
    starts: list[int]
    shares: np.ndarray


@styled()
def draw(specifications: pd.DataFrame, results: Mapping[str, Choices], settings: Statistics) -> Figure:
    """Draw two columns a model, each with a curve and a matrix for the sweep, and again for fresh prompts.

    Parameters
    ----------
    specifications : DataFrame
        A table that keeps `sna.tables.SPECIFICATIONS`.
    results : mapping
        By model.
    settings : Statistics
        The confidence level, by which a specification is significant.

    Returns
    -------
    Figure
    """
    heights = [1.4, 2.9, 1.2, 1.75] * len(results)
    figure = Figure(figsize=(WIDTH, 0.5 + 1.15 * sum(heights)))
    panels = figure.subplots(len(heights), 2, squeeze=False, height_ratios=heights)
    letters = panel_letters(4 * len(results))
    for number, (model, found) in enumerate(results.items()):
        block = panels[4 * number : 4 * number + 4]
        own = specifications[specifications["model"] == model]
        for part, (measured, prefix) in enumerate({"sweep": "", "fresh": "fresh_"}.items()):
            rows = own[own["measured"] == measured]
            for column, (name, title) in enumerate(_NAMES.items()):
                curve, matrix = block[2 * part : 2 * part + 2, column]
                ordered = rows[rows[name].notna()].sort_values(name, kind="stable", ignore_index=True)
                summary = getattr(found, f"{prefix}{name}")
                significant = is_significant(ordered, name, summary.paper, settings)
                _draw_curve(curve, ordered, name, summary)
                n = formats.count(len(ordered))
                said = f"{title}\n{_PARTS[measured]}, n = {n}\n{describe(summary, name)}"
                title_panel(curve, letters, said, model=model if curve is block[0, 0] else None)
                # Rows are named by what was varied, also where a figure is undefined under all of it.
                levels = {choice: sorted(rows[choice].unique()) for choice in _DIMENSIONS[measured]}
                arranged = arrange(ordered, _DIMENSIONS[measured], levels, significant)
                _draw_matrix(matrix, arranged, ordered, named=not column)
    add_key(figure, _key(settings), most=2, where="outside lower left")
    return figure


def describe(curve: Curve, name: str) -> str:
    """Write what a figure ranges over.

    Parameters
    ----------
    curve : Curve
    name : {"rho", "zone1_mean"}

    Returns
    -------
    str
    """
    if not curve.n:
        return "undefined in all specifications"
    unit = "number" if name == "rho" else "percent"
    spread, share = formats.between((curve.low, curve.high), unit), formats.share(curve.share_significant)
    return f"{spread}; {share} significant"


def arrange(
    specifications: pd.DataFrame,
    dimensions: Mapping[str, str],
    levels: Mapping[str, Sequence[str]],
    significant: np.ndarray,
) -> Matrix:
    """Arrange which choices the specifications have, in columns of as many neighbours.

    Parameters
    ----------
    specifications : DataFrame
        In the order of the curve.
    dimensions : mapping of str to str
        What is chosen: the column, and what it is called.
    levels : mapping of str to sequence of str
        What each may be, by its column.
    significant : ndarray of bool, shape (specifications,)

    Returns
    -------
    Matrix
        The first row is whether a specification is significant, with the paper's sign.
    """
    names, starts, masks = ["significant, with the paper's sign"], [0], [significant]
    for column, title in dimensions.items():
        starts.append(len(names))
        first, *others = levels[column]
        names += [f"{title}: {first}", *others]
        masks += [(specifications[column] == level).to_numpy() for level in levels[column]]
    parts = np.array_split(np.arange(len(specifications)), min(_COLUMNS, len(specifications)) or 1)
    shares = np.array([[mask[part].mean() if part.size else 0 for part in parts] for mask in masks])
    return Matrix(names, starts, shares)


def _draw_curve(axes: Axes, specifications: pd.DataFrame, name: str, found: Curve) -> None:
    values = specifications[name].to_numpy()
    across = (np.arange(len(values)) + 0.5) / max(len(values), 1)
    if name == "zone1_mean":
        percent_axis(axes, percent_limits([*values, found.paper]), most=7)
    else:
        axes.set_ylim(-1.05, 1.05)
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    axes.axhline(found.paper, color=INK, linewidth=1.0, linestyle="--", gid=f"paper {name}")
    axes.plot(across, values, color=MUTED, linewidth=2, gid=name)
    for place in np.flatnonzero(specifications["ours"]):
        axes.plot(across[place], values[place], "o", color=INK, markersize=6, gid=f"ours {name}")
    axes.set_xlim(0, 1)
    axes.set_xticks([])


def _draw_matrix(axes: Axes, matrix: Matrix, specifications: pd.DataFrame, *, named: bool) -> None:
    """Shade the matrix, name its rows if it stands on the left, and mark the study's own specification."""
    rows = len(matrix.names)
    axes.imshow(matrix.shares, cmap=_SHADES, vmin=0, vmax=1, aspect="auto", interpolation="none",
                extent=(0, 1, rows, 0), gid="matrix")  # fmt: skip
    axes.hlines(matrix.starts[1:], 0, 1, color="white", linewidth=3)
    for place in np.flatnonzero(specifications["ours"]):
        axes.axvline((place + 0.5) / len(specifications), color=INK, linewidth=0.7)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.set_yticks(np.arange(rows) + 0.5, matrix.names if named else [])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _key(settings: Statistics) -> list[Line2D | Patch]:
    level = formats.plain(round(1 - settings.confidence_level, 10))
    return [
        Line2D([], [], color=MUTED, linewidth=2, label="each specification, sorted"),
        Line2D([], [], color=INK, linewidth=1.0, linestyle="--", label="the paper's figure"),
        Line2D([], [], color=INK, marker="o", linestyle="", label="the study's own choices"),
        Patch(color=_SHADES(0.7), label=f"have the choice, or p < {level} and the paper's sign"),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    specifications = read_table(job_input.specifications, SPECIFICATIONS)
    results = read_results(job_input.choices, Choices)
    save_figure(draw(specifications, results, Statistics(**params.statistics)), output.exhibit, identifier)
    write_csv(specifications, output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
