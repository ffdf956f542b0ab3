"""The explorer's charts, in the colours of the report's figures. A click on a chart is a choice."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import altair as alt
import pandas as pd

from sna.figures.contrast import text_colour
from sna.figures.style import (
    COLOURS,
    DIVERGING,
    INK,
    LINEAR_PERCENT,
    MUTED,
    SCALE_NOTE,
    in_order,
    percent_norm,
    percent_ticks,
)
from sna.formats import NOTHING, signed, words

Axis = TypeVar("Axis", alt.X, alt.Y)
Drawn = TypeVar("Drawn", alt.Chart, alt.LayerChart)

#: The name of every chart's selection.
CLICKED = "clicked"
_IMPROVEMENT = "Improvement (%)"
_LEAST = 1e-9
#: Of a chart with two continuous axes, in pixels, with its legend.
_HEIGHT = 430
#: What `sna.figures.style` does with percentages and names, in Vega's language.
_SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+~f')"
_WORDS = "replace(datum.label, /_/g, ' ')"
_MARKERS = {"arithmetic": "circle", "logic": "square", "semantics": "triangle-up", "poetry": "diamond",
            "coding": "triangle-down"}  # fmt: skip
_OWN = ["its own are amplified", "others' alone"]
#: A task as words; charts are chosen from by its name.
_TASK = alt.Tooltip("name:N", title="task")


def clicked(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the mark that was clicked last; none if a click took the choice back.

    Parameters
    ----------
    event : mapping
        A chart's value, as Streamlit keeps it.

    Returns
    -------
    dict of str to object
    """
    chosen = event.get("selection", {}).get(CLICKED) or []
    return dict(chosen[-1]) if chosen else {}


def finished(chart: Drawn, height: int | alt.Step) -> Drawn:
    """Give a chart its height and its type: dark, and no label moved away from the row that it names.

    Parameters
    ----------
    chart : Chart or LayerChart
    height : int or Step
        In pixels, of the chart or of a row.

    Returns
    -------
    Chart or LayerChart
    """
    return (
        chart.properties(height=height)
        .configure_axis(labelColor=INK, titleColor=INK, labelFlush=False)
        .configure_legend(labelColor=INK, titleColor=INK)
    )


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Add each row's task as words."""
    return rows.assign(name=rows["task"].map(words))


