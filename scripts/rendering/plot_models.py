"""Plot each claim's figures side by side: those of all models, on fresh prompts and as measured, beside the paper's.

Reads claims.json; writes figures/models.svg, a forest plot with a panel a claim and a row a model, and its points:
figures/models.csv.
"""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sna import formats
from sna.experiments.summary import ALL_MODELS
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import INK, MUTED, SMALL, WIDTH, percent_axis, percent_limits, styled
from sna.files import read_json
from sna.job import job
from sna.tables import write_csv
from sna.verdicts.words import KINDS, Kind, Outcome, outcome_of

COLUMNS = 3
#: What is drawn, and what the axis is called; a layer is drawn as its depth, which compares over models.
UNITS = {
    "number": "",
    "percent": "improvement (%)",
    "share": "share (%)",
    "points": "percentage points",
    "nats": "nats",
    "layer": "depth of the layer",
}
#: No scale is narrower than a sixth of this, so that figures that are all 0 look as if they were.
NARROWEST = {"number": 1.0, "share": 20.0, "points": 20.0, "nats": 0.2}
#: Where a kind's figures stand in a model's row, and how they look.
PLACES: dict[Kind, float] = {"fresh": -0.14, "measured": 0.2}
LOOKS: dict[Kind, dict[str, Any]] = {
    "fresh": {"marker": "o", "color": "#0072B2", "markersize": 6, "zorder": 4},
    "measured": {"marker": "D", "color": "#9A9A9A", "markersize": 4.5, "zorder": 3},
}
PAPER = "#D55E00"
FIELDS = ["claim", "title", "unit", "kind", "model", "verdict", "value", "low", "high", "paper"]


