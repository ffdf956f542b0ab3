"""Does amplification classify reviews better, which of them, and how much of that would a mere shift give?

A sentence's log odds are the logarithm of the probability of the positive label over that of the negative one. Above 0
it is taken for positive, otherwise, a tie included, for negative. The two probabilities divided by their sum are the
normalized ones; the larger of them is the confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import expit
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from sna.errors import InputError
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, estimate
from sna.tables import CLASSIFIED

_CONFIGURATION = ["layer", "neurons", "multiplier"]


@dataclass(frozen=True)
class Certainty:
    """How sentences are told apart by confidence: edges of the bins, and what uncertain and confident mean."""

    bins: Sequence[float]
    uncertain: float
    confident: float


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
    """

    n: int
    before: float | None
    after: float | None
    difference: Estimate
    pvalue: float | None
    pvalue_corrected: float | None
    probability_difference: Estimate


@dataclass(frozen=True)
class Bin(Comparison):
    """Sentences whose confidence before is from `low` to below `high`; 1 is included."""

    low: float
    high: float


@dataclass(frozen=True)
class Groups:
    """The sentences by confidence and by label."""

    bins: list[Bin]
    uncertain: Bin
    confident: Bin
    by_label: dict[str, Comparison]


@dataclass(frozen=True)
class ShiftOnly(Groups, Comparison):
    """The unamplified model before and after its boundary between the labels is moved.

    Attributes
    ----------
    threshold : float
        The normalized probability of the positive label above which a sentence is then taken for positive.
    """

    threshold: float


@dataclass(frozen=True)
class Reviews(Groups):
    """One model's classification of the test part.

    Attributes
    ----------
    n : dict
        Sentences by part.
    tried : int
        Configurations among which the tuning part chose.
    configuration : dict
        The chosen one: layer, neurons, multiplier.
    accuracy, probability : Comparison
        Over all sentences.
    predicted_positive : dict
        Share of sentences taken for positive, before and after.
    shift_only : ShiftOnly
        What a shift without amplification gives.
    """

    n: dict[str, int]
    tried: int
    configuration: dict[str, float]
    accuracy: Comparison
    probability: Comparison
    predicted_positive: dict[str, float]
    shift_only: ShiftOnly


def measure_reviews(classified: pd.DataFrame, certainty: Certainty, settings: Statistics) -> Reviews:
    """Compare the classification of the test part before and after amplification.

    The paper's prompt, bins and test are not at hand, so these are ours. The configuration was chosen on the tuning
    part, so the test part's figures need no correction for that choice. What a shift towards one label alone would give
    is measured with the unamplified model, whose boundary is chosen on the same tuning part.

    Parameters
    ----------
    classified : DataFrame
        One model's rows of a table that keeps `sna.tables.CLASSIFIED`.
    certainty : Certainty
        The bins of confidence, which is always that before amplification.
    settings : Statistics
        How uncertainty is measured.

    Raises
    ------
    InputError
        If the test part does not hold exactly one configuration, or no sentence could choose it.
    """
    ordered = classified.sort_values(list(CLASSIFIED.keys), ignore_index=True)
    tuning, test = (ordered[ordered["part"] == part] for part in ("tuning", "test"))
    chosen = test[_CONFIGURATION].drop_duplicates().to_dict("records")
    if len(chosen) != 1 or tuning.empty:
        raise InputError(
            f"{ordered['model'].iloc[0]}: the test part has {len(chosen)} configurations and the tuning part "
            f"{len(tuning)} rows; there must be one configuration, which tuning chose: validate the reviews again"
        )
    tuned, tested = _sentences(tuning.drop_duplicates("number")), _sentences(test)
    boundary = choose_boundary(tuned["before"].to_numpy(), tuned["positive"].to_numpy())
    shifted = tested.assign(after=tested["before"] - boundary)
    return Reviews(
        **vars(_group(tested, certainty, settings)),
        n={"tuning": len(tuned), "test": len(tested)},
        tried=len(tuning[_CONFIGURATION].drop_duplicates()),
        configuration=chosen[0],
        accuracy=compare(tested, settings),
        probability=_compare_probabilities(tested, settings),
        predicted_positive={when: float((tested[when] > 0).mean()) for when in ("before", "after")},
        shift_only=ShiftOnly(
            **vars(compare(shifted, settings)),
            **vars(_group(shifted, certainty, settings)),
            threshold=float(expit(boundary)),
        ),
    )


