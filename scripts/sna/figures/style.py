"""The figures' one visual language: colours, type, sizes, and the percent scale."""

from collections.abc import Iterable
from typing import Any, Literal

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, SymLogNorm
from matplotlib.scale import SymmetricalLogTransform
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from sna.formats import minus, plain, power

#: Categories in the order of every figure. The colours are of the Okabe-Ito palette, which colour-blind readers can
#: tell apart; the markers tell categories apart without any colour. https://jfly.uni-koeln.de/color/
COLOURS = {
    "arithmetic": "#0072B2",
    "logic": "#D55E00",
    "semantics": "#009E73",
    "poetry": "#CC79A7",
    "coding": "#E69F00",
}
MARKERS = {"arithmetic": "o", "logic": "s", "semantics": "^", "poetry": "D", "coding": "v"}

INK = "#222222"
MUTED = "#666666"

#: Improvements: red is harm, blue is help, white is neither.
DIVERGING: Colormap = matplotlib.colormaps["RdBu"]

#: Improvements have heavy tails. Scales are linear between minus and plus this many percent, logarithmic beyond.
LINEAR_PERCENT = 10.0
#: Length of the linear part of either side, in decades of the logarithmic part: with it the scale has no kink.
_LINEAR_LENGTH = 0.9 / np.log(10)
SCALE_NOTE = f"linear to ±{plain(LINEAR_PERCENT)} %, logarithmic beyond"
#: The same for logits.
LINEAR_LOGITS = 0.5
LOGIT_NOTE = f"linear to ±{plain(LINEAR_LOGITS)}, logarithmic beyond"
#: An axis of probabilities that goes below this one has powers of ten.
_LEAST_DECIMAL = 5e-5

#: Inches: two columns of a journal, 183 mm. The report stretches it over its page.
WIDTH = 7.2
#: Typographic points of the smallest text, which journals still print.
SMALL = 7

_SETTINGS = {
    "figure.dpi": 72,  # that of SVG, so that text measured for its placing is as large as text drawn
    "figure.constrained_layout.use": True,
    # The first comes with matplotlib, so that every machine measures text alike. An SVG file names all: the next ones
    # are about as wide, for browsers that do not have it.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Bitstream Vera Sans", "Verdana", "Geneva", "Arial", "Helvetica"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.title_fontsize": SMALL,
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,  # TrueType, which journals ask for
    "svg.hashsalt": "sna",  # the ids in the file would be random without it
}


def styled() -> Any:
    """Give a context, or a decorator, inside which matplotlib draws in this style.

    Returns
    -------
    context manager
    """
    return matplotlib.rc_context(_SETTINGS)


def in_order(tasks: pd.DataFrame) -> pd.DataFrame:
    """Sort rows that have a `category` and a `task` by category, in the order of `COLOURS`, then by task.

    Parameters
    ----------
    tasks : DataFrame
        With the columns `category` and `task`.

    Returns
    -------
    DataFrame
        The same rows.
    """
    ranks = {category: rank for rank, category in enumerate(COLOURS)}
    return tasks.sort_values(
        ["category", "task"], key=lambda column: column.map(ranks) if column.name == "category" else column
    )


def point(category: str) -> dict[str, object]:
    """Return how a line's markers look when each stands for a task of a category: coloured, shaped, and dark-edged.

    Parameters
    ----------
    category : str
        Of `COLOURS`.

    Returns
    -------
    dict
        Keywords of `Axes.plot`.
    """
    return {
        "linestyle": "",
        "marker": MARKERS[category],
        "markersize": 7,
        "color": COLOURS[category],
        "markeredgecolor": INK,
        "markeredgewidth": 0.6,
    }


#: Writes ticks of a percent scale, which are round, with all their digits.
PERCENT_TICK = FuncFormatter(lambda value, _: minus(f"{value:+g}"))


def percent_limits(values: Iterable[float], margin: float = 0.06) -> tuple[float, float]:
    """Return the limits of a percent scale that shows all `values` and 0, with a margin on either side.

    Parameters
    ----------
    values : iterable of float
        Percent.
    margin : float
        Share of the axis.

    Returns
    -------
    low, high : float
        Percent.
    """
    shown = np.append(np.asarray(list(values), dtype=float), 0.0)
    scale = SymmetricalLogTransform(base=10, linthresh=LINEAR_PERCENT, linscale=_LINEAR_LENGTH)
    placed = scale.transform(shown)
    room = margin * max(np.ptp(placed), 0.1)
    low, high = scale.inverted().transform(np.array([placed.min() - room, placed.max() + room]))
    return float(low), float(high)