def draw_layers(best: pd.DataFrame, task: str, layer: int) -> alt.Chart:
    """Draw the map of tasks and layers, with one cell chosen.

    Parameters
    ----------
    best : DataFrame
        From `sna.exploration.results.layer_map`.
    task, layer
        The chosen cell.

    Returns
    -------
    Chart
    """
    tasks = list(dict.fromkeys(in_order(best)["task"]))
    cells = _cells(
        _named(best).assign(chosen=(best["task"] == task) & (best["layer"] == layer)),
        alt.X("layer:O", title="Layer", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        alt.Y("task:N", title=None, sort=tasks, axis=alt.Axis(labelExpr=_WORDS, labelLimit=200)),
        ["task", "layer"],
        [_TASK, "layer"],
    )
    return finished(cells, alt.Step(24))


def draw_grid(rows: pd.DataFrame, neurons: int, multiplier: float) -> alt.LayerChart:
    """Draw the grid of neuron counts and multipliers, with one cell chosen.

    Parameters
    ----------
    rows : DataFrame
        One task's or prompt's configurations at one layer: `neurons`, `multiplier`, `improvement`.
    neurons, multiplier
        The chosen cell.

    Returns
    -------
    LayerChart
    """
    norm = percent_norm(rows["improvement"])
    shown = rows.assign(
        chosen=(rows["neurons"] == neurons) & (rows["multiplier"] == multiplier),
        label=rows["improvement"].map(signed),
        light=[text_colour(DIVERGING(norm(value))) == "white" for value in rows["improvement"]],
    )
    cells = _cells(
        shown,
        alt.X("multiplier:O", title="Multiplier", axis=alt.Axis(labelAngle=0)),
        alt.Y("neurons:O", title="Neurons amplified", sort="descending"),
        ["neurons", "multiplier"],
        ["neurons", "multiplier"],
    )
    labels = (
        alt.Chart(shown)
        .mark_text(fontSize=11)
        .encode(
            x="multiplier:O",
            y=alt.Y("neurons:O", sort="descending"),
            text="label:N",
            color=alt.condition("datum.light", alt.value("white"), alt.value("black")),
        )
    )
    return finished(cells + labels, alt.Step(30))


def _cells(
    rows: pd.DataFrame, x: alt.X, y: alt.Y, fields: Sequence[str], tooltip: Sequence[str | alt.Tooltip]
) -> alt.Chart:
    largest = max(1.0, float(rows["improvement"].abs().max()))
    scale = alt.Scale(type="symlog", constant=LINEAR_PERCENT, domain=[-largest, largest], scheme="redblue")
    ticks = percent_ticks(-largest, largest, most=7)
    # Not a gradient, which the browser looks for at the address that the page had when it was drawn.
    legend = alt.Legend(
        type="symbol",
        symbolType="square",
        symbolSize=220,
        symbolStrokeWidth=0,
        orient="bottom",
        columns=len(ticks),
        values=ticks,
        titleLimit=400,
        labelExpr=_SIGNED,
    )
    return (
        alt.Chart(rows)
        .mark_rect(strokeWidth=3)
        .encode(
            x=x,
            y=y,
            color=alt.Color("improvement:Q", title=f"{_IMPROVEMENT[:-1]}; {SCALE_NOTE})", scale=scale, legend=legend),
            stroke=alt.condition("datum.chosen", alt.value(INK), alt.value("transparent")),
            tooltip=[*tooltip, _tooltip("improvement", "improvement (%)", "+.1f")],
        )
        .add_params(alt.selection_point(name=CLICKED, fields=list(fields)))
    )


def draw_dose_response(rows: pd.DataFrame, neurons: int, multiplier: float) -> alt.LayerChart:
    """Draw improvement against multiplier, a line a neuron count, with one point chosen.

    Parameters
    ----------
    rows, neurons, multiplier
        As `draw_grid` takes them, with the ends `low` and `high` of their intervals, NaN where not known: those of the
        chosen count are drawn.

    Returns
    -------
    LayerChart
    """
    # A multiplier of 1 is the model as it is, so every line starts there.
    start = pd.DataFrame({"neurons": sorted(rows["neurons"].unique()), "multiplier": 1.0, "improvement": 0.0})
    lines = pd.concat([start, rows[["neurons", "multiplier", "improvement"]]])
    ticks = [1.0, *sorted(rows["multiplier"].unique())]
    x = alt.X("multiplier:Q", title="Multiplier (log scale)").scale(type="log", nice=False, domain=_ends(ticks))
    x = x.axis(values=ticks, format="~g", labelOverlap=True, grid=False)
    colour = (
        alt.Color("neurons:O", title="Neurons").scale(scheme="viridis", reverse=True).legend(orient="bottom", columns=7)
    )
    chosen = rows[rows["neurons"] == neurons]
    sure = chosen.dropna(subset=["low", "high"])
    reach = pd.concat([lines["improvement"], sure["low"], sure["high"]])
    base = alt.Chart(lines).encode(x=x, y=percent_axis("improvement", reach), color=colour)
    points = (
        alt.Chart(rows)
        .mark_circle(size=60, opacity=1)
        .encode(x=x, y="improvement:Q", color=colour, tooltip=["neurons", "multiplier", _tooltip("improvement")])
        .add_params(alt.selection_point(name=CLICKED, fields=["neurons", "multiplier"], nearest=True))
    )
    # A layer without a mark would be a picture without a text alternative.
    whiskers = [] if sure.empty else [alt.Chart(sure).mark_rule(color=INK).encode(x=x, y="low:Q", y2="high:Q")]
    ring = _ring(chosen[chosen["multiplier"] == multiplier], "multiplier:Q")
    return finished(alt.layer(base.mark_line(strokeWidth=1.5), *whiskers, points, ring), _HEIGHT)


def draw_zones(tasks: pd.DataFrame, boundaries: Sequence[float], task: str) -> alt.LayerChart:
    """Draw each task's best improvement against its baseline, and the zones' boundaries, with one task chosen.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    boundaries : sequence of float
        Of the zones.
    task : str
        The chosen one.

    Returns
    -------
    LayerChart
    """
    there = [category for category in COLOURS if category in set(tasks["category"])]
    x = alt.X("baseline:Q", title="Baseline probability of the target (log scale; dashed: zones)").scale(
        type="log", nice=False, domain=_ends([*tasks["baseline"], *boundaries], 1.25)
    )
    x = x.axis(values=[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], format="~g", grid=False)
    shape = alt.Shape("category:N", title="Category").scale(domain=there, range=[_MARKERS[name] for name in there])
    colour = alt.Color("category:N", title="Category").scale(domain=there, range=[COLOURS[name] for name in there])
    points = (
        alt.Chart(_named(tasks))
        .mark_point(size=110, filled=True, opacity=1, stroke=INK, strokeWidth=0.6)
        .encode(
            x=x,
            y=percent_axis("best_improvement", tasks["best_improvement"]),
            color=colour.legend(orient="bottom", columns=5, symbolStrokeWidth=0.6),
            shape=shape,
            tooltip=[_TASK, _tooltip("baseline", form=".3f"), _tooltip("best_improvement", "best improvement (%)")],
        )
        .add_params(alt.selection_point(name=CLICKED, fields=["task"]))
    )
    edges = pd.DataFrame({"baseline": list(boundaries)})
    rules = alt.Chart(edges).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x="baseline:Q")
    chosen = _named(tasks[tasks["task"] == task])
    name = alt.Chart(chosen).mark_text(dy=-16, fontSize=12, color=INK).encode(x=x, y="best_improvement:Q", text="name")
    ring = _ring(chosen, "baseline:Q", "best_improvement:Q")
    return finished(rules + points + ring + name, _HEIGHT)


