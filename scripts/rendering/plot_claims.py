"""Plot the paper's figures beside ours: the report's first figure.

Reads claims.json; writes figures/claims.svg, a forest plot with a panel a scale, in which every claim that has a figure
of the paper's own has a block of rows: the paper's figure, ours as the paper measured it and on fresh prompts, and that
of random neurons; and its rows: figures/claims.csv.
"""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sna import formats
from sna.figures.saving import save_figure
from sna.figures.style import INK, MUTED, SCALE_NOTE, percent_axis, percent_limits, styled
from sna.files import read_json
from sna.job import job
from sna.tables import write_csv
from sna.verdicts.words import KINDS, WORDS, Kind, Outcome, outcome_of

FIELDS = ["claim", "title", "axis", "unit", "model", "figure", "verdict", "value", "low", "high"]
#: What the rows are called, and how their marks look.
NAMES = {"paper": "the paper", **{kind: name.lower() for kind, name in KINDS.items()}, "random": "random neurons"}
LOOKS: dict[str, dict[str, Any]] = {
    "paper": {"marker": "|", "color": "#D55E00", "markersize": 8, "markeredgewidth": 2.5},
    "measured": {"marker": "D", "color": "#707070", "markersize": 5},
    "fresh": {"marker": "o", "color": "#0072B2", "markersize": 6.5},
    "random": {"marker": "s", "color": "#9A9A9A", "markersize": 4.5},
}
#: Inches. The figure is as wide as a phone's screen, so that its words can be read there; each row has a line of them.
WIDTH = 3.75
ROW, NAME, TITLE, FOOT = 0.29, 0.19, 0.22, 0.12
AXIS = 0.55
#: Points. How far a row's words stand above its mark.
ABOVE = 5
#: Letters of the axis's label in a line.
LETTERS = 52


