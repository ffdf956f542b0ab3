"""Keys of colour scales, below what is drawn."""

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize, SymLogNorm
from matplotlib.figure import Figure, SubFigure

from sna.figures.style import DIVERGING, PERCENT_TICK, SCALE_NOTE, percent_ticks

#: From none to all.
SHARES: Colormap = matplotlib.colormaps["Blues"]


def colour_bar(
    figure: Figure | SubFigure,
    norm: Normalize,
    colours: Colormap,
    label: str,
    *,
    height: float,
    ax: Sequence[Axes] | None = None,
    pad: float = 0.3,
    **options: Any,
) -> Colorbar:
    """Add the key of a colour scale below a figure.

    Parameters
    ----------
    figure : Figure or SubFigure
    norm : Normalize
    colours : Colormap
    label : str
        What the colours stand for, with its unit.
    height : float
        Of the figure, in inches.
    ax : sequence of Axes, optional
        What the key is placed under; by default all axes of the figure.
    pad : float
        Inches above the key.
    **options
        Passed to `Figure.colorbar`.

    Returns
    -------
    Colorbar
    """
    bar = figure.colorbar(
        ScalarMappable(norm, colours),
        ax=figure.axes if ax is None else ax,
        location="bottom",
        fraction=0.15 / height,
        aspect=40,
        shrink=0.7,
        pad=pad / height,
        **options,
    )
    bar.outline.set_visible(False)
    bar.set_label(label)
    return bar


def percent_colour_bar(
    figure: Figure, norm: SymLogNorm, values: Sequence[float], label: str, ax: Sequence[Axes] | None = None
) -> Axes:
    """Add the key of `sna.figures.style.percent_norm` below a figure, cut to the part of it that is used.

    Parameters
    ----------
    figure : Figure
    norm : SymLogNorm
        From `percent_norm`.
    values : sequence of float
        The improvements that are drawn, in percent.
    label : str
        What the colours stand for; the unit and the kind of scale are added.
    ax : sequence of Axes, optional
        What the key is placed under; by default all axes of the figure.

    Returns
    -------
    Axes
        The key.
    """
    low, high = min(0.0, *values), max(0.0, *values)
    height, ticks = figure.get_figheight(), percent_ticks(low, high)
    said = f"{label} (%; {SCALE_NOTE})"
    bar = colour_bar(figure, norm, DIVERGING, said, height=height, ax=ax, ticks=ticks, format=PERCENT_TICK)
    if low < high:
        bar.ax.set_xlim(low, high)
    bar.minorticks_off()
    return bar.ax
