"""Is one way of doing something better than another, over tasks, and would noise alone have said so?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

Called = Literal["better", "worse", "cannot tell"]
#: How p-values allow for the number of methods.
CORRECTION = "Holm"


@dataclass(frozen=True)
class Calls:
    """What several methods are called beside one other.

    Attributes
    ----------
    pvalues, corrected : ndarray, shape (methods,)
        Two-sided, of each method alone and corrected for their number.
    called : list of {"better", "worse", "cannot tell"}
    """

    pvalues: np.ndarray
    corrected: np.ndarray
    called: list[Called]


def call(differences: np.ndarray, alpha: float) -> Calls:
    """Say of each method whether it is better than another, or worse, by how much it differs on each task.

    It is better if its mean difference over the tasks is above 0, and the p-value of a paired t-test over them,
    corrected for the number of methods by Holm's procedure [1]_, below `alpha`; worse if the mean is below 0. Then the
    t interval of the mean at the level 1 - `alpha` lies on one side of 0 too. Everything else cannot be told.

    Parameters
    ----------
    differences : ndarray, shape (methods, tasks)
    alpha : float

    Returns
    -------
    Calls
        A single task, or equal differences, tell nothing: their p-value is 1.

    References
    ----------
    .. [1] S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6
       (1979), 65-70.
    """
    pvalues, corrected = _test(differences)
    means = differences.mean(axis=1)
    called: list[Called] = [
        "cannot tell" if pvalue >= alpha else "better" if mean > 0 else "worse"
        for mean, pvalue in zip(means, corrected, strict=True)
    ]
    return Calls(pvalues, corrected, called)


def _test(differences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values over the tasks, and corrected ones, of (..., methods, tasks).

    For many studies at once, which statsmodels' multipletests cannot do: it looks for garbage in every call.
    """
    pvalues = np.ones(differences.shape[:-1])
    varying = np.ptp(differences, axis=-1) > 0
    pvalues[varying] = stats.ttest_1samp(differences[varying], 0, axis=-1).pvalue
    order = np.argsort(pvalues, axis=-1)
    rising = np.take_along_axis(pvalues, order, axis=-1) * np.arange(pvalues.shape[-1], 0, -1)
    corrected = np.empty_like(pvalues)
    np.put_along_axis(corrected, order, np.minimum(np.maximum.accumulate(rising, axis=-1), 1), axis=-1)
    return pvalues, corrected


@dataclass(frozen=True)
class NoiseRates:
    """How many simulated studies in which no method does anything call one better, as a share of them.

    Attributes
    ----------
    by_method : ndarray, shape (methods,)
    any : float
        At least one of them.
    """

    by_method: np.ndarray
    any: float


def count_noise(differences: Sequence[np.ndarray], alpha: float, studies: int, rng: np.random.Generator) -> NoiseRates:
    """Simulate studies of the same size in which no method does anything, and count what is called better in them.

    Where a method does nothing, a task's differences have either sign as often. So in each study every task's
    differences keep their sign or lose it, all methods' together, and its prompts are drawn anew: sizes, spreads and
    what methods have in common stay as they are.

    Parameters
    ----------
    differences : sequence of ndarray, each of shape (methods, prompts)
        Of each task.
    alpha : float
        As `call` takes it.
    studies : int
    rng : numpy.random.Generator

    Returns
    -------
    NoiseRates
    """
    simulated = np.stack([_simulate(of_task, studies, rng) for of_task in differences], axis=-1)
    better = (_test(simulated)[1] < alpha) & (simulated.mean(axis=-1) > 0)
    return NoiseRates(better.mean(axis=0), float(better.any(axis=1).mean()))


def _simulate(differences: np.ndarray, studies: int, rng: np.random.Generator) -> np.ndarray:
    """Return a task's mean differences in each study, (studies, methods)."""
    prompts = differences.shape[1]
    drawn = differences[:, rng.integers(prompts, size=(studies, prompts))].mean(axis=-1)
    return (drawn * rng.choice([-1, 1], size=studies)).T