def draw_tokens(rows: pd.DataFrame) -> alt.LayerChart:
    """Draw the likeliest next tokens' probabilities before and after.

    Parameters
    ----------
    rows : DataFrame
        From `sna.exploration.asking.compare`.

    Returns
    -------
    LayerChart
    """
    rows = rows.assign(token=rows["token"].where(~rows["target"], rows["token"] + " (target)"))
    y = alt.Y("token:N", title=None, sort=list(rows["token"]), axis=alt.Axis(labelLimit=200, labelOverlap=False))
    # A logarithmic scale has no place for 0, and below this nobody can tell one from another.
    ends = pd.concat([rows["before"], rows["after"]]).clip(lower=_LEAST)
    scale = alt.Scale(type="log", domain=_ends(ends, 1.3), clamp=True, nice=False)
    long = rows.melt(["id", "token"], ["before", "after"], var_name="when", value_name="probability")
    colour = alt.Color("when:N", title=None).scale(domain=["before", "after"], range=["#999999", COLOURS["arithmetic"]])
    x = alt.X("probability:Q", title="Probability of the next token (log scale)", scale=scale)
    points = (
        alt.Chart(long)
        .mark_circle(size=70, opacity=1)
        .encode(
            x=x.axis(format="~g", tickCount=5),
            y=y,
            color=colour.legend(orient="top"),
            tooltip=["token", "id", "when", _tooltip("probability", form=".4g")],
        )
    )
    moves = alt.Chart(rows).mark_rule(color=MUTED).encode(x=alt.X("before:Q", scale=scale), x2="after:Q", y=y)
    return finished(moves + points, alt.Step(19))