def _sentences(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a sentence: whether it is positive, and its log odds before and after."""
    log_odds = {when: _log(rows[f"positive_{when}"]) - _log(rows[f"negative_{when}"]) for when in ("before", "after")}
    return pd.DataFrame({"positive": rows["label"] == "positive"} | log_odds)


def _log(probability: pd.Series) -> pd.Series:
    # A probability too small for a float is 0, of which there is no logarithm.
    return np.log(probability.clip(lower=np.finfo(float).tiny))


def choose_boundary(log_odds: np.ndarray, positive: np.ndarray) -> float:
    """Return the log odds above which to call a sentence positive, so that most sentences are classified right.

    Tried are 0 and the middle between any two neighbouring sentences; of several that are equally good the one nearest
    to 0 is taken, so that the boundary moves no further than the sentences ask for; of two as near, the lower.

    Parameters
    ----------
    log_odds : ndarray, shape (sentences,)
    positive : ndarray of bool, shape (sentences,)
    """
    found = np.unique(log_odds)
    candidates = np.unique([0.0, *(found[:-1] + found[1:]) / 2])
    right = ((log_odds > candidates[:, None]) == positive).sum(axis=1)
    best = candidates[right == right.max()]
    return float(best[np.argmin(np.abs(best))])


def compare(sentences: pd.DataFrame, settings: Statistics) -> Comparison:
    """Compare how many sentences are classified right before and after [1]_.

    Parameters
    ----------
    sentences : DataFrame
        A row a sentence: whether it is `positive`, and its log odds `before` and `after`.
    settings : Statistics
        How uncertainty is measured.

    References
    ----------
    .. [1] Q. McNemar, Note on the Sampling Error of the Difference between Correlated Proportions or Percentages,
       Psychometrika 12 (1947), 153-157.
    """
    if sentences.empty:
        return Comparison(0, None, None, UNDEFINED, None, None, UNDEFINED)
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
    )


def _compare_probabilities(sentences: pd.DataFrame, settings: Statistics) -> Comparison:
    before, after = _right_probabilities(sentences)
    difference = _difference(before, after, settings)
    return Comparison(len(sentences), float(before.mean()), float(after.mean()), difference, None, None, difference)


def _right_probabilities(sentences: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the normalized probability of each sentence's own label, before and after."""
    sign = np.where(sentences["positive"], 1, -1)
    return expit(sign * sentences["before"]), expit(sign * sentences["after"])


def _difference(before: pd.Series, after: pd.Series, settings: Statistics) -> Estimate:
    """Return by how many percentage points the mean of a share rises."""
    return estimate((100 * (after.astype(float) - before.astype(float)),), np.mean, settings)


def _group(sentences: pd.DataFrame, certainty: Certainty, settings: Statistics) -> Groups:
    """Compare by bins of confidence, for uncertain and confident sentences, and by label."""
    confidence = expit(sentences["before"].abs())

    def compare_between(low: float, high: float) -> Bin:
        inside = (low <= confidence) & ((confidence < high) | (high == 1))
        return Bin(**vars(compare(sentences[inside], settings)), low=low, high=high)

    return Groups(
        bins=_correct([compare_between(low, high) for low, high in pairwise(certainty.bins)]),
        uncertain=compare_between(0.5, certainty.uncertain),
        confident=compare_between(certainty.confident, 1.0),
        by_label={
            "negative": compare(sentences[~sentences["positive"]], settings),
            "positive": compare(sentences[sentences["positive"]], settings),
        },
    )


def _correct(bins: list[Bin]) -> list[Bin]:
    """Correct the bins' p-values for their number [1]_; empty bins have none.

    References
    ----------
    .. [1] S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6
       (1979), 65-70.
    """
    pvalues = [found.pvalue for found in bins if found.n]
    if not pvalues:
        return bins
    corrected = iter(multipletests(pvalues, method="holm")[1])
    return [replace(found, pvalue_corrected=float(next(corrected))) if found.n else found for found in bins]
