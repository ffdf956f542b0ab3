"""Keys of marks and lines, above or below all panels."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure, SubFigure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from sna.figures.style import COLOURS, point


def add_key(
    figure: Figure | SubFigure, entries: Sequence[Artist], most: int = 4, where: str = "outside upper left", **options
) -> Legend:
    """Explain marks and lines in as few rows as go, and in them in as few columns, so that hardly a place is empty.

    Parameters
    ----------
    figure : Figure or SubFigure
    entries : sequence of Artist
        With their labels.
    most : int
        Columns.
    where : str
        As `Figure.legend` has it.
    **options
        Passed to `Figure.legend`.

    Returns
    -------
    Legend
    """
    rows = -(-len(entries) // most)
    columns = -(-len(entries) // rows)
    return figure.legend(handles=entries, loc=where, ncols=columns, alignment="left", handletextpad=0.6, **options)


def category_entries(present: Sequence[str], label: str = "{}", **look) -> list[Line2D]:
    """Return the key's entries of the categories that are drawn, in the figures' order.

    Parameters
    ----------
    present : sequence of str
        Categories, in any order, also repeatedly.
    label : str
        What is said of each, with its name for ``{}``.
    **look
        What differs from `sna.figures.style.point`.

    Returns
    -------
    list of Line2D
    """
    shown = [category for category in COLOURS if category in set(present)]
    return [Line2D([], [], label=label.format(category), **point(category) | look) for category in shown]
