"""Do the tasks of a model share their top neurons?"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats


@dataclass(frozen=True)
class Overlaps:
    """How many of their top neurons each two tasks of a model share.

    Attributes
    ----------
    neurons, width : int
        How many top neurons of a task are compared, and how many neurons the layer has.
    by_pair : dict
        By two tasks, either way: their overlap, from 0 to 1.
    by_chance : float
        That of random sets of as many neurons, on average.
    within, between : float or None
        Mean over the pairs of tasks of one category, and over those of two; None where there are none.
    """

    neurons: int
    width: int
    by_pair: dict[str, dict[str, float]]
    by_chance: float | None
    within: float | None
    between: float | None


def measure_overlaps(
    ranking: pd.DataFrame, layers: Mapping[str, int], categories: Mapping[str, str], neurons: int, width: int
) -> Overlaps:
    """Measure how many of their top neurons each two tasks share, at the layers that were chosen for them.

    At a layer the overlap of two tasks is the number of neurons that are among the top ones of both, as a share of
    those that are among the top ones of either [1]_; that of two tasks is the mean of those at the layer of the one and
    at that of the other. All pairs are compared by the same number of neurons, so that they can be told apart.

    Parameters
    ----------
    ranking : DataFrame
        One model's rows of a table that keeps `sna.tables.NEURONS`.
    layers, categories : mapping
        The layer that was chosen for each task, and its category.
    neurons : int
        How many top neurons of a task are compared; the ranking has as many.
    width : int
        How many neurons a layer has.

    Returns
    -------
    Overlaps

    References
    ----------
    .. [1] P. Jaccard, The Distribution of the Flora in the Alpine Zone, New Phytologist 11 (1912), 37-50.
    """
    top = ranking[(ranking["rank"] <= neurons) & ranking["layer"].isin(set(layers.values()))]
    sets = {place: frozenset(rows["neuron"]) for place, rows in top.groupby(["task", "layer"])}

    def overlap(one: str, other: str) -> float:
        pairs = [(sets[one, layers[task]], sets[other, layers[task]]) for task in (one, other)]
        return float(np.mean([len(mine & others) / len(mine | others) for mine, others in pairs]))

    by_pair = {one: {other: overlap(one, other) for other in layers if other != one} for one in layers}
    alike = {True: [], False: []}
    for one, other in combinations(layers, 2):
        alike[categories[one] == categories[other]].append(by_pair[one][other])
    return Overlaps(
        neurons=neurons,
        width=width,
        by_pair=by_pair,
        by_chance=overlap_by_chance(neurons, neurons, width),
        within=float(np.mean(alike[True])) if alike[True] else None,
        between=float(np.mean(alike[False])) if alike[False] else None,
    )


def overlap_by_chance(first: int, second: int, among: int) -> float | None:
    """Return the Jaccard overlap of two random sets, on average.

    Parameters
    ----------
    first, second : int
        Their sizes.
    among : int
        How many things they are drawn from.

    Returns
    -------
    float or None
        None of two empty sets.
    """
    if not first + second:
        return None
    shared = stats.hypergeom(among, first, second)
    return float(shared.expect(lambda both: both / (first + second - both)))