def tabulate(claims: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what `draw` draws: one row a claim, kind of verdict and model on which it is tested.

    Parameters
    ----------
    claims : sequence of mapping
        As claims.json holds them.

    Returns
    -------
    DataFrame
        `FIELDS`: our figure with its interval, and the paper's where it has one; layers as depths. In `ALL_MODELS` the
        figure is the mean over models, with its verdict over them.
    """
    rows = [
        _row(claim, kind, model, found)
        for claim in claims
        for kind in KINDS
        if claim["units"][kind] in UNITS
        for model, found in _found(claim, kind)
        if outcome_of(kind, found["verdict"]) != Outcome.UNTESTED
    ]
    return pd.DataFrame(rows, columns=FIELDS).astype(dict.fromkeys(FIELDS[-4:], float))


def _found(claim: Mapping[str, Any], kind: Kind) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the verdict on each model, and over all of them if their figures have a mean."""
    found = [(entry["model"], entry[kind]) for entry in claim["models"]]
    together = claim["overall"][kind]
    summary = together["models"] and together["models"]["random_effects"]
    if summary:
        mean = summary["mean"]
        known = {"verdict": together["verdict"], "value": mean["value"], "interval": [mean["low"], mean["high"]]}
        found.append((ALL_MODELS, known))
    return found


def _row(claim: Mapping[str, Any], kind: Kind, model: str, found: Mapping[str, Any]) -> dict[str, Any]:
    unit = claim["units"][kind]
    figures = [found["value"], *(found["interval"] or (None, None)), claim["paper_figure"]]
    if unit == "layer":
        layers = {entry["model"]: entry["layers"] for entry in claim["models"]}[model]
        figures = [None if figure is None else figure / max(layers - 1, 1) for figure in figures]
    named = (claim["id"], claim["title"], unit, kind, model, found["verdict"])
    return dict(zip(FIELDS, (*named, *figures), strict=True))


@styled()
def draw(figures: pd.DataFrame, models: Sequence[str], confidence_level: float) -> Figure:
    """Draw one panel a claim, one row a model.

    Parameters
    ----------
    figures : DataFrame
        From `tabulate`.
    models : sequence of str
        In the order of the study.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    Figure
    """
    names = [*models, ALL_MODELS] if len(models) > 1 else list(models)
    claims = list(figures.groupby(["claim", "unit"], sort=False))
    rows = max(-(-len(claims) // COLUMNS), 1)
    figure = Figure(figsize=(WIDTH, 0.6 + rows * (0.85 + 0.28 * len(names))))
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    letters = panel_letters(len(claims))
    for number, (axes, (_, own)) in enumerate(zip(panels, claims, strict=False)):
        _draw_claim(axes, own, names)
        title_panel(axes, letters, fill(own["title"].iloc[0], 30))
        axes.set_yticks(range(len(names)), names if number % COLUMNS == 0 else [""] * len(names))
    for unused in panels[len(claims) :]:
        unused.set_axis_off()
    if not claims:
        panels[0].text(0, 0.5, "No claim that has a figure is tested.")
    add_key(figure, _key(figures, confidence_level), most=3)
    return figure


def _draw_claim(axes: Axes, figures: pd.DataFrame, names: Sequence[str]) -> None:
    """Draw a claim's figures, on a scale of their unit that shows those of the models with their intervals."""
    unit = figures["unit"].iloc[0]
    shown = figures.assign(
        **{key: 100 * figures[key] for key in ("value", "low", "high", "paper")} if unit == "share" else {}
    )
    _scale(axes, unit, shown[shown["model"] != ALL_MODELS])
    axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
    for name, own in shown.groupby("model"):
        place = names.index(name)
        for row in own.itertuples():
            _draw_figure(axes, row, place + PLACES[row.kind])
        papers = own["paper"].dropna().unique()
        axes.vlines(papers, place - 0.45, place + 0.45, color=PAPER, linewidth=1.5, zorder=2, gid="paper")
    for place in {*range(len(names))} - {names.index(name) for name in shown["model"]}:
        words = "" if names[place] == ALL_MODELS else "not tested"
        axes.text(0.01, place, words, transform=axes.get_yaxis_transform(), va="center", color=MUTED, fontsize=SMALL)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(UNITS[unit], labelpad=1)


def _scale(axes: Axes, unit: str, figures: pd.DataFrame) -> None:
    ends = figures[["value", "low", "high", "paper"]].to_numpy(dtype=float)
    ends = np.append(ends[np.isfinite(ends)], 0.0)
    if unit == "percent":
        percent_axis(axes, percent_limits(ends, margin=0.08), most=5, along="x")
        return
    if unit == "layer":
        axes.set_xlim(-0.05, 1.05)
    else:
        room = 0.08 * max(np.ptp(ends), NARROWEST[unit])
        axes.set_xlim(ends.min() - room, ends.max() + room)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.minus(f"{value:g}")))


def _draw_figure(axes: Axes, row: Any, place: float) -> None:
    """Draw one figure with its interval; where that goes on beyond the scale, an arrow says so."""
    look = dict(LOOKS[row.kind])
    if row.model == ALL_MODELS:
        look |= {"marker": "d", "color": INK, "markersize": look["markersize"] + 1}
    if outcome_of(row.kind, row.verdict) > Outcome.PARTLY:
        look |= {"markerfacecolor": "white"}
    left, right = axes.get_xlim()
    if pd.notna(row.low):
        width = 0.8 if row.model == ALL_MODELS else 1.3
        line = {"color": look["color"], "linewidth": width, "zorder": look["zorder"]}
        axes.hlines(place, max(row.low, left), min(row.high, right), gid=f"{row.kind} interval", **line)
        for end, beyond, arrow in ((left, row.low < left, "<"), (right, row.high > right, ">")):
            if beyond:
                axes.plot(end, place, marker=arrow, color=look["color"], markersize=4, clip_on=False, gid="beyond")
    axes.plot(np.clip(row.value, left, right), place, linestyle="", gid=f"{row.kind} {row.model}", **look)


def _key(figures: pd.DataFrame, confidence_level: float) -> list[Line2D]:
    drawn: list[tuple[str, dict[str, Any]]] = [
        (KINDS["fresh"].lower(), LOOKS["fresh"]),
        (KINDS["measured"].lower(), LOOKS["measured"]),
        ("hollow: does not hold, or cannot tell", LOOKS["fresh"] | {"markerfacecolor": "white"}),
    ]
    if (figures["model"] == ALL_MODELS).any():
        drawn.append(("all models (arrow: the interval goes on)", {"marker": "d", "color": INK}))
    return [
        *(Line2D([], [], linestyle="", label=label, **look) for label, look in drawn),
        Line2D([], [], color=MUTED, linewidth=1.3, label=f"{formats.level(confidence_level)} interval"),
        Line2D([], [], color=PAPER, linewidth=1.5, label="the paper's figure"),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    claims = read_json(job_input.claims)["claims"]
    models = [entry["model"] for entry in claims[0]["models"]]
    figures = tabulate(claims)
    save_figure(draw(figures, models, params.confidence_level), output.exhibit, identifier)
    write_csv(figures, output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