def draw_swept_layers(best: pd.DataFrame, layer: int | None) -> alt.Chart:
    """Draw the best improvement of each layer that was swept, with one chosen.

    Parameters
    ----------
    best : DataFrame
        `layer` and `improvement` (percent).
    layer : int or None
        The chosen one.

    Returns
    -------
    Chart
    """
    bars = (
        alt.Chart(best.assign(chosen=best["layer"] == layer))
        .mark_bar(color=COLOURS["arithmetic"], strokeWidth=3)
        .encode(
            x=alt.X("layer:O", title="Layer", axis=alt.Axis(labelAngle=0)),
            y=percent_axis("improvement", best["improvement"]),
            stroke=alt.condition("datum.chosen", alt.value(INK), alt.value("transparent")),
            tooltip=["layer", _tooltip("improvement", "best improvement (%)")],
        )
        .add_params(alt.selection_point(name=CLICKED, fields=["layer"]))
    )
    return finished(bars, 300)


def draw_changes(tasks: pd.DataFrame) -> alt.LayerChart:
    """Draw what becomes of tasks under several tasks' neurons.

    Parameters
    ----------
    tasks : DataFrame
        A row a task: `task`, `category`, `baseline`, `probability`, `improvement` (percent) from `improvement_low` to
        `improvement_high`, `amplified`, and `alone` (percent; NaN where it is not known), its gain with its own neurons
        alone.

    Returns
    -------
    LayerChart
    """
    y = alt.Y("task:N", title=None, sort=list(in_order(tasks)["task"])).axis(labelExpr=_WORDS, labelLimit=200)
    intervals = ["improvement", "improvement_low", "improvement_high"]
    ends = pd.concat([*(tasks[name] for name in intervals), tasks["alone"]]).dropna()
    x = percent_axis("improvement", ends, alt.X)
    colour = alt.Color("own:N", title="Neurons").scale(domain=_OWN, range=[COLOURS["arithmetic"], MUTED])
    tooltip = [_TASK, _tooltip("improvement", "together (%)"), alt.Tooltip("said:N", title="alone (%)")]
    rows = _named(tasks).assign(
        own=[_OWN[not amplified] for amplified in tasks["amplified"]],
        said=[NOTHING if pd.isna(alone) else signed(alone) for alone in tasks["alone"]],
    )
    bars = alt.Chart(rows).mark_bar(height=12).encode(x=x, y=y, color=colour.legend(orient="top"), tooltip=tooltip)
    sure = alt.Chart(tasks.dropna(subset=intervals)).mark_rule(color=INK, strokeWidth=1.5)
    bars += sure.encode(x="improvement_low:Q", x2="improvement_high:Q", y=y)
    known = tasks.dropna(subset="alone")
    alone = alt.Chart(known).mark_point(shape="diamond", size=90, color=INK, strokeWidth=1.5).encode(x="alone:Q", y=y)
    # A layer without a mark would be a picture without a text alternative.
    return finished(bars if known.empty else bars + alone, alt.Step(26))


def percent_axis(field: str, values: pd.Series, axis: type[Axis] = alt.Y) -> Axis:
    """Return an axis of percentages, linear around 0 and logarithmic beyond, as in the report's figures.

    Parameters
    ----------
    field : str
    values : Series
        All that must find place, in percent; 0 does too.
    axis : type
        `altair.Y` or `altair.X`.

    Returns
    -------
    Y or X
    """
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    scale = alt.Scale(type="symlog", constant=LINEAR_PERCENT, domain=[low * 1.15, high * 1.15], nice=False)
    ticks = percent_ticks(low, high, most=9)
    return axis(f"{field}:Q", title=_IMPROVEMENT, scale=scale, axis=alt.Axis(values=ticks, labelExpr=_SIGNED))


def _ring(chosen: pd.DataFrame, x: str, y: str = "improvement:Q") -> alt.Chart:
    return alt.Chart(chosen).mark_point(size=260, color=INK, strokeWidth=2).encode(x=x, y=y)


def _ends(values: Sequence[float], margin: float = 1.05) -> list[float]:
    return [min(values) / margin, max(values) * margin]


def _tooltip(field: str, title: str | None = None, form: str = "+.1f") -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", title=title or field, format=form)
