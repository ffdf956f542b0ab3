"""What a classification owes to its threshold: the same model with another one, and the area under the ROC curve."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate


@dataclass(frozen=True)
class Interval:
    """The interval of a share, from 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True)
class MatchedShift:
    """The unamplified model, its threshold moved until it calls as many sentences positive as the amplified one does.

    Attributes
    ----------
    threshold : float
        The normalized probability of the positive label above which a sentence is then called positive.
    right : float
        Share that is classified right.
    interval : Interval
        Wilson's, of that share.
    difference : Estimate
        By how many percentage points more the amplified model classifies right; bootstrap over sentences, paired.
    pvalue : float
        Of McNemar's exact test between the two.
    """

    threshold: float
    right: float
    interval: Interval
    difference: Estimate
    pvalue: float


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve: how often a positive sentence gets higher odds than a negative one, ties half.

    No threshold enters it, so that shifting all sentences alike does not change it.

    Attributes
    ----------
    before, after : float
        From 0 to 1; 0.5 is guessing.
    difference : Estimate
        After less before; interval by the variance of the placements, paired.
    """

    before: float
    after: float
    difference: Estimate


def match_threshold(log_odds: np.ndarray, positive: int) -> float:
    """Return the log odds above which so many sentences lie.

    Parameters
    ----------
    log_odds : ndarray, shape (sentences,)
    positive : int
        How many are to lie above; fewer do where equal log odds leave no place between them.

    Returns
    -------
    float
        The middle between two neighbouring sentences, or infinite where all or none are to lie above.
    """
    bounds = np.concatenate([[-np.inf], np.sort(log_odds), [np.inf]])
    place = len(log_odds) - positive
    return float(bounds[place : place + 2].mean())


def measure_auc(sentences: pd.DataFrame, settings: Statistics) -> Auc | None:
    """Measure how well the log odds order sentences before and after, whatever the threshold.

    The interval of the difference is DeLong's [1]_: a positive sentence's placement is the share of negative ones that
    lie below it, and both orders' placements are compared sentence by sentence.

    Parameters
    ----------
    sentences : DataFrame
        As `sna.statistics.sentences.read_sentences` returns them.
    settings : Statistics
        The confidence level.

    Returns
    -------
    Auc or None
        None unless there are sentences of both labels.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Comparing the Areas under Two or More Correlated
       Receiver Operating Characteristic Curves, Biometrics 44 (1988), 837-845.
    """
    positive = sentences["positive"].to_numpy()
    if positive.all() or not positive.any():
        return None
    (of_positive, of_negative), (after_positive, after_negative) = (
        _placements(sentences[when].to_numpy(), positive) for when in ("before", "after")
    )
    before, after = of_positive.mean(), after_positive.mean()
    changes = after_positive - of_positive, after_negative - of_negative
    difference = float(after - before)
    if min(map(len, changes)) < 2:
        return Auc(float(before), float(after), Estimate(difference, None, None))
    error = np.sqrt(sum(change.var(ddof=1) / len(change) for change in changes))
    margin = float(stats.norm.ppf((1 + settings.confidence_level) / 2) * error)
    return Auc(float(before), float(after), Estimate(difference, difference - margin, difference + margin))


def _placements(log_odds: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of negative sentences below each positive one, and of positive ones above each negative one."""
    ranks = stats.rankdata(log_odds)
    among_others = [ranks[label] - stats.rankdata(log_odds[label]) for label in (positive, ~positive)]
    return among_others[0] / (~positive).sum(), 1 - among_others[1] / positive.sum()
