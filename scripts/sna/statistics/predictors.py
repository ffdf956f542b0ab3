"""Does a task's baseline predict its improvement better than its category does?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.outliers_influence import OLSInfluence

from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate, defined, estimate


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
    """The two fits over `n` tasks, and by how much the baseline's adjusted R squared exceeds the category's."""

    n: int
    baseline: Fit
    category: Fit
    difference: Estimate


def compare_predictors(tasks: pd.DataFrame, settings: Statistics) -> Predictors:
    """Regress the ranks of improvement on the ranks of the baseline, and on the category.

    The paper states this claim without a figure, so the comparison is ours. Ranks, because the paper's own measure of
    the relation is a rank correlation. A category costs more parameters than a baseline, which adjusted R squared
    allows for, and so does predicted R squared, which leaves each task out in turn [1]_.

    The interval of the difference is a bootstrap over tasks. A resample holds some tasks several times; it is fitted as
    a weighted regression on the distinct ones, so that copies of a task do not pass for tasks of the same category that
    agree.

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
    improvement = stats.rankdata(tasks["improvement"])
    baseline = np.column_stack([np.ones(len(tasks)), stats.rankdata(tasks["baseline"])])
    category = pd.get_dummies(tasks["category"], dtype=float).to_numpy()

    def difference(resample: np.ndarray) -> float:
        rows, copies = np.unique(resample, return_counts=True)
        explained = [
            _adjusted_r_squared(improvement[rows], predictor[rows], copies) for predictor in (baseline, category)
        ]
        return explained[0] - explained[1]

    return Predictors(
        n=len(tasks),
        baseline=_fit(improvement, baseline),
        category=_fit(improvement, category),
        difference=estimate((np.arange(len(tasks)),), difference, settings, vectorized=False),
    )


def _can_be_fitted(improvement: np.ndarray, predictor: np.ndarray) -> bool:
    """Whether both sides vary and a residual degree of freedom is left."""
    return np.ptp(improvement) > 0 and 1 < np.linalg.matrix_rank(predictor) < len(improvement)


def _fit(improvement: np.ndarray, predictor: np.ndarray) -> Fit:
    if not _can_be_fitted(improvement, predictor):
        return Fit(None, None, None, None)
    fit = sm.OLS(improvement, predictor).fit()
    with np.errstate(divide="ignore"):  # F is infinite where the fit is perfect
        pvalue = defined(fit.f_pvalue)
    return Fit(defined(fit.rsquared), defined(fit.rsquared_adj), _predicted_r_squared(OLSInfluence(fit)), pvalue)


def _predicted_r_squared(influence: OLSInfluence) -> float | None:
    if np.isclose(influence.hat_matrix_diag, 1).any():
        return None
    return defined(1 - np.sum(influence.resid_press**2) / influence.results.centered_tss)


def _adjusted_r_squared(improvement: np.ndarray, predictor: np.ndarray, copies: np.ndarray) -> float:
    predictor = predictor[:, predictor.any(axis=0)]  # a category that was not drawn has no parameter
    if not _can_be_fitted(improvement, predictor):
        return np.nan
    return sm.WLS(improvement, predictor, weights=copies).fit().rsquared_adj
