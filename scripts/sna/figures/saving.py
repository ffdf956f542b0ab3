"""Figures as files: SVG, PDF and PNG, the same bytes each time."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure, FigureBase

from sna.figures.style import styled
from sna.files import replacing

#: What a figure is saved as beside SVG: PDF, and PNG of so many dots an inch.
DOTS = 300


def save_figure(figure: Figure, path: str | Path, identifier: str | None = None) -> None:
    """Write a figure as SVG, and beside it as PDF and PNG: each whole or not at all, and the same bytes each time.

    Parameters
    ----------
    figure : Figure
        Its layout is fixed by this.
    path : str or Path
        Of the SVG file; the others differ by their ending.
    identifier : str, optional
        The id of the record of the job that draws it, for the files' metadata: ``dc:identifier`` in the SVG file,
        ``Keywords`` in the PDF file, ``Identifier`` in the PNG file.
    """
    metadata = {
        "svg": {"Date": None, "Creator": None, "Identifier": identifier},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Keywords": identifier},
        "png": {"Software": None, "Identifier": identifier},
    }
    with styled():
        _lay_out(figure)
        for ending, known in metadata.items():
            with replacing(Path(path).with_suffix(f".{ending}")) as beside:
                figure.savefig(beside, format=ending, dpi=DOTS if ending == "png" else "figure", metadata=known)
                if ending == "svg":
                    beside.write_text(_settle(beside.read_text(encoding="utf-8")), encoding="utf-8")


def _lay_out(figure: Figure) -> None:
    """Place panels and key, to a ten-thousandth of the figure: the solver's last bits differ from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 4).tolist(), which="original")
    for part in _parts(figure):
        for key in part.legends:
            corner = part.transSubfigure.inverted().transform(key.get_window_extent().min)
            key.set_loc(tuple(np.round(corner, 4).tolist()))


def _parts(figure: FigureBase) -> Iterator[FigureBase]:
    """Return a figure and the figures in it."""
    yield figure
    for part in figure.subfigs:
        yield from _parts(part)


def _settle(svg: str) -> str:
    """Write what the last bits of a layout decide, which differ from one to the next, always in one way.

    Clipping paths, whose names are hashes of their places, are numbered; zeros have no sign.
    """
    numbers: dict[str, str] = {}
    svg = re.sub(r"\bp[0-9a-f]{10}\b", lambda found: numbers.setdefault(found[0], f"clip{len(numbers)}"), svg)
    return re.sub(r"(?<= )-0(?=\s)", "0", svg)
