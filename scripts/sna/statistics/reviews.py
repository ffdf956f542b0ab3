"""Does amplification classify reviews better, which of them, and how much of that would a mere shift give?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import expit
from statsmodels.stats.multitest import multipletests

from sna.errors import InputError
from sna.formats import plain
from sna.inputs.config import Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.sentences import Comparison, compare, compare_probabilities, read_sentences
from sna.tables import CLASSIFIED

_CONFIGURATION = ["layer", "neurons", "multiplier"]


@dataclass(frozen=True)
class Certainty:
    """How sentences are told apart by confidence: edges of the bins, and what uncertain and confident mean."""

    bins: Sequence[float]
    uncertain: float
    confident: float


@dataclass(frozen=True)
class Asked:
    """Whose `reviews` were classified, and the `labels` by which the model was to say its answer."""

    reviews: str
    labels: dict[str, str]


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
class Reviews(Groups, Asked):
    """One model's classification of the test part.

    Attributes
    ----------
    n : dict
        Sentences by part: `selection`, `tuning`, `test`.
    tried : int
        Configurations among which the tuning part chose.
    configuration : Configuration
        The chosen one.
    accuracy, probability : Comparison
        Over all sentences.
    predicted_positive : dict
        Share of sentences taken for positive, before and after.
    shift_only : ShiftOnly
        What a shift without amplification gives.
    """

    n: dict[str, int]
    tried: int
    configuration: Configuration
    accuracy: Comparison
    probability: Comparison
    predicted_positive: dict[str, float]
    shift_only: ShiftOnly


def measure_reviews(
    classified: pd.DataFrame, asked: Asked, selection: int, certainty: Certainty, settings: Statistics
) -> Reviews:
    """Compare the classification of the test part before and after amplification.

    The paper's prompt, bins and test are not at hand, so these are ours. The configuration was chosen on the tuning
    part, so the test part's figures need no correction for that choice. What a shift towards one label alone would give
    is measured with the unamplified model, whose boundary is chosen on the same tuning part.

    Parameters
    ----------
    classified : DataFrame
        One model's rows of a table that keeps `sna.tables.CLASSIFIED`.
    asked : Asked
        What was classified.
    selection : int
        How many sentences ranked the neurons.
    certainty : Certainty
        The bins of confidence, which is always that before amplification.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Reviews

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
    tuned, tested = read_sentences(tuning.drop_duplicates("number")), read_sentences(test)
    boundary = choose_boundary(tuned["before"].to_numpy(), tuned["positive"].to_numpy())
    shifted = tested.assign(after=tested["before"] - boundary)
    return Reviews(
        **vars(asked),
        **vars(_group(tested, certainty, settings)),
        n={"selection": selection, "tuning": len(tuned), "test": len(tested)},
        tried=len(tuning[_CONFIGURATION].drop_duplicates()),
        configuration=Configuration(**chosen[0]),
        accuracy=compare(tested, settings),
        probability=compare_probabilities(tested, settings),
        predicted_positive={when: float((tested[when] > 0).mean()) for when in ("before", "after")},
        shift_only=ShiftOnly(
            **vars(compare(shifted, settings)),
            **vars(_group(shifted, certainty, settings)),
            threshold=float(expit(boundary)),
        ),
    )


def choose_boundary(log_odds: np.ndarray, positive: np.ndarray) -> float:
    """Return the log odds above which to call a sentence positive, so that most sentences are classified right.

    Tried are 0 and the middle between any two neighbouring sentences; of several that are equally good the one nearest
    to 0 is taken, so that the boundary moves no further than the sentences ask for; of two as near, the lower.

    Parameters
    ----------
    log_odds : ndarray, shape (sentences,)
    positive : ndarray of bool, shape (sentences,)

    Returns
    -------
    float
    """
    found = np.unique(log_odds)
    candidates = np.unique([0.0, *(found[:-1] + found[1:]) / 2])
    right = ((log_odds > candidates[:, None]) == positive).sum(axis=1)
    best = candidates[right == right.max()]
    return float(best[np.argmin(np.abs(best))])


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


def tabulate_reviews(results: Mapping[str, Reviews]) -> pd.DataFrame:
    """Tabulate how reviews are classified before and after amplification.

    Parameters
    ----------
    results : mapping of str to Reviews
        By model.

    Returns
    -------
    DataFrame
        One row a model and group. `before`, `after` and `shift_only` are shares of the group's `n` sentences that are
        classified right: unamplified, amplified, and unamplified with its boundary shifted. `difference` (after less
        before) and `probability_difference` (the same of the right label's normalized probability) are in percentage
        points, each with the ends of its interval.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "group": name,
                "n": group.n,
                "before": group.before,
                "after": group.after,
                **group.difference.columns("difference"),
                "pvalue": group.pvalue,
                "pvalue_corrected": group.pvalue_corrected,
                "shift_only": shifted.after,
                **group.probability_difference.columns("probability_difference"),
            }
            for model, found in results.items()
            for name, group, shifted in _named_groups(found)
        ]
    )


def _named_groups(found: Reviews) -> Iterator[tuple[str, Comparison, Comparison]]:
    """Yield each group's name with its comparison, and that of the shifted boundary."""
    shift = found.shift_only
    yield "all", found.accuracy, shift
    for group, shifted in zip(found.bins, shift.bins, strict=True):
        yield f"confidence {plain(group.low)} to {plain(group.high)}", group, shifted
    yield f"uncertain: below {plain(found.uncertain.high)}", found.uncertain, shift.uncertain
    yield f"confident: from {plain(found.confident.low)}", found.confident, shift.confident
    for label, group in found.by_label.items():
        yield label, group, shift.by_label[label]