def percent_ticks(low: float, high: float, most: int = 9) -> list[float]:
    """Return round percentages from `low` to `high`, 0 among them: about `most` at most, as the scale spaces them.

    Parameters
    ----------
    low, high : float
        Percent.
    most : int
        Ticks.

    Returns
    -------
    list of float
        Percent, ascending.
    """
    if max(abs(low), abs(high)) <= LINEAR_PERCENT:
        ticks = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [float(tick) for tick in ticks if low <= tick <= high]
    decades = 10.0 ** np.arange(1, 9)
    fine, middle, coarse = (
        [step * decade for decade in decades for step in steps] for steps in ((1, 2, 5), (1, 3), (1,))
    )
    for sizes in ([LINEAR_PERCENT / 2, *fine], middle, coarse):
        ticks = [float(tick) for tick in sorted({0.0, *sizes, *np.negative(sizes)}) if low <= tick <= high]
        if len(ticks) <= most:
            break
    return ticks


def percent_axis(axes: Axes, limits: tuple[float, float], most: int = 9, along: Literal["x", "y"] = "y") -> None:
    """Make an axis a percent scale: linear near 0, logarithmic beyond, signed round ticks.

    Parameters
    ----------
    axes : Axes
    limits : (float, float)
        Percent, from `percent_limits`.
    most : int
        Ticks.
    along : {"x", "y"}
        Across or up.
    """
    getattr(axes, f"set_{along}scale")("symlog", linthresh=LINEAR_PERCENT, linscale=_LINEAR_LENGTH)
    getattr(axes, f"set_{along}lim")(*limits)
    axis = {"x": axes.xaxis, "y": axes.yaxis}[along]
    axis.set_major_locator(FixedLocator(percent_ticks(*limits, most)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(PERCENT_TICK)


def logit_axis(axes: Axes, values: Iterable[float], along: Literal["x", "y"] = "y") -> None:
    """Make an axis a scale of logits that shows all `values` and 0: linear near 0, logarithmic beyond.

    Parameters
    ----------
    axes : Axes
    values : array_like of float
        Nats; those that are not finite do not count.
    along : {"x", "y"}
        Across or up.
    """
    shown = np.append(np.asarray(values, dtype=float).ravel(), [-0.1, 0.1])
    shown = shown[np.isfinite(shown)]
    scale = SymmetricalLogTransform(base=10, linthresh=LINEAR_LOGITS, linscale=_LINEAR_LENGTH)
    placed = scale.transform(shown)
    room = 0.05 * np.ptp(placed)
    low, high = scale.inverted().transform(np.array([placed.min() - room, placed.max() + room]))
    getattr(axes, f"set_{along}scale")("symlog", linthresh=LINEAR_LOGITS, linscale=_LINEAR_LENGTH)
    getattr(axes, f"set_{along}lim")(low, high)
    steps = (0.5, 1, 2, 4, 8, 16) if max(-low, high) > LINEAR_LOGITS else (0.25, 0.5)
    axis = {"x": axes.xaxis, "y": axes.yaxis}[along]
    axis.set_major_locator(FixedLocator(sorted({0.0, *steps, *np.negative(steps)})))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: minus(f"{value:+g}")))


def probability_axis(axes: Axes, values: Iterable[float]) -> None:
    """Make the horizontal axis a logarithmic one that shows all of some probabilities above 0, with round ticks.

    Parameters
    ----------
    axes : Axes
    values : iterable of float
        Probabilities.
    """
    shown = list(values)
    low, high = min(shown) / 1.25, min(max(shown) * 1.25, 1.1)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    probability_ticks(axes)


def probability_ticks(axes: Axes) -> None:
    """Give a logarithmic horizontal axis of probabilities round ticks: more of them where it spans few decades.

    Parameters
    ----------
    axes : Axes
        With its limits.
    """
    low, high = axes.get_xlim()
    write = plain if low >= _LEAST_DECIMAL else power
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if write is plain and high / low < 200 else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def percent_norm(values: Iterable[float]) -> SymLogNorm:
    """Return the colour scale for improvements in percent: 0 in the middle, either side as long as the other.

    Parameters
    ----------
    values : iterable of float
        Percent.

    Returns
    -------
    SymLogNorm
    """
    largest = float(np.max(np.abs(list(values)), initial=1.0))
    return SymLogNorm(LINEAR_PERCENT, _LINEAR_LENGTH, vmin=-largest, vmax=largest)
