"""What tests read off drawn figures."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.text import Annotation


def headings(panels: Iterable[Axes]) -> list[str]:
    """Return the names that stand above panels: the models whose first ones they are."""
    return [text.get_text() for axes in panels for text in axes.texts if text.get_gid() == "model"]


def luminance(colour):
    """Return the relative luminance of a colour, as the guidelines define it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour[:3])]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrasts(axes: Axes) -> list[float]:
    """Return the contrast of each text of a drawn heat map with the cell in which it stands, by WCAG 2.2."""
    (cells,) = (drawn for drawn in axes.collections if isinstance(drawn, QuadMesh))
    across, up = cells.get_coordinates()[0, :, 0], cells.get_coordinates()[:, 0, 1]
    colours = cells.to_rgba(cells.get_array()).reshape(len(up) - 1, len(across) - 1, 4)
    found = []
    for text in axes.texts:
        x, y = text.get_position()
        if isinstance(text, Annotation) or text.get_gid() == "category":
            continue
        column, row = across.searchsorted(x) - 1, up.searchsorted(y) - 1
        light = sorted(luminance(colour) + 0.05 for colour in (to_rgb(text.get_color()), colours[row, column]))
        found.append(light[1] / light[0])
    return found
