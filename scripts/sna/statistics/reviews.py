"""Does amplification classify reviews better, which of them, and how much of that would a mere shift give?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import pandas as pd
from scipy.special import expit

from sna.errors import InputError
from sna.formats import plain
from sna.inputs.config import Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import UNDEFINED
from sna.statistics.sentences import Comparison, compare, matching_threshold, read_sentences
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
    """What was classified.

    Attributes
    ----------
    title : str
        Of the reviews, by their origin.
    is_sst2 : bool
        Whether they are those of SST-2.
    labels : dict
        The words by which the model was to say its answer: `negative` and `positive`.
    """

    title: str
    is_sst2: bool
    labels: dict[str, str]


@dataclass(frozen=True)
class Bin(Comparison):
    """Sentences whose confidence before is from `low` to below `high`; 1 is included."""

    low: float
    high: float


@dataclass(frozen=True)
class Part:
    """The sentences of one part under the chosen configuration, together and by group.

    Each group's shift calls as many of the group's own sentences positive, but for the labels: there it is that of all.

    Attributes
    ----------
    all : Comparison
    predicted_positive : dict
        Share of all sentences that is called positive, `before` and `after`.
    bins : list of Bin
    uncertain, confident : Bin
    by_label : dict
        `negative` and `positive`.
    """

    all: Comparison
    predicted_positive: dict[str, float]
    bins: list[Bin]
    uncertain: Bin
    confident: Bin
    by_label: dict[str, Comparison]


@dataclass(frozen=True)
class Reviews(Asked):
    """One model's classification of reviews.

    Attributes
    ----------
    n : dict
        Sentences by part: `selection`, `tuning`, `test`.
    tried : int
        Configurations among which the tuning part chose.
    configuration : Configuration
        The chosen one.
    tuning : Part
        The sentences that chose the configuration, which looks too good on them.
    test : Part
        The sentences that had no part in any choice.
    """

    n: dict[str, int]
    tried: int
    configuration: Configuration
    tuning: Part
    test: Part


def measure_reviews(
    classified: pd.DataFrame, asked: Asked, selection: int, certainty: Certainty, settings: Statistics
) -> Reviews:
    """Compare the classification of the tuning and the test part before and after amplification.

    The paper's prompt, bins and test are not at hand, so these are ours. What amplification does is set against a shift
    towards one label: the unamplified model, its threshold moved until it calls as many sentences positive.

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
        If the test part does not hold exactly one configuration, or not one that was tried on the tuning part.
    """
    ordered = classified.sort_values(list(CLASSIFIED.keys), ignore_index=True)
    tried, test = (ordered[ordered["part"] == part] for part in ("tuning", "test"))
    chosen = test[_CONFIGURATION].drop_duplicates()
    tuning = tried.merge(chosen, on=_CONFIGURATION)
    if len(chosen) != 1 or tuning.empty:
        raise InputError(
            f"{ordered['model'].iloc[0]}: the test part has {len(chosen)} configurations, of which the tuning part has "
            f"{len(tuning)} sentences; there must be one configuration, which tuning chose: validate the reviews again"
        )
    return Reviews(
        **vars(asked),
        n={"selection": selection, "tuning": len(tuning), "test": len(test)},
        tried=len(tried[_CONFIGURATION].drop_duplicates()),
        configuration=Configuration(**chosen.to_dict("records")[0]),
        tuning=_measure_part(read_sentences(tuning), certainty, settings),
        test=_measure_part(read_sentences(test), certainty, settings),
    )


def _measure_part(sentences: pd.DataFrame, certainty: Certainty, settings: Statistics) -> Part:
    """Compare all sentences, bins of confidence, uncertain and confident ones, and each label's."""
    confidence = expit(sentences["before"].abs())
    threshold = matching_threshold(sentences)

    def compare_between(low: float, high: float) -> Bin:
        inside = (low <= confidence) & ((confidence < high) | (high == 1))
        return Bin(**vars(compare(sentences[inside], settings)), low=low, high=high)

    return Part(
        all=compare(sentences, settings),
        predicted_positive={when: float((sentences[when] > 0).mean()) for when in ("before", "after")},
        bins=_correct([compare_between(low, high) for low, high in pairwise(certainty.bins)]),
        uncertain=compare_between(0.5, certainty.uncertain),
        confident=compare_between(certainty.confident, 1.0),
        by_label={
            "negative": compare(sentences[~sentences["positive"]], settings, threshold),
            "positive": compare(sentences[sentences["positive"]], settings, threshold),
        },
    )


def _correct(bins: list[Bin]) -> list[Bin]:
    """Correct the bins' p-values for their number [1]_; empty bins have none.

    References
    ----------
    .. [1] S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6
       (1979), 65-70.
    """
    pvalues = {found.low: found.pvalue for found in bins if found.pvalue is not None}
    ordered = sorted(pvalues, key=pvalues.__getitem__)
    steps = [min(1.0, pvalues[low] * (len(ordered) - rank)) for rank, low in enumerate(ordered)]
    corrected = dict(zip(ordered, accumulate(steps, max), strict=True))
    return [replace(found, pvalue_corrected=corrected.get(found.low)) for found in bins]


def tabulate_reviews(results: Mapping[str, Reviews]) -> pd.DataFrame:
    """Tabulate how reviews are classified before and after amplification.

    Parameters
    ----------
    results : mapping of str to Reviews
        By model.

    Returns
    -------
    DataFrame
        One row a model, part and group. `before`, `after` and `shifted` are shares of the group's `n` sentences that
        are classified right: unamplified, amplified, and unamplified with its threshold moved until as many are called
        positive. `difference` (after less before), `beyond_shift` (after less shifted) and `probability_difference` (of
        the right label's normalized probability, after less before) are in percentage points, each with the ends of its
        interval; `reachable` is the largest difference that there can be. `auc_before` and `auc_after` are areas under
        the ROC curve, and `auc_difference` is theirs.
    """
    return pd.DataFrame(
        [
            {"model": model, "part": name, "group": group, **_columns(compared)}
            for model, found in results.items()
            for name, part in (("tuning", found.tuning), ("test", found.test))
            for group, compared in _named_groups(part)
        ]
    )


def _named_groups(part: Part) -> Iterator[tuple[str, Comparison]]:
    yield "all", part.all
    for group in part.bins:
        yield f"confidence {plain(group.low)} to {plain(group.high)}", group
    yield f"uncertain: below {plain(part.uncertain.high)}", part.uncertain
    yield f"confident: from {plain(part.confident.low)}", part.confident
    yield from part.by_label.items()


def _columns(compared: Comparison) -> dict[str, float | None]:
    shift, auc = compared.shift, compared.auc
    return {
        "n": compared.n,
        "before": compared.before,
        "after": compared.after,
        **compared.difference.columns("difference"),
        "reachable": compared.reachable,
        "pvalue": compared.pvalue,
        "pvalue_corrected": compared.pvalue_corrected,
        "shifted": shift.right if shift else None,
        **(shift.difference if shift else UNDEFINED).columns("beyond_shift"),
        "beyond_shift_pvalue": shift.pvalue if shift else None,
        "auc_before": auc.before if auc else None,
        "auc_after": auc.after if auc else None,
        **(auc.difference if auc else UNDEFINED).columns("auc_difference"),
        **compared.probability_difference.columns("probability_difference"),
    }
