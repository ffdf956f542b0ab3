"""Heat maps with a figure in each cell, that can be read on every colour."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap, Normalize

from sna.figures.contrast import text_colour
from sna.figures.style import SMALL


def heat_map(
    axes: Axes,
    values: pd.DataFrame,
    norm: Normalize,
    colours: Colormap,
    said: pd.DataFrame | None = None,
) -> None:
    """Draw a table as a heat map, whose first row is on top, without any name beside it.

    Parameters
    ----------
    axes : Axes
    values : DataFrame
        What is shown as colour; a missing value leaves its cell empty.
    norm : Normalize
    colours : Colormap
    said : DataFrame of str, optional
        What is written into the cells, of the shape of `values`.

    """
    before = len(axes.texts)
    annotation = {} if said is None else {"annot": said, "fmt": "", "annot_kws": {"fontsize": SMALL}}
    sns.heatmap(values, norm=norm, cmap=colours, cbar=False, linewidths=0.4, ax=axes, **annotation)
    (cells,) = (drawn for drawn in axes.collections if isinstance(drawn, QuadMesh))
    if said is not None:
        there = values.notna().to_numpy().ravel()
        for text, colour in zip(axes.texts[before:], cells.get_facecolors()[there], strict=True):
            text.set_color(text_colour(colour))
    axes.tick_params(length=0, rotation=0)
    axes.set(xlabel="", ylabel="")


def name_columns(axes: Axes, names: Sequence[str]) -> None:
    """Write a name under each column of a heat map, aslant.

    Parameters
    ----------
    axes : Axes
    names : sequence of str
    """
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=35, ha="right", rotation_mode="anchor")
