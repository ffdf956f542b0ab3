"""Do the models of a study agree on which tasks gain, and on which tasks share their neurons?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.fresh import Fresh
from sna.statistics.null_model import Correlation
from sna.statistics.overlap import Overlaps
from sna.statistics.permutation import UNTESTED, PermutationTest, permutation_test
from sna.statistics.saturation import FEWEST_TASKS, correlate_tasks


@dataclass(frozen=True)
class BesideAnother:
    """One model beside another of the study, on fresh prompts.

    Attributes
    ----------
    n : int
        How many tasks both know.
    gains : Correlation
        Of the logit gains of these tasks in the two models.
    both, only_here, only_there : list of str
        The tasks on which the gain is there in both, and in one alone.
    overlaps : PermutationTest
        Rank correlation of the overlaps of all pairs of tasks in the two models.
    """

    n: int
    gains: Correlation
    both: list[str]
    only_here: list[str]
    only_there: list[str]
    overlaps: PermutationTest


@dataclass(frozen=True)
class ModelBesideOthers:
    """One model: which of its tasks share their top neurons, and how it agrees with each other model of the study."""

    overlaps: Overlaps
    others: dict[str, BesideAnother]


def compare_models(
    fresh: Mapping[str, Fresh], overlaps: Mapping[str, Overlaps], settings: Statistics
) -> dict[str, ModelBesideOthers]:
    """Compare each model with each other.

    Parameters
    ----------
    fresh : mapping of str to Fresh
        By model; all have the same tasks.
    overlaps : mapping of str to Overlaps
        By model.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to ModelBesideOthers
    """
    others: dict[str, dict[str, BesideAnother]] = {model: {} for model in fresh}
    for here, there in combinations(fresh, 2):
        found = _compare(fresh[here], fresh[there], overlaps[here], overlaps[there], settings)
        others[here][there] = found
        others[there][here] = replace(found, only_here=found.only_there, only_there=found.only_here)
    return {model: ModelBesideOthers(overlaps[model], others[model]) for model in fresh}


def _compare(
    here: Fresh, there: Fresh, overlaps_here: Overlaps, overlaps_there: Overlaps, settings: Statistics
) -> BesideAnother:
    known = [task for task in here.by_task if here.by_task[task].known and there.by_task[task].known]
    gains = pd.DataFrame(
        [(here.by_task[task].logit_gain.value, there.by_task[task].logit_gain.value) for task in known],
        columns=["baseline", "improvement"],  # as the two are called that are otherwise correlated over tasks
        dtype=float,
    )
    correlated = correlate_tasks(gains, settings)
    holding, holding_there = ({task for task in by if by[task].holds} for by in (here.by_task, there.by_task))
    return BesideAnother(
        n=len(known),
        gains=Correlation(correlated.rho, correlated.pvalue),
        both=sorted(holding & holding_there),
        only_here=sorted(holding - holding_there),
        only_there=sorted(holding_there - holding),
        overlaps=correlate_overlaps(overlaps_here, overlaps_there, settings),
    )


def correlate_overlaps(one: Overlaps, other: Overlaps, settings: Statistics) -> PermutationTest:
    """Test whether the tasks that share neurons in one model share neurons in another: Mantel's test [1]_.

    Neurons of two models cannot be compared, but which tasks share them can. The statistic is Spearman's rho over all
    pairs of tasks; as a task is in many pairs, the tasks of one model are shuffled as wholes.

    Parameters
    ----------
    one, other : Overlaps
        Of the same tasks.
    settings : Statistics
        Number of resamples and seed.

    Returns
    -------
    PermutationTest
        One-sided, of their being alike; undefined for fewer than 4 tasks, or if all overlaps of a model are equal.

    References
    ----------
    .. [1] N. Mantel, The Detection of Disease Clustering and a Generalized Regression Approach, Cancer Research 27
       (1967), 209-220.
    """
    tasks = list(one.by_pair)
    first, second = np.array([*combinations(range(len(tasks)), 2)]).reshape(-1, 2).T
    ranks = [_standardized_ranks([found.by_pair[tasks[i]][tasks[j]] for i, j in zip(first, second, strict=True)])
             for found in (one, other)]  # fmt: skip
    if len(tasks) < FEWEST_TASKS or not all(own.any() for own in ranks):
        return UNTESTED
    matrix = np.zeros((len(tasks), len(tasks)))
    matrix[first, second] = matrix[second, first] = ranks[0]

    def correlate(shuffled: np.ndarray, axis: int) -> np.ndarray:
        order = np.moveaxis(shuffled, axis, -1)
        return matrix[order[..., first], order[..., second]] @ ranks[1]

    return permutation_test(np.arange(len(tasks)), correlate, settings, alternative="greater")


def _standardized_ranks(values: list[float]) -> np.ndarray:
    """Return ranks about their mean, of length 1; all 0 if the values are equal."""
    ranks = stats.rankdata(values) if values else np.zeros(0)
    centred = ranks - ranks.mean() if values else ranks
    length = np.linalg.norm(centred)
    return centred / length if length > 0 else centred
