"""Titles of panels, behind the letters by which captions name them."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, IdentityTransform

from sna.figures.style import COLOURS, MARKERS
from sna.formats import letter

#: The markers of categories as characters.
_GLYPHS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼"}
_BOLD = {"fontweight": "bold", "fontsize": 9}


class Heading(Annotation):
    """A text above another one, such as a title, which may run on over the panels beside it."""

    def __init__(self, text: str, below: Text, **look):
        above = {"xytext": (0, 4), "textcoords": "offset points", "annotation_clip": False, "clip_on": False}
        super().__init__(text, (0, 1), xycoords=below, ha="left", va="bottom", **above, **look)
        self.set_transform(IdentityTransform())  # as Axes.annotate does: its place is no point of the data

    def get_tightbbox(self, renderer: RendererBase | None = None) -> Bbox:
        """Return the box for which the layout makes room: as high as the text, but not as wide."""
        box = super().get_tightbbox(renderer)
        return Bbox.from_bounds(box.x0, box.y0, 1, box.height)


def panel_letters(panels: int) -> Iterator[str]:
    """Return the letters of a figure's panels, in their order; a single panel has none.

    Parameters
    ----------
    panels : int
        How many there are.

    Returns
    -------
    iterator of str
    """
    return map(letter if panels > 1 else lambda _: "", range(panels))


def title_panel(
    axes: Axes, letters: Iterator[str], title: str, *, category: str | None = None, model: str | None = None, **text
) -> Text:
    """Title a panel behind its letter.

    Parameters
    ----------
    axes : Axes
    letters : iterator of str
        From `panel_letters`; the next one is taken.
    title : str
    category : str, optional
        The category whose mark stands between letter and title.
    model : str, optional
        The model of which the panel is the first; its name is written above.
    **text
        Passed to `Axes.set_title`.

    Returns
    -------
    Text
        The title.
    """
    written = axes.set_title(title, **text)
    beside = {"xycoords": written, "textcoords": "offset points", "ha": "right", "va": "top"}
    if category is not None:
        axes.annotate(_GLYPHS[MARKERS[category]], (0, 1), xytext=(-3, 0), color=COLOURS[category], **beside)
    if sign := next(letters):
        axes.annotate(sign, (0, 1), xytext=(-12 if category else -4, 1), gid="letter", **_BOLD, **beside)
    if model is not None:
        name_block(axes, written, model)
    return written


def name_block(axes: Axes, title: Text, name: str) -> None:
    """Write the name of a block of panels, which is a model's, above the title of its first one.

    Parameters
    ----------
    axes : Axes
        The panel.
    title : Text
        Its title.
    name : str
    """
    axes.add_artist(Heading(name, title, gid="model", **_BOLD))
