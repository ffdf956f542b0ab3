"""The charts beside one's own prompt: random neurons, and the target after every layer."""

from collections.abc import Iterable

import altair as alt
import pandas as pd

from explorer_pages.charts import finished, percent_axis
from sna.figures.style import COLOURS, INK, MUTED
from sna.statistics.estimate import Estimate

CHOSEN, RANDOM = "chosen neurons", "random neurons"
_BEFORE, _AFTER = "before", "after"
_GREY = "#999999"


def draw_random(draws: pd.DataFrame, middle: Estimate, chosen: float) -> alt.LayerChart:
    """Draw what the chosen neurons change, and what each set of random ones does, their mean and interval.

    Parameters
    ----------
    draws : DataFrame
        Of `sna.exploration.beside.RandomNeurons`.
    middle : Estimate
        The same's `improvement`.
    chosen : float
        In percent.

    Returns
    -------
    LayerChart
    """
    points = pd.DataFrame({"what": RANDOM, "improvement": draws["improvement"]})
    own = pd.DataFrame({"what": [CHOSEN], "improvement": [chosen]})
    mean = pd.DataFrame({"what": [RANDOM], "improvement": [middle.value], "low": [middle.low], "high": [middle.high]})
    y = alt.Y("what:N", title=None, sort=[CHOSEN, RANDOM])
    x = percent_axis("improvement", pd.concat([points["improvement"], own["improvement"]]), alt.X)
    x = x.title("Change of the target's probability (%)")
    tooltip = alt.Tooltip("improvement:Q", title="change (%)", format="+.2f")
    base = alt.Chart(points).encode(x=x, y=y)
    return finished(
        base.mark_circle(size=60, color=MUTED, opacity=0.5).encode(tooltip=tooltip)
        + alt.Chart(mean).mark_rule(color=INK, strokeWidth=1.5).encode(x="low:Q", x2="high:Q", y=y)
        + alt.Chart(mean).mark_tick(color=INK, thickness=3).encode(x="improvement:Q", y=y)
        + alt.Chart(own)
        .mark_point(shape="diamond", size=140, filled=True, opacity=1, color=COLOURS["arithmetic"])
        .encode(x="improvement:Q", y=y, tooltip=tooltip),
        alt.Step(44),
    )


def draw_lens(rows: pd.DataFrame, amplified: Iterable[int]) -> alt.LayerChart:
    """Draw the logit of a token of the target after every layer, before and after amplification.

    Parameters
    ----------
    rows : DataFrame
        One token's, from `sna.exploration.beside.read_layers`.
    amplified : iterable of int
        The layers that are, which are dashed.

    Returns
    -------
    LayerChart
    """
    parts = [
        pd.DataFrame(
            {"layer": rows["layer"], "when": when, "logit": rows[f"logit_{when}"], "p": rows[f"probability_{when}"]}
        )
        for when in (_BEFORE, _AFTER)
    ]
    colour = alt.Color("when:N", title=None).scale(domain=[_BEFORE, _AFTER], range=[_GREY, COLOURS["arithmetic"]])
    x = alt.X("layer:Q", title="Layer (dashed: amplified)").axis(tickMinStep=1, format="d", grid=False)
    lines = alt.Chart(pd.concat(parts)).encode(
        x=x.scale(nice=False, domain=[0, int(rows["layer"].max())]),
        y=alt.Y("logit:Q", title="Logit of the target").scale(zero=False),
        color=colour.legend(orient="top"),
        tooltip=[
            "layer",
            "when",
            alt.Tooltip("logit:Q", format=".2f"),
            alt.Tooltip("p:Q", title="probability", format=".4g"),
        ],
    )
    drawn = [lines.mark_line(strokeWidth=1.5), lines.mark_circle(size=45, opacity=1)]
    # A layer without a mark would be a picture without a text alternative.
    if marked := sorted(amplified):
        rules = alt.Chart(pd.DataFrame({"layer": marked})).mark_rule(color=MUTED, strokeDash=[4, 3])
        drawn.insert(0, rules.encode(x="layer:Q"))
    return finished(alt.layer(*drawn), 320)
