"""Plot the gain over the baseline prompt by prompt, and that of tasks composed in the transition zone and beside it.

Reads statistics/transition.json; writes figures/transition.svg, for each model the logit gain and the improvement in
percent, and what it draws: figures/transition.csv.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sna import formats
from sna.figures.keys import add_key
from sna.figures.letters import Heading, name_block, panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import (
    COLOURS,
    INK,
    MUTED,
    SCALE_NOTE,
    WIDTH,
    percent_axis,
    percent_limits,
    point,
    probability_axis,
    styled,
)
from sna.job import job
from sna.statistics.estimate import UNDEFINED
from sna.statistics.results import read_results
from sna.statistics.transition import Transition
from sna.statistics.transition_parts import PARTS, Composed
from sna.tables import write_csv

#: What stands for all categories together.
ALL = "all"
#: What is drawn, and what its axis is called.
GAINS = {"logit_gain": "Logit gain (nats)", "improvement": f"Improvement (%)\n{SCALE_NOTE}"}
_NAMES = {
    "zone1": "zone 1",
    "below": "next\nbelow",
    "transition": "transition\nzone",
    "above": "next\nabove",
    "zone3": "zone 3",
}
_SHADE, _BAND, _RANDOM = "#E9E9E9", "#9DBFD8", "#999999"
_CURVE = "#0072B2"
#: How far apart the composed tasks of a part stand.
_STEP = 0.13


def tabulate(results: Mapping[str, Transition]) -> pd.DataFrame:
    """Return what `draw` draws.

    Parameters
    ----------
    results : mapping
        By model.

    Returns
    -------
    DataFrame
        Rows of a `curve` at its baselines, and rows of a `part` of the prompts of one category or of all, at their mean
        baseline. The gains with their intervals, in nats and in percent. Of a curve also those under random neurons and
        those of a constant logit shift, of a part how many `prompts` it has.
    """
    return pd.DataFrame(
        [row for model, found in results.items() for row in [*_curve(model, found), *_parts(model, found)]]
    )


def _curve(model: str, found: Transition) -> list[dict[str, Any]]:
    if found.curve is None:
        return []
    curve = found.curve
    names = ("baseline", "logit_gain", "logit_gain_random", "improvement", "improvement_random", "improvement_of_shift")
    return [
        {
            "model": model,
            "kind": "curve",
            "category": ALL,
            "part": "",
            "prompts": None,
            "baseline": baseline,
            **gain.columns("logit_gain"),
            **percent.columns("improvement"),
            "logit_gain_random": random,
            "improvement_random": percent_random,
            "logit_gain_of_shift": curve.shift,
            "improvement_of_shift": shifted,
        }
        for baseline, gain, random, percent, percent_random, shifted in zip(
            *(getattr(curve, name) for name in names), strict=True
        )
    ]


def _parts(model: str, found: Transition) -> list[dict[str, Any]]:
    composed: dict[str, Composed] = {ALL: found.change.composed, **found.categories}
    return [
        {
            "model": model,
            "kind": "part",
            "category": category,
            "part": name,
            "prompts": part.n,
            "baseline": part.baseline,
            **part.logit_gain.columns("logit_gain"),
            **part.improvement.columns("improvement"),
            "logit_gain_random": _less(part.logit_gain.value, part.logit_gain_beyond.value),
            "improvement_random": _less(part.improvement.value, part.improvement_beyond.value),
        }
        for category, own in composed.items()
        for name, part in own.parts.items()
    ]


def _less(value: float | None, beyond: float | None) -> float | None:
    return None if value is None or beyond is None else value - beyond


@styled()
def draw(results: Mapping[str, Transition], confidence_level: float) -> Figure:
    """Draw for each model the curves over the baseline, and the composed tasks beside them.

    Parameters
    ----------
    results : mapping
        By model.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    Figure
    """
    rows = tabulate(results)
    figure = Figure(figsize=(WIDTH, 0.9 + 5.8 * len(results)))
    panels = figure.subplots(2 * len(results), 2, squeeze=False, sharey="row", width_ratios=(1.5, 1))
    letters = panel_letters(panels.size)
    for number, (model, found) in enumerate(results.items()):
        own = rows[rows["model"] == model]
        for name, (curve, parts) in zip(GAINS, panels[2 * number :], strict=False):
            _draw_curve(curve, own[own["kind"] == "curve"], name, found)
            _draw_parts(parts, own[own["kind"] == "part"], name)
            curve.set_ylabel(GAINS[name])
        _scale_percent(panels[2 * number + 1], own)
        _draw_boundaries(panels[2 * number, 0], found)
        titles = ("All prompts", "Composed tasks")
        block = panels[2 * number : 2 * number + 2].ravel()
        written = [title_panel(axes, letters, title) for axes, title in zip(block, 2 * titles, strict=True)]
        name_block(block[0], block[0].add_artist(Heading(describe(found), written[0])), model)
        panels[2 * number + 1, 0].set_xlabel("Baseline of the prompt (log scale)")
    add_key(figure, _key(rows, confidence_level), where="outside lower left")
    return figure


def describe(found: Transition) -> str:
    """Write how fast the gain changes in the zone and beside it, and where the fitted boundaries lie.

    Parameters
    ----------
    found : Transition

    Returns
    -------
    str
    """
    course, fitted = found.change.course, found.fitted
    slopes = "Too few prompts in the zone, or beside it, to compare slopes"
    if course.faster.low is not None:
        slopes = (
            f"Change over a tenfold baseline, beyond random neurons:\n{formats.estimate(course.within, 'nats')} in the "
            f"zone, {formats.number(course.below.value)} below, {formats.number(course.above.value)} above"
        )
    ends = [
        "none" if at.value is None else f"{formats.probability(at.value)} ({_range(at.low, at.high)})"
        for at in (fitted.lower, fitted.upper)
    ]
    explained = f", {formats.share(fitted.r_squared)} of the variance" if fitted.r_squared is not None else ""
    return f"{slopes}\nFitted boundaries: {ends[0]} and {ends[1]}{explained}; n = {formats.count(fitted.n)} prompts"


def _range(low: float | None, high: float | None) -> str:
    return f"{formats.probability(low)} to {formats.probability(high)}"


def _draw_curve(axes: Axes, rows: pd.DataFrame, name: str, found: Transition) -> None:
    """Draw one gain over the baseline, its band, that under random neurons, and that of a constant logit shift."""
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    axes.axvspan(*found.boundaries, color=_SHADE, linewidth=0, zorder=0, gid="zone")
    if rows.empty:
        probability_axis(axes, found.boundaries)
        axes.text(0.5, 0.5, "too few prompts for a curve", transform=axes.transAxes, ha="center", color=MUTED)
        return
    probability_axis(axes, rows["baseline"])
    across = rows["baseline"].to_numpy(dtype=float)
    low, high, random, shifted = (
        rows[f"{name}{end}"].to_numpy(dtype=float) for end in ("_low", "_high", "_random", "_of_shift")
    )
    axes.fill_between(across, low, high, color=_BAND, alpha=0.5, linewidth=0, zorder=2, gid="band")
    axes.plot(across, random, color=_RANDOM, linewidth=1.2, zorder=2, gid="random")
    axes.plot(across, shifted, color=INK, linewidth=1.0, linestyle="--", zorder=3, gid="shift")
    axes.plot(across, rows[name], color=_CURVE, linewidth=1.6, zorder=4, gid="curve")


def _draw_parts(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    """Draw the gains of the composed tasks, a place for each part, from the lowest baselines to the highest."""
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    axes.axvspan(1.5, 2.5, color=_SHADE, linewidth=0, zorder=0)
    shown = [category for category in (*COLOURS, ALL) if category in set(rows["category"])]
    for place, category in enumerate(shown):
        own = rows[rows["category"] == category].set_index("part").loc[list(PARTS)]
        at = np.arange(len(PARTS)) + _STEP * (place - (len(shown) - 1) / 2)
        look = _look(category)
        ends = [own[f"{name}{end}"].to_numpy(dtype=float) for end in ("_low", "_high")]
        axes.vlines(at, *ends, color=look["color"], linewidth=1.2, zorder=3)
        axes.plot(at, own[name].to_numpy(dtype=float), gid=f"{name} {category}", zorder=4, **look)
    axes.set_xticks(range(len(PARTS)), [_NAMES[part] for part in PARTS])
    axes.tick_params(axis="x", length=0)
    axes.tick_params(axis="y", labelleft=False)
    axes.set_xlim(-0.6, len(PARTS) - 0.4)


def _look(category: str) -> dict[str, Any]:
    if category == ALL:
        return {"linestyle": "", "marker": "*", "markersize": 10, "color": INK}
    return point(category) | {"markersize": 5.5}


def _scale_percent(panels: Sequence[Axes], rows: pd.DataFrame) -> None:
    """Give a row of panels a percent scale that shows all that is drawn there."""
    names = [name for name in rows if name.startswith("improvement")]
    drawn = rows[names].to_numpy(dtype=float)
    limits = percent_limits(drawn[np.isfinite(drawn)])
    for axes in panels:
        percent_axis(axes, limits)
    panels[-1].tick_params(axis="y", labelleft=False)


def _draw_boundaries(axes: Axes, found: Transition) -> None:
    """Draw the fitted boundaries with their intervals at the foot of a panel."""
    for height, at in zip((0.035, 0.075), (found.fitted.lower, found.fitted.upper), strict=True):
        if at == UNDEFINED:
            continue
        foot = {"transform": axes.get_xaxis_transform(), "color": INK, "zorder": 5}
        axes.plot([at.low, at.high], [height] * 2, linewidth=1.4, gid="boundary interval", **foot)
        axes.plot(at.value, height, "|", markersize=9, markeredgewidth=1.6, gid="boundary", **foot)


def _key(rows: pd.DataFrame, confidence_level: float) -> list[Line2D | Patch]:
    present = [category for category in (*COLOURS, ALL) if category in set(rows["category"])]
    names = {ALL: "all categories"}
    return [
        Line2D([], [], color=_CURVE, linewidth=1.6, label="all prompts, smoothed"),
        Patch(color=_BAND, alpha=0.5, linewidth=0, label=f"its {formats.level(confidence_level)} band over tasks"),
        Line2D([], [], color=_RANDOM, linewidth=1.2, label="under random neurons"),
        Line2D([], [], color=INK, linewidth=1.0, linestyle="--", label="their median logit gain for all"),
        Patch(color=_SHADE, linewidth=0, label="the paper's transition zone"),
        Line2D([], [], color=INK, linewidth=1.4, marker="|", markersize=9, label="fitted boundaries"),
        *(
            Line2D([], [], label=f"composed: {names.get(category, category)}", **_look(category))
            for category in present
        ),
    ]


def main(job_input, output, params, identifier: str | None = None) -> None:
    results = read_results(job_input.transition, Transition)
    save_figure(draw(results, params.confidence_level), output.exhibit, identifier)
    write_csv(tabulate(results), output.data)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
