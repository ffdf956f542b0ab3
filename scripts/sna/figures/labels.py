"""Labels beside points, so that none covers another label or a point, nor does a line that leads to it."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from scipy.optimize import isotonic_regression

from sna.figures.style import MUTED

#: How far from its point a label may be, in typographic points: the nearest place that is free is taken.
_DISTANCES = (7, 11, 16, 24, 34, 46, 60)
#: Where around its point, across and up; the sides come first, as they read best.
_SIDES = ((1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1))
#: Half the width of a point, in typographic points.
_POINT = 5
#: From this distance on a thin line leads from the label to its point.
_LEADER = 16

_HORIZONTAL = {1: "left", 0: "center", -1: "right"}
_VERTICAL = {1: "bottom", 0: "center", -1: "top"}


def label_points(
    axes: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str], obstacles: Sequence[Artist] = (), **text
) -> list[Annotation]:
    """Write a name beside each point, in the nearest place where it covers nothing.

    Each label in turn takes the first free place around its point, so that the same points always give the same
    labels. When no place is free, the one that covers least is taken; a line across a point or a label counts as if
    all of the label covered something.

    Parameters
    ----------
    axes : Axes
        Drawn in its final size and limits: labels are placed by measuring.
    x, y : sequence of float
        The points, in data units.
    names : sequence of str
        One label a point.
    obstacles : sequence of Artist
        What else is drawn that no label may cover.
    **text
        Passed to `Axes.annotate`, such as `fontsize`.

    Returns
    -------
    list of Annotation
        In the order of the points.
    """
    figure = axes.get_figure(root=True)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    unit = figure.dpi / 72
    points = axes.transData.transform(np.column_stack([x, y]))
    named = [_box(point, 0, 0, (2 * _POINT * unit, 2 * _POINT * unit)) for point in points]
    others = [obstacle.get_window_extent(renderer).padded(unit) for obstacle in obstacles]
    leaders: list[Path] = []
    labels = []
    for place, point, name in zip(zip(x, y, strict=True), points, names, strict=True):
        label = axes.annotate(name, place, xytext=(0, 0), textcoords="offset points", **text)
        size = label.get_window_extent(renderer).size
        offsets = [(distance, *side) for distance, side in product(_DISTANCES, _SIDES)]
        boxes = [_box(point + unit * _shift(*offset), *offset[1:], size) for offset in offsets]
        covered = [sum(_overlap(box, other) for other in named + others) + _outside(box, axes.bbox) for box in boxes]
        ways = [_way(point, box) if offset[0] >= _LEADER else None for offset, box in zip(offsets, boxes, strict=True)]
        crossed = [_crossings(way, box, point, named, leaders) for way, box in zip(ways, boxes, strict=True)]
        chosen = int(np.argmin(np.add(covered, np.prod(size) * np.array(crossed))))
        named.append(boxes[chosen])
        leaders += [way for way in (ways[chosen],) if way is not None]
        label.remove()
        labels.append(_label(axes, place, name, offsets[chosen], **text))
    return labels


def spread(positions: Sequence[float], gap: float, limits: tuple[float, float]) -> np.ndarray:
    """Move positions along a line as little as possible, so that neighbours keep a distance and all stay in limits.

    The least sum of squared moves is an isotonic regression of the positions less what the gaps take up.

    Parameters
    ----------
    positions : sequence of float, shape (n,)
    gap : float
        The least distance of neighbours, in the same unit.
    limits : tuple of float
        The lowest and the highest position. Where n labels do not fit, they run over the highest.

    Returns
    -------
    ndarray, shape (n,)
        In the order given.
    """
    order = np.argsort(positions, kind="stable")
    taken = gap * np.arange(len(order))
    low, high = limits[0], max(limits[1] - taken[-1], limits[0])
    moved = np.empty(len(order))
    moved[order] = np.clip(isotonic_regression(np.asarray(positions)[order] - taken).x, low, high) + taken
    return moved


def _label(axes: Axes, place: tuple[float, float], name: str, offset: tuple[int, int, int], **text) -> Annotation:
    distance, across, up = offset
    leader = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkA": 1, "shrinkB": _POINT}
    return axes.annotate(
        name,
        place,
        xytext=tuple(_shift(*offset)),
        textcoords="offset points",
        horizontalalignment=_HORIZONTAL[across],
        verticalalignment=_VERTICAL[up],
        arrowprops=leader if distance >= _LEADER else None,
        **text,
    )


def _way(point: np.ndarray, box: Bbox) -> Path:
    """Return the line that leads from a point to its label's box."""
    return Path([point, np.clip(point, box.p0, box.p1)])


def _crossings(way: Path | None, box: Bbox, point: np.ndarray, named: Sequence[Bbox], leaders: Sequence[Path]) -> int:
    """Count the points and labels that a line would cross, but for its own point, and the lines that cross a box."""
    across = 0 if way is None else sum(way.intersects_bbox(other) for other in named if not other.contains(*point))
    return across + sum(leader.intersects_bbox(box) for leader in leaders)


def _shift(distance: int, across: int, up: int) -> np.ndarray:
    """Return how far a label is moved from its point; labels are wide and low, so a corner needs less height."""
    return np.array([across * distance, up * distance * (0.5 if across else 1.0)])


def _box(anchor: np.ndarray, across: int, up: int, size: Sequence[float]) -> Bbox:
    """Return the box of a size that is anchored at its left, centre or right, and bottom, centre or top."""
    corner = anchor + (np.array([across, up]) - 1) / 2 * size
    return Bbox.from_bounds(*corner, *size)


def _overlap(box: Bbox, other: Bbox) -> float:
    """Return the area in which two boxes overlap."""
    both = Bbox.intersection(box, other)
    return both.width * both.height if both else 0.0


def _outside(box: Bbox, frame: Bbox) -> float:
    """Return the area of a box that is outside a frame."""
    return box.width * box.height - _overlap(box, frame)
