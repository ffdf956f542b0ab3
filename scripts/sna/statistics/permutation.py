"""Permutation tests: how often would chance alone do as well?"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from sna.inputs.config import Statistics


@dataclass(frozen=True)
class PermutationTest:
    """A statistic, its p-value, and how the p-value was found; all None where the test is undefined."""

    statistic: float | None
    pvalue: float | None
    method: str | None


UNTESTED = PermutationTest(None, None, None)

Alternative = Literal["two-sided", "greater", "less"]


def permutation_test(
    sample: ArrayLike, statistic: Callable[..., np.ndarray], settings: Statistics, alternative: Alternative
) -> PermutationTest:
    """Test a statistic against what it is when one sample is shuffled.

    Parameters
    ----------
    sample, statistic, settings, alternative
        As `shuffle` takes them.

    Returns
    -------
    PermutationTest
    """
    return shuffle(sample, statistic, settings, alternative)[0]


def shuffle(
    sample: ArrayLike, statistic: Callable[..., np.ndarray], settings: Statistics, alternative: Alternative
) -> tuple[PermutationTest, np.ndarray]:
    """Shuffle one sample against all that `statistic` holds fixed.

    All orders are tried if there are no more of them than `settings.resamples`; otherwise so many are drawn, and the
    observed order counts as one more, without which a p-value could be 0 [1]_.

    Parameters
    ----------
    sample : array_like, shape (n,)
        What is shuffled, for example the category of each task.
    statistic : callable
        Takes shuffled samples of shape (..., n) and `axis`.
    settings : Statistics
        Number of resamples and seed.
    alternative : {"two-sided", "greater", "less"}
        Which statistics count as at least as extreme as the observed one.

    Returns
    -------
    PermutationTest
    ndarray, shape (orders,)
        The statistic of each order.

    References
    ----------
    .. [1] B. Phipson and G. K. Smyth, Permutation P-values Should Never Be Zero, Statistical Applications in Genetics
       and Molecular Biology 9 (2010), article 39.
    """
    result = _permute(sample, statistic, settings, alternative, permutation_type="pairings")
    orders = len(result.null_distribution)
    drawn = f"all {orders:,} orders" if orders == math.factorial(np.size(sample)) else f"{orders:,} random orders"
    test = PermutationTest(float(result.statistic), float(result.pvalue), f"permutation test, {drawn}")
    return test, result.null_distribution


def sign_flip_pvalue(differences: ArrayLike, settings: Statistics, alternative: Alternative = "two-sided") -> float:
    """Return the p-value of the mean of differences that have either sign as often if there is no effect [1]_.

    All signs are tried if there are no more of them than `settings.resamples`; otherwise so many are drawn.

    Parameters
    ----------
    differences : array_like, shape (n,)
        From what is expected without an effect.
    settings : Statistics
        Number of resamples and seed.
    alternative : {"two-sided", "greater", "less"}
        Which means count as at least as extreme as the observed one.

    Returns
    -------
    float

    References
    ----------
    .. [1] R. A. Fisher, The Design of Experiments, 1935, section 21.
    """
    return float(_permute(differences, np.mean, settings, alternative, permutation_type="samples").pvalue)


def _permute(
    sample: ArrayLike,
    statistic: Callable[..., Any],
    settings: Statistics,
    alternative: Alternative,
    permutation_type: Literal["pairings", "samples"],
) -> Any:
    return stats.permutation_test(
        (np.asarray(sample),),
        statistic,
        permutation_type=permutation_type,
        vectorized=True,
        n_resamples=settings.resamples,
        batch=1000,
        alternative=alternative,
        rng=settings.seed,
    )
