"""Does a task's baseline predict its improvement better than its category does?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.outliers_influence import OLSInfluence

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, defined, estimate, percentile_interval
from sna.statistics.permutation import shuffle


@dataclass(frozen=True)
class Fit:
    """How well one predictor explains the ranks of improvement.

    Attributes
    ----------
    r_squared, adjusted_r_squared : float or None
        Share of the variance explained, and the same corrected for the number of parameters.
    predicted_r_squared : float or None
        The same for tasks that were left out of the fit (PRESS); None if a task is alone in its category.
    pvalue : float or None
        Of the F test that the predictor explains nothing.
    """

    r_squared: float | None
    adjusted_r_squared: float | None
    predicted_r_squared: float | None
    pvalue: float | None


@dataclass(frozen=True)
class Predictors:
    """The two fits over `n` tasks, and by how much the baseline's adjusted R squared exceeds the category's.

    Attributes
    ----------
    difference : Estimate
        Interval by bootstrap over tasks.
    by_chance : Estimate
        The same where improvements are shuffled over the tasks: mean and central interval.
    pvalue : float or None
        Share of the shuffles with a difference at least as large.
    """

    n: int
    baseline: Fit
    category: Fit
    difference: Estimate
    by_chance: Estimate
    pvalue: float | None


def compare_predictors(tasks: pd.DataFrame, settings: Statistics) -> Predictors:
    """Regress the ranks of improvement on the ranks of the baseline, and on the category.

    The paper states this claim without a figure, so the comparison is ours. Ranks, because the paper's own measure of
    the relation is a rank correlation. A category costs more parameters than a baseline, which adjusted R squared
    allows for, and so does predicted R squared, which leaves each task out in turn [1]_.

    The interval of the difference is a bootstrap over tasks. A resample holds some tasks several times; it is fitted as
    a weighted regression on the distinct ones, so that copies of a task do not pass for tasks of the same category that
    agree. The p-value is that of a permutation test: improvements are shuffled over the tasks.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Predictors
        None where a fit has no residual degree of freedom (each task in its own category), or nothing varies.

    References
    ----------
    .. [1] D. M. Allen, The Relationship between Variable Selection and Data Augmentation and a Method for Prediction,
       Technometrics 16 (1974), 125-127.
    """
    n = len(tasks)
    improvement, baseline = stats.rankdata(tasks["improvement"]), stats.rankdata(tasks["baseline"])
    category = pd.get_dummies(tasks["category"], dtype=float).to_numpy()

    def resampled(resample: np.ndarray, axis: int) -> np.ndarray:
        copies = (resample[..., None] == np.arange(n)).sum(axis=-2)
        return adjusted_difference(improvement, baseline, category, copies)

    def shuffled(improvements: np.ndarray, axis: int) -> np.ndarray:
        return adjusted_difference(improvements, baseline, category, np.ones(n))

    difference = estimate((np.arange(n),), resampled, settings)
    chance, pvalue = UNDEFINED, None
    if difference.value is not None:
        test, differences = shuffle(improvement, shuffled, settings, alternative="greater")
        chance = Estimate(float(differences.mean()), *percentile_interval(differences, settings.confidence_level))
        pvalue = test.pvalue
    return Predictors(
        n=n,
        baseline=_fit(improvement, np.column_stack([np.ones(n), baseline])),
        category=_fit(improvement, category),
        difference=difference,
        by_chance=chance,
        pvalue=pvalue,
    )


def _fit(improvement: np.ndarray, predictor: np.ndarray) -> Fit:
    if improvement.size < 2 or not np.ptp(improvement) or not 1 < np.linalg.matrix_rank(predictor) < len(improvement):
        return Fit(None, None, None, None)
    fit = sm.OLS(improvement, predictor).fit()
    with np.errstate(divide="ignore"):  # F is infinite where the fit is perfect
        pvalue = defined(fit.f_pvalue)
    return Fit(defined(fit.rsquared), defined(fit.rsquared_adj), _predicted_r_squared(OLSInfluence(fit)), pvalue)


def _predicted_r_squared(influence: OLSInfluence) -> float | None:
    if np.isclose(influence.hat_matrix_diag, 1).any():
        return None
    return defined(1 - np.sum(influence.resid_press**2) / influence.results.centered_tss)


def adjusted_difference(
    improvement: np.ndarray, baseline: np.ndarray, category: np.ndarray, copies: np.ndarray
) -> np.ndarray:
    """Return by how much the baseline's adjusted R squared exceeds the category's, in many samples at once.

    Parameters
    ----------
    improvement, baseline : ndarray, shape (..., tasks)
        Ranks.
    category : ndarray, shape (tasks, categories)
        1 where a task is of a category.
    copies : ndarray, shape (..., tasks)
        How often each task is in the sample.

    Returns
    -------
    ndarray, shape (...)
        NaN where a fit is undefined.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = _centre(baseline, copies), _centre(improvement, copies)
        total = np.sum(copies * y**2, axis=-1)
        line = np.sum(copies * x * y, axis=-1) ** 2 / (np.sum(copies * x**2, axis=-1) * total)
        sizes = copies @ category
        between = np.sum((copies * y @ category) ** 2 / np.maximum(sizes, 1), axis=-1) / total
    n = (copies > 0).sum(axis=-1)
    return _adjust(line, n, np.array(2)) - _adjust(between, n, (sizes > 0).sum(axis=-1))


def _centre(values: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """Take the weighted mean from values, along the last axis."""
    return values - (np.sum(copies * values, axis=-1) / np.sum(copies, axis=-1))[..., None]


def _adjust(r_squared: np.ndarray, n: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Correct R squared for the number of parameters; NaN where there is one alone, or one for each observation."""
    fitted = (parameters > 1) & (parameters < n)
    return np.where(fitted, 1 - (1 - r_squared) * (n - 1) / np.maximum(n - parameters, 1), np.nan)
