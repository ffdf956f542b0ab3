"""Which layer helps which category most, and do categories differ in it?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.sweep import BATCH, Sweep, TaskSweep
from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate, percentile_interval
from sna.statistics.permutation import PermutationTest, shuffle

_SUMMARIES = {"best": np.max, "mean": np.mean, "median": np.median}


@dataclass(frozen=True)
class BestLayer:
    """The layer that gains most: its number, its depth from 0 (first) to 1 (last), and the gain there in percent."""

    layer: int
    depth: float
    gain: Estimate


@dataclass(frozen=True)
class BestLayerOfCategory(BestLayer):
    """The same for a category of so many `tasks`, with the layers that cannot be told from the best, ascending."""

    confidence_set: list[int]
    tasks: int


@dataclass(frozen=True)
class Specialization(PermutationTest):
    """The test of whether tasks of a category gain at the same layers, with the statistic's mean over the shuffles."""

    by_chance: float | None


UNTESTED = Specialization(None, None, None, None)


@dataclass(frozen=True)
class Layers:
    """The best layers of one model: so many `layers` were amplified, `of` so many that it has."""

    layers: int
    of: int
    by_category: dict[str, BestLayerOfCategory]
    by_task: dict[str, BestLayer]
    specialization: Specialization


@dataclass(frozen=True)
class _Profile:
    """The gain of a task or category at each layer, in percent.

    Attributes
    ----------
    gains : ndarray, shape (layers,)
    resampled : ndarray, shape (resamples, layers)
    """

    gains: np.ndarray
    resampled: np.ndarray


def locate_layers(sweep: Sweep, layers: int, settings: Statistics) -> Layers:
    """Find each category's and each task's best layer.

    A task's gain at a layer is the configured summary (best, mean or median) of its improvements over the grid of
    neuron counts and multipliers there; a category's is the mean over its tasks. The paper names best layers but not
    how they were found, so this is our definition. Intervals are bootstraps over the evaluation prompts within each
    task: a resample takes the same prompts for every configuration of the task. That of a gain does not allow for its
    having been picked as the largest; with ``best`` it lies high.

    Parameters
    ----------
    sweep : Sweep
        One model's.
    layers : int
        How many layers the model has, of which the sweep may cover a part.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Layers
    """
    numbers = sweep.layers
    rng = np.random.default_rng(settings.seed)
    profiles = {task.task: _profile(task, len(numbers), settings, rng) for task in sweep.tasks}
    categories = pd.Series({task.task: task.category for task in sweep.tasks})
    by_category = {}
    for category, tasks in categories.groupby(categories):
        members = [profiles[task] for task in tasks.index]
        profile = _Profile(
            np.mean([member.gains for member in members], axis=0),
            np.mean([member.resampled for member in members], axis=0),
        )
        by_category[category] = BestLayerOfCategory(
            **vars(_best_layer(profile, numbers, layers, settings)),
            confidence_set=numbers[find_best(profile.gains, profile.resampled, settings.confidence_level)].tolist(),
            tasks=len(members),
        )
    return Layers(
        layers=len(numbers),
        of=layers,
        by_category=by_category,
        by_task={task: _best_layer(profile, numbers, layers, settings) for task, profile in profiles.items()},
        specialization=measure_specialization(
            np.stack([profiles[task].gains for task in categories.index]), categories.to_numpy(), settings
        ),
    )


def _profile(task: TaskSweep, layers: int, settings: Statistics, rng: np.random.Generator) -> _Profile:
    """Measure a task's gain at each layer, by which its configurations are sorted."""
    summarize = _SUMMARIES[settings.task_improvement]

    def gains(improvements: np.ndarray) -> np.ndarray:
        return summarize(improvements.reshape(*improvements.shape[:-1], layers, -1), axis=-1)

    resampled = np.empty((settings.resamples, layers))
    for start in range(0, settings.resamples, BATCH):
        batch = resampled[start : start + BATCH]
        batch[:] = gains(task.improvements(task.resample(len(batch), rng)))
    return _Profile(gains(task.improvements()), resampled)


def find_best(measured: np.ndarray, resampled: np.ndarray, confidence_level: float) -> np.ndarray:
    """Find which of several figures cannot be told from the largest.

    A confidence set of the best one: each is tested against all others together, and stays if the largest exceeds it by
    no more than their errors may [1]_. The resamples give these errors, and how they hang together. The set contains
    the truly largest figure as often as the confidence level says, whichever it is; where noise decides, it is large.

    Parameters
    ----------
    measured : ndarray, shape (n,)
    resampled : ndarray, shape (resamples, n)
        The same in each resample.
    confidence_level : float

    Returns
    -------
    ndarray of bool, shape (n,)
        The largest is always among them.

    References
    ----------
    .. [1] J. C. Hsu, Constrained Simultaneous Confidence Intervals for Multiple Comparisons with the Best, Annals of
       Statistics 12 (1984), 1136-1144; with the bootstrap of M. Mogstad, J. P. Romano, A. M. Shaikh and D. Wilhelm,
       Inference for Ranks with Applications to Mobility across Neighbourhoods and Academic Achievement across
       Countries, Review of Economic Studies 91 (2024), 476-518.
    """
    errors = (resampled - measured)[np.isfinite(resampled).all(axis=-1)]
    if not len(errors):
        return np.ones(len(measured), dtype=bool)
    allowances = np.quantile(errors.max(axis=-1, keepdims=True) - errors, confidence_level, axis=0)
    return measured.max() - measured <= allowances


def _best_layer(profile: _Profile, numbers: np.ndarray, layers: int, settings: Statistics) -> BestLayer:
    best = int(np.argmax(profile.gains))
    layer = int(numbers[best])
    interval = percentile_interval(profile.resampled[:, best], settings.confidence_level)
    return BestLayer(layer, _depth(layer, layers), Estimate(float(profile.gains[best]), *interval))


def _depth(layer: int, layers: int) -> float:
    """Return where a layer is in a model of so many: from 0 for the first to 1 for the last."""
    return layer / (layers - 1) if layers > 1 else 0.0


def measure_specialization(gains: np.ndarray, categories: np.ndarray, settings: Statistics) -> Specialization:
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
    Specialization
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

    test, shares = shuffle(labels, between_categories, settings, alternative="greater")
    return Specialization(**vars(test), by_chance=float(shares.mean()))
