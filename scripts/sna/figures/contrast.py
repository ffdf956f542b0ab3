"""Which text can be read on a colour."""

from collections.abc import Sequence

import numpy as np


def text_colour(background: Sequence[float]) -> str:
    """Return black or white, whichever has more contrast with a colour: 4.58 at least.

    Parameters
    ----------
    background : sequence of float
        Red, green, blue (and alpha) from 0 to 1.

    Returns
    -------
    str

    References
    ----------
    Contrast ratio, Web Content Accessibility Guidelines 2.2.
    """
    light = _luminance(background) + 0.05
    return "black" if light / 0.05 > 1.05 / light else "white"


def _luminance(colour: Sequence[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
