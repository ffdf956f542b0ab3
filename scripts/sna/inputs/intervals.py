"""What rules ask of intervals: filters for expressions. An interval whose ends are undefined fulfils nothing."""

import math
from collections.abc import Callable, Sequence

from sna.formats import Figure

#: A figure counts as reproduced only by an interval whose ends lie within so many times of it, and within that part.
REACH = 3

Interval = Figure | Sequence[float | None]


def _ends(interval: Interval) -> tuple[float, float]:
    """Return the ends; NaN, which no comparison holds for, where they are undefined."""
    low, high = interval if isinstance(interval, Sequence) else (interval.low, interval.high)
    return math.nan if low is None else low, math.nan if high is None else high


def contains(interval: Interval, figure: float) -> bool:
    """Say whether a figure lies in an interval.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
        An estimate, or the two ends.
    figure : float

    Returns
    -------
    bool
    """
    low, high = _ends(interval)
    return low <= figure <= high


def within_reach(interval: Interval, figure: float) -> bool:
    """Say whether both ends lie within a third and three times of a figure, of either sign.

    A wider interval contains a figure the more easily, so that containing it says little.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
    figure : float
        Other than 0.

    Returns
    -------
    bool
    """
    return all(1 / REACH <= end / figure <= REACH for end in _ends(interval))


def pins(interval: Interval, figure: float) -> bool:
    """Say whether an interval reproduces a figure: it contains it, and lies within its reach.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
    figure : float
        Other than 0.

    Returns
    -------
    bool
    """
    return contains(interval, figure) and within_reach(interval, figure)


def above(interval: Interval, bound: float) -> bool:
    """Say whether the whole interval lies above a bound.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
    bound : float

    Returns
    -------
    bool
    """
    return _ends(interval)[0] > bound


def below(interval: Interval, bound: float) -> bool:
    """Say whether the whole interval lies below a bound.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
    bound : float

    Returns
    -------
    bool
    """
    return _ends(interval)[1] < bound


def inside(interval: Interval, margin: float) -> bool:
    """Say whether the whole interval lies within a margin around 0: the two are equivalent.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
    margin : float

    Returns
    -------
    bool
    """
    low, high = _ends(interval)
    return -margin <= low and high <= margin


def needed(interval: Interval, n: int, half_width: float) -> int | None:
    """Return how many observations would narrow an interval to some half-width, as they spread in ours.

    Parameters
    ----------
    interval : Figure, or sequence of two floats
    n : int
        How many it rests on.
    half_width : float

    Returns
    -------
    int or None
        None where the interval is undefined.
    """
    low, high = _ends(interval)
    return None if math.isnan(high - low) else math.ceil(n * ((high - low) / 2 / half_width) ** 2)


FILTERS: dict[str, Callable] = {
    "contains": contains,
    "within_reach": within_reach,
    "pins": pins,
    "above": above,
    "below": below,
    "inside": inside,
    "needed": needed,
}