def tabulate(claims: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what `draw` draws: one row a claim and figure, of claims with one of the paper's own that are tested.

    Parameters
    ----------
    claims : sequence of mapping
        As claims.json holds them.

    Returns
    -------
    DataFrame
        `FIELDS`. A claim's first row is the paper's and of no model; one that is not tested on a model has no value.
    """
    rows = [row for claim in claims if claim["paper_figure"] is not None for row in _rows_of(claim)]
    return pd.DataFrame(rows, columns=FIELDS).astype(dict.fromkeys(FIELDS[-3:], float))


def _rows_of(claim: Mapping[str, Any]) -> list[list[Any]]:
    units = {kind: unit for kind, unit in claim["units"].items() if unit is not None}
    tested = {kind for kind in units for entry in claim["models"] if _is_tested(kind, entry)}
    if not tested:
        return []
    rows = [["paper", "", None, claim["paper_figure"], None, None]]
    for entry in claim["models"]:
        for kind in units:
            found = entry[kind] if _is_tested(kind, entry) else {"value": None, "interval": None}
            rows.append([kind, entry["model"], entry[kind]["verdict"], *_figure(found)])
        if entry["random"] and _is_tested("fresh", entry):
            rows.append(["random", entry["model"], None, *_figure(entry["random"])])
    about = [claim["id"], claim["title"], claim["axis"], next(iter(units.values()))]
    return [[*about, model, figure, *rest] for figure, model, *rest in rows]


def _figure(found: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    low, high = found["interval"] or (None, None)
    return found["value"], low, high


def _is_tested(kind: Kind, entry: Mapping[str, Any]) -> bool:
    return entry[kind]["verdict"] != WORDS[kind][Outcome.UNTESTED]


@styled()
def draw(figures: pd.DataFrame) -> Figure:
    """Draw one panel a scale, below one another, with a block of rows for each claim.

    Parameters
    ----------
    figures : DataFrame
        From `tabulate`.

    Returns
    -------
    Figure
    """
    panels = [own for _, own in figures.groupby("axis", sort=False)]
    placed = [place_rows(own) for own in panels]
    depths = [own["place"].max() + FOOT for own in placed]
    figure = Figure(figsize=(WIDTH, sum(depths) + AXIS * len(panels) or 0.4))
    if not panels:
        figure.text(0, 0.5, "No claim with a figure of the paper's own is tested here.", fontsize=8)
        return figure
    for axes, own, depth in zip(
        figure.subplots(len(panels), squeeze=False, height_ratios=depths).ravel(), placed, depths, strict=True
    ):
        _scale(axes, own)
        axes.set_ylim(depth, 0)
        for _, claim in own.groupby("claim", sort=False):
            _draw_claim(axes, claim)
    return figure


def place_rows(figures: pd.DataFrame) -> pd.DataFrame:
    """Say where the rows of a panel stand, with room for the claims' titles and, of several models, their names.

    Parameters
    ----------
    figures : DataFrame
        Some of what `tabulate` returns.

    Returns
    -------
    DataFrame
        The same, with `place`, in inches from the panel's top.
    """
    begins = figures["claim"] != figures["claim"].shift()
    named = (figures["model"] != figures["model"].shift()) & (figures["model"] != "") & _are_several(figures)
    room = ROW + np.where(begins, TITLE + FOOT, 0.0) + np.where(named, NAME, 0.0)
    return figures.assign(place=room.cumsum() - FOOT, named=named)


def _are_several(figures: pd.DataFrame) -> bool:
    return figures.loc[figures["model"] != "", "model"].nunique() > 1


def _scale(axes: Axes, figures: pd.DataFrame) -> None:
    """Give a panel a scale on which all of its figures lie, with their intervals, and name it."""
    unit = figures["unit"].iloc[0]
    ends = figures[["value", "low", "high"]].to_numpy(dtype=float)
    ends = np.append(ends[np.isfinite(ends)], 0.0)
    label = figures["axis"].iloc[0]
    if unit == "percent":
        percent_axis(axes, percent_limits(ends), most=7, along="x")
        label = f"{label.removesuffix(')')}; {SCALE_NOTE})"
    else:
        room = 0.06 * max(np.ptp(ends), 1e-9)
        axes.set_xlim(ends.min() - room, ends.max() + room)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=unit == "layer"))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.minus(f"{value:g}")))
    if unit != "layer":
        axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
    axes.set_xlabel(fill(label, LETTERS), fontsize=8, labelpad=2)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)


def _draw_claim(axes: Axes, claim: pd.DataFrame) -> None:
    """Draw the rows of a claim; the paper's figure goes through all of them as a line."""
    paper = claim.iloc[0]
    _write(axes, 0, paper["place"] - TITLE, paper["title"], weight="bold", size=8.5)
    line = {"color": LOOKS["paper"]["color"], "linewidth": 0.8, "zorder": 2}
    axes.vlines(paper["value"], paper["place"], claim["place"].max(), gid=f"{paper['claim']} paper", **line)
    for row in claim.itertuples():
        if row.named:
            _write(axes, 0, row.place - NAME, row.model, color=MUTED, style="italic")
        tested = pd.notna(row.value)
        _write(axes, 0, row.place, NAMES[row.figure])
        _write(axes, 1, row.place, _in_words(row) if tested else row.verdict, color=INK if tested else MUTED)
        if tested:
            _mark(axes, row)


def _write(axes: Axes, side: int, place: float, text: str, **look: Any) -> None:
    """Write above a row, at its left end (0) or its right one (1), over upright lines but under marks."""
    axes.annotate(
        text,
        (side, place),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, ABOVE),
        textcoords="offset points",
        ha="right" if side else "left",
        va="baseline",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        zorder=2.5,
        **{"size": 7.5, "color": INK, **look},
    )


def _in_words(row: Any) -> str:
    """Write a figure with its interval; the paper's with the digits that it has there."""
    if row.figure == "paper":
        digits = formats.minus(formats.plain(row.value))
        said = {"percent": f"{digits} %", "points": f"{digits} points", "layer": f"layer {digits}"}
        return said.get(row.unit, digits)
    interval = "" if pd.isna(row.low) else f" ({formats.between((row.low, row.high), row.unit)})"
    return formats.UNITS[row.unit](row.value) + interval


def _mark(axes: Axes, row: Any) -> None:
    """Draw a figure with its interval; hollow where the claim is not so by it, or nobody can tell."""
    look = LOOKS[row.figure]
    if row.figure in KINDS and outcome_of(row.figure, row.verdict) > Outcome.PARTLY:
        look = look | {"markerfacecolor": "white"}
    if pd.notna(row.low):
        axes.hlines(row.place, row.low, row.high, color=look["color"], linewidth=1.4, zorder=3)
    axes.plot(row.value, row.place, linestyle="", zorder=4, gid=f"{row.claim} {row.model} {row.figure}", **look)


def main(job_input, output, params, identifier: str | None = None) -> None:
    figures = tabulate(read_json(job_input.claims)["claims"])
    save_figure(draw(figures), output.exhibit, identifier)
    write_csv(figures, output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
