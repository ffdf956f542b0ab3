"""Noise: what is left of measured changes when their mean is taken away."""

import numpy as np


def centre(changes: np.ndarray) -> np.ndarray:
    """Take from changes their mean over the prompts, and keep the size of what is left.

    Around their own mean n values spread less than around the true one, by a factor of sqrt((n - 1) / n) [1]_, which is
    given back.

    Parameters
    ----------
    changes : ndarray, shape (prompts, ...)
        On a scale on which they add, such as that of logits.

    Returns
    -------
    ndarray, of the same shape
        All 0 if there is one prompt, whose noise nobody can tell.

    References
    ----------
    .. [1] A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 2.3.
    """
    n = len(changes)
    return (changes - changes.mean(axis=0)) * np.sqrt(n / max(n - 1, 1))


def draw(changes: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the changes of so many prompts with replacement: all that one prompt has, together.

    They are drawn as they are. Random signs would make their distribution symmetric, which that of logit changes is
    not: where amplification breaks a prompt, it breaks it by more than it ever helps one.

    Parameters
    ----------
    changes : ndarray, shape (prompts, ...)
        From `centre`.
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n, ...)
    """
    return changes[rng.integers(len(changes), size=n)]
