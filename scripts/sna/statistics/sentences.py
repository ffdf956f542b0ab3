"""Sentences before and after amplification: how many of them are classified right, and how surely.

A sentence's log odds are the logarithm of the probability of the positive label over that of the negative one. Above 0
it is taken for positive, otherwise, a tie included, for negative. The two probabilities divided by their sum are the
normalized ones; the larger of them is the confidence.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit
from statsmodels.stats.contingency_tables import mcnemar

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, estimate


@dataclass(frozen=True)
class Interval:
    """The interval of a share, from 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The same `n` sentences before and after; None where there are none.

    Attributes
    ----------
    n : int
    before, after : float or None
        Share that is classified right (of `Reviews.probability`: the mean normalized probability of the right label).
    difference : Estimate
        Their difference in percentage points; interval by bootstrap over sentences, each with its before and after.
        Where no sentence changes sides its width is 0, however few there are.
    pvalue : float or None
        Of McNemar's exact test.
    pvalue_corrected : float or None
        The same by Holm's method over the bins; only theirs are corrected.
    probability_difference : Estimate
        Change of the mean normalized probability of the right label, in percentage points.
    before_interval, after_interval : Interval or None
        Wilson's, of the shares that are classified right.
    """

    n: int
    before: float | None
    after: float | None
    difference: Estimate
    pvalue: float | None
    pvalue_corrected: float | None
    probability_difference: Estimate
    before_interval: Interval | None
    after_interval: Interval | None


NOTHING = Comparison(0, None, None, UNDEFINED, None, None, UNDEFINED, None, None)


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


def compare(sentences: pd.DataFrame, settings: Statistics) -> Comparison:
    """Compare how many sentences are classified right before and after.

    The test is McNemar's [1]_, and the intervals of the two shares are Wilson's [2]_.

    Parameters
    ----------
    sentences : DataFrame
        From `read_sentences`.
    settings : Statistics
        How uncertainty is measured.

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
    before, after = ((sentences[when] > 0) == sentences["positive"] for when in ("before", "after"))
    outcomes = [[np.sum(before & after), np.sum(before & ~after)], [np.sum(~before & after), np.sum(~before & ~after)]]
    return Comparison(
        n=len(sentences),
        before=float(before.mean()),
        after=float(after.mean()),
        difference=_difference(before, after, settings),
        pvalue=float(mcnemar(outcomes, exact=True).pvalue),
        pvalue_corrected=None,
        probability_difference=_difference(*_right_probabilities(sentences), settings),
        before_interval=wilson_interval(before, settings.confidence_level),
        after_interval=wilson_interval(after, settings.confidence_level),
    )


def wilson_interval(right: pd.Series, confidence_level: float) -> Interval:
    """Return the interval of a share, which is defined for 0 and 1 too.

    Parameters
    ----------
    right : Series of bool, shape (sentences,)
        Whether each sentence counts.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    Interval
    """
    interval = stats.binomtest(int(right.sum()), len(right)).proportion_ci(confidence_level, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def compare_probabilities(sentences: pd.DataFrame, settings: Statistics) -> Comparison:
    """Compare the mean normalized probability of the sentences' own labels before and after.

    Parameters
    ----------
    sentences, settings
        As `compare` takes them.

    Returns
    -------
    Comparison
        Without test and intervals of the shares.
    """
    before, after = _right_probabilities(sentences)
    difference = _difference(before, after, settings)
    return replace(
        NOTHING,
        n=len(sentences),
        before=float(before.mean()),
        after=float(after.mean()),
        difference=difference,
        probability_difference=difference,
    )


def _right_probabilities(sentences: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the normalized probability of each sentence's own label, before and after."""
    sign = np.where(sentences["positive"], 1, -1)
    return expit(sign * sentences["before"]), expit(sign * sentences["after"])


def _difference(before: pd.Series, after: pd.Series, settings: Statistics) -> Estimate:
    """Return by how many percentage points the mean of a share rises."""
    return estimate((100 * (after.astype(float) - before.astype(float)),), np.mean, settings)
