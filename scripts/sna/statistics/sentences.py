"""Sentences before and after amplification: how many of them are classified right, and how surely.

A sentence's log odds are the logarithm of the probability of the positive label over that of the negative one. Above 0
it is taken for positive, otherwise, a tie included, for negative. The two probabilities divided by their sum are the
normalized ones; the larger of them is the confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, bootstrap_distribution, percentile_interval
from sna.statistics.thresholds import Auc, Interval, MatchedShift, match_threshold, measure_auc


@dataclass(frozen=True)
class Comparison:
    """The same `n` sentences before and after; None where there are none.

    Attributes
    ----------
    n : int
    before, after : float or None
        Share that is classified right.
    difference : Estimate
        Their difference in percentage points; interval by bootstrap over sentences, each with its before and after.
        Where no sentence changes sides its width is 0, however few there are.
    reachable : float or None
        The largest difference that there can be, in percentage points: all sentences right after.
    pvalue : float or None
        Of McNemar's exact test.
    pvalue_corrected : float or None
        The same by Holm's method over the bins; only theirs are corrected.
    probability_difference : Estimate
        Change of the mean normalized probability of the right label, in percentage points.
    before_interval, after_interval : Interval or None
        Wilson's, of the shares that are classified right.
    shift : MatchedShift or None
        What the unamplified model classifies right if it calls as many sentences positive.
    auc : Auc or None
        None too where all sentences have the same label.
    """

    n: int
    before: float | None
    after: float | None
    difference: Estimate
    reachable: float | None
    pvalue: float | None
    pvalue_corrected: float | None
    probability_difference: Estimate
    before_interval: Interval | None
    after_interval: Interval | None
    shift: MatchedShift | None
    auc: Auc | None


NOTHING = Comparison(0, None, None, UNDEFINED, None, None, None, UNDEFINED, None, None, None, None)


def read_sentences(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the label and the log odds of each sentence.

    Parameters
    ----------
    rows : DataFrame
        Rows of a table that keeps `sna.tables.CLASSIFIED`, of one configuration.

    Returns
    -------
    DataFrame
        A row a sentence: whether it is `positive`, and its log odds `before` and `after`.
    """
    log_odds = {when: _log(rows[f"positive_{when}"]) - _log(rows[f"negative_{when}"]) for when in ("before", "after")}
    return pd.DataFrame({"positive": rows["label"] == "positive"} | log_odds)


def _log(probability: pd.Series) -> pd.Series:
    # A probability too small for a float is 0, of which there is no logarithm.
    return np.log(probability.clip(lower=np.finfo(float).tiny))


def matching_threshold(sentences: pd.DataFrame) -> float:
    """Return the log odds before amplification above which as many sentences lie as lie above 0 after it.

    Parameters
    ----------
    sentences : DataFrame
        From `read_sentences`; at least one.

    Returns
    -------
    float
    """
    return match_threshold(sentences["before"].to_numpy(), int((sentences["after"] > 0).sum()))


def compare(sentences: pd.DataFrame, settings: Statistics, threshold: float | None = None) -> Comparison:
    """Compare how many sentences are classified right before and after, and with a mere shift of the threshold.

    The tests are McNemar's [1]_, and the intervals of the shares are Wilson's [2]_.

    Parameters
    ----------
    sentences : DataFrame
        From `read_sentences`.
    settings : Statistics
        How uncertainty is measured.
    threshold : float, optional
        The unamplified model's shifted threshold, as log odds; by default the one that matches these sentences.

    Returns
    -------
    Comparison

    References
    ----------
    .. [1] Q. McNemar, Note on the Sampling Error of the Difference between Correlated Proportions or Percentages,
       Psychometrika 12 (1947), 153-157.
    .. [2] E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of the American
       Statistical Association 22 (1927), 209-212.
    """
    if sentences.empty:
        return NOTHING
    threshold = matching_threshold(sentences) if threshold is None else threshold
    positive, before, after = (sentences[column].to_numpy() for column in ("positive", "before", "after"))
    right_before, right_after = (before > 0) == positive, (after > 0) == positive
    right_shifted = (before > threshold) == positive
    sign = np.where(positive, 1, -1)
    changes = [
        right_after.astype(float) - right_before,
        expit(sign * after) - expit(sign * before),
        right_after.astype(float) - right_shifted,
    ]
    difference, probability_difference, beyond_shift = _mean_changes(changes, settings)
    level = settings.confidence_level
    return Comparison(
        n=len(sentences),
        before=float(right_before.mean()),
        after=float(right_after.mean()),
        difference=difference,
        reachable=100 * float(1 - right_before.mean()),
        pvalue=mcnemar_pvalue(right_before, right_after),
        pvalue_corrected=None,
        probability_difference=probability_difference,
        before_interval=wilson_interval(right_before, level),
        after_interval=wilson_interval(right_after, level),
        shift=MatchedShift(
            threshold=float(expit(threshold)),
            right=float(right_shifted.mean()),
            interval=wilson_interval(right_shifted, level),
            difference=beyond_shift,
            pvalue=mcnemar_pvalue(right_shifted, right_after),
        ),
        auc=measure_auc(sentences, settings),
    )


def _mean_changes(changes: Sequence[np.ndarray], settings: Statistics) -> list[Estimate]:
    """Estimate several mean changes of the same sentences, given as shares, in percentage points."""

    def means(*samples: np.ndarray, axis: int) -> np.ndarray:
        return np.stack([sample.mean(axis=axis) for sample in samples])

    in_points = [100 * change for change in changes]
    values = means(*in_points, axis=-1)
    if len(in_points[0]) == 1:
        return [Estimate(float(value), None, None) for value in values]
    distributions = bootstrap_distribution(in_points, means, settings)
    return [
        Estimate(float(value), *percentile_interval(distribution, settings.confidence_level))
        for value, distribution in zip(values, distributions, strict=True)
    ]


def mcnemar_pvalue(before: np.ndarray, after: np.ndarray) -> float:
    """Return the two-sided p-value of McNemar's exact test: of those that changed, are as many gained as lost?

    Parameters
    ----------
    before, after : ndarray of bool, shape (sentences,)
        Whether each sentence is classified right.

    Returns
    -------
    float
        1 where no sentence changes sides.
    """
    outcomes = [[np.sum(before & after), np.sum(before & ~after)], [np.sum(~before & after), np.sum(~before & ~after)]]
    return float(mcnemar(outcomes, exact=True).pvalue)


def wilson_interval(right: np.ndarray, confidence_level: float) -> Interval:
    """Return the interval of a share, which is defined for 0 and 1 too.

    Parameters
    ----------
    right : ndarray of bool, shape (sentences,)
        Whether each sentence counts.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    Interval
    """
    low, high = proportion_confint(right.sum(), len(right), 1 - confidence_level, method="wilson")
    return Interval(float(low), float(high))
