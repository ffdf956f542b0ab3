"""What tuning would seem to do if it did nothing: prompts' changes with random signs, and random sets of neurons."""

import numpy as np
from scipy import stats

#: How many draws of noise there are.
DRAWS = 400


def draw_signs(changes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return changes with random signs: as large as they are, and without an effect.

    Parameters
    ----------
    changes : ndarray, shape (prompts,)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (draws, prompts)
    """
    return changes * rng.choice([-1.0, 1.0], (DRAWS, len(changes)))


def lowest_likely(values: np.ndarray, confidence_level: float) -> np.ndarray:
    """Return the lower end of Student's t interval of the mean of each draw.

    Parameters
    ----------
    values : ndarray, shape (draws, prompts)
    confidence_level : float

    Returns
    -------
    ndarray, shape (draws,)
    """
    n = values.shape[1]
    reach = stats.t.ppf((1 + confidence_level) / 2, n - 1) / np.sqrt(n)
    return values.mean(axis=1) - reach * values.std(axis=1, ddof=1)


def overlaps_of_random_sets(size: int, among: int, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the mean Jaccard overlap of pairs of random sets.

    Parameters
    ----------
    size, among : int
        How many neurons a set has, and how many there are.
    pairs : int
        Over how many pairs the mean is taken.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (draws,)
    """
    shared = rng.hypergeometric(size, among - size, size, (DRAWS, pairs))
    return (shared / (2 * size - shared)).mean(axis=1)


def share_as_large(found: float, drawn: np.ndarray) -> float:
    """Return the share of draws that are as large as what was found.

    Parameters
    ----------
    found : float
    drawn : ndarray, shape (draws,)

    Returns
    -------
    float
    """
    return float(np.mean(drawn >= found))
