"""Which layer helps which category most, and do categories differ in it?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.experiments.summary import TaskImprovement
from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate, bootstrap_distribution, percentile_interval
from sna.statistics.permutation import UNTESTED, PermutationTest, permutation_test
from sna.tables import PROMPTS

_REDUCE = {"best": np.max, "mean": np.mean, "median": np.median}


@dataclass(frozen=True)
class BestLayer:
    """The layer that gains most: its number, its depth from 0 (first) to 1 (last), and the gain there in percent."""

    layer: int
    depth: float
    gain: Estimate


@dataclass(frozen=True)
class BestLayerOfCategory(BestLayer):
    """The same for a category of so many `tasks`, with the interval of the best layer, also as depth."""

    layer_low: int
    layer_high: int
    depth_low: float
    depth_high: float
    tasks: int


@dataclass(frozen=True)
class Layers:
    """The best layers of one model, of which so many `layers` were amplified."""

    layers: int
    by_category: dict[str, BestLayerOfCategory]
    by_task: dict[str, BestLayer]
    specialization: PermutationTest


@dataclass(frozen=True)
class _Profile:
    """The gain of a task or category at each layer, in percent.

    Attributes
    ----------
    gains : ndarray, shape (layers,)
    resampled : ndarray, shape (layers, resamples)
    """

    gains: np.ndarray
    resampled: np.ndarray


def locate_layers(prompts: pd.DataFrame, layers: int, settings: Statistics) -> Layers:
    """Find each category's and each task's best layer.

    A task's gain at a layer is the configured summary (best, mean or median) of its improvements over the grid of
    neuron counts and multipliers there; a category's is the mean over its tasks. The paper names best layers but not
    how they were found, so this is our definition. Intervals are bootstraps over the evaluation prompts within each
    task: a resample takes the same prompts for every configuration of the task. That of a best layer spans the layers
    that win in the resamples. That of a gain does not allow for its having been picked as the largest; with ``best`` it
    lies high.

    Parameters
    ----------
    prompts : DataFrame
        One model's rows of a table that keeps `sna.tables.PROMPTS`.
    layers : int
        How many layers the model has, of which the sweep may cover a part.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Layers
    """
    ordered = prompts.sort_values(list(PROMPTS.keys), ignore_index=True)
    numbers = np.sort(ordered["layer"].unique())
    rng = np.random.default_rng(settings.seed)
    profiles = {task: _profile(rows, len(numbers), settings, rng) for task, rows in ordered.groupby("task")}
    categories = ordered.groupby("task")["category"].first()
    by_category = {}
    for category, tasks in categories.groupby(categories):
        members = [profiles[task] for task in tasks.index]
        profile = _Profile(
            np.mean([member.gains for member in members], axis=0),
            np.mean([member.resampled for member in members], axis=0),
        )
        by_category[category] = _best_layer_of_category(profile, numbers, layers, len(members), settings)
    return Layers(
        layers=len(numbers),
        by_category=by_category,
        by_task={task: _best_layer(profile, numbers, layers, settings) for task, profile in profiles.items()},
        specialization=measure_specialization(
            np.stack([profiles[task].gains for task in categories.index]), categories.to_numpy(), settings
        ),
    )


def _profile(rows: pd.DataFrame, layers: int, settings: Statistics, rng: np.random.Generator) -> _Profile:
    """Measure a task's gain at each layer, from its rows in the order of the table's keys."""
    count = rows["prompt"].nunique()
    amplified = rows["probability"].to_numpy().reshape(layers, -1, count)
    baseline = rows["baseline"].to_numpy()[:count]
    prompts = np.arange(count)

    def gains(resamples: np.ndarray, axis: int = -1) -> np.ndarray:
        # The mean over resampled prompts is a mean weighted by how often each was drawn: one matrix product for all.
        drawn = np.expand_dims(resamples, -1) == prompts
        weights = drawn.mean(axis=axis - 1).T
        return _reduce(improvement(amplified @ weights, baseline @ weights), settings.task_improvement)

    return _Profile(gains(prompts), bootstrap_distribution((prompts,), gains, settings, rng=rng))


def _reduce(improvements: np.ndarray, task_improvement: TaskImprovement) -> np.ndarray:
    """Summarize over the grid: from shape (layers, configurations, ...) to (layers, ...)."""
    return _REDUCE[task_improvement](improvements, axis=1)


def _best_layer(profile: _Profile, numbers: np.ndarray, layers: int, settings: Statistics) -> BestLayer:
    best = int(np.argmax(profile.gains))
    layer = int(numbers[best])
    interval = percentile_interval(profile.resampled[best], settings.confidence_level)
    return BestLayer(layer, _depth(layer, layers), Estimate(float(profile.gains[best]), *interval))


def _best_layer_of_category(
    profile: _Profile, numbers: np.ndarray, layers: int, tasks: int, settings: Statistics
) -> BestLayerOfCategory:
    best = _best_layer(profile, numbers, layers, settings)
    usable = profile.resampled[:, np.isfinite(profile.resampled).all(axis=0)]
    winners = numbers[np.argmax(usable, axis=0)]
    interval = percentile_interval(winners, settings.confidence_level, method="inverted_cdf")
    low, high = (best.layer if end is None else int(end) for end in interval)
    return BestLayerOfCategory(
        layer=best.layer,
        depth=best.depth,
        gain=best.gain,
        layer_low=low,
        layer_high=high,
        depth_low=_depth(low, layers),
        depth_high=_depth(high, layers),
        tasks=tasks,
    )


def _depth(layer: int, layers: int) -> float:
    """Return where a layer is in a model of so many: from 0 for the first to 1 for the last."""
    return layer / (layers - 1) if layers > 1 else 0.0


def measure_specialization(gains: np.ndarray, categories: np.ndarray, settings: Statistics) -> PermutationTest:
    """Test whether tasks of the same category gain at the same layers.

    Each task's profile over the layers is standardized (its shape counts, not its size), and the profile that all
    tasks share is taken away: what is left is the interaction of task and layer. The statistic is the share of its sum
    of squares that lies between categories, the R squared of a permutational analysis of variance [1]_; categories are
    shuffled over tasks. The paper states specialization without a test, so this one is ours.

    Parameters
    ----------
    gains : ndarray, shape (tasks, layers)
    categories : ndarray, shape (tasks,)
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    PermutationTest
        Undefined if no two tasks share a category, there is one category, or no profile differs from the others.

    References
    ----------
    .. [1] M. J. Anderson, A New Method for Non-parametric Multivariate Analysis of Variance, Austral Ecology 26 (2001),
       32-46.
    """
    kinds, labels = np.unique(categories, return_inverse=True)
    if not 1 < len(kinds) < len(labels) or gains.shape[1] < 2:
        return UNTESTED
    spread = gains.std(axis=1, keepdims=True)
    shapes = np.divide(gains - gains.mean(axis=1, keepdims=True), spread, out=np.zeros_like(gains), where=spread > 0)
    interaction = shapes - shapes.mean(axis=0)
    total = np.sum(interaction**2)
    if np.isclose(total, 0):
        return UNTESTED
    sizes = np.bincount(labels)

    def between_categories(shuffled: np.ndarray, axis: int = -1) -> np.ndarray:
        members = np.expand_dims(shuffled, axis - 1) == np.arange(len(kinds))[:, None]  # (..., kinds, tasks)
        means = members @ interaction / sizes[:, None]
        return np.sum(sizes[:, None] * means**2, axis=(-2, -1)) / total

    return permutation_test(labels, between_categories, settings, alternative="greater")
