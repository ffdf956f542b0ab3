"""Do tasks with a lower baseline gain more, when baseline and gain come from different fresh prompts?"""

import warnings
from collections.abc import Sequence

import numpy as np
from scipy import stats

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, bootstrap_distribution, percentile_interval
from sna.statistics.fresh import FreshSaturation
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.logits import bounded, logit_gain, shift
from sna.statistics.permutation import permutation_test, shuffle
from sna.statistics.saturation import FEWEST_TASKS, spearman


def measure_fresh_saturation(tasks: Sequence[TaskPrompts], settings: Statistics) -> FreshSaturation:
    """Correlate the tasks' baselines on one half of their prompts with their improvements on the other.

    A baseline that comes out too low by chance makes the improvement over it too large, so one prompt must not stand in
    both. Each half gives the baselines once and the improvements once; rho is the mean of the two.

    Improvement in percent leaves less room above a higher baseline, whatever is amplified. So rho is held against what
    it is when the tasks' logit gains are shuffled over them. And noise of the logits alone makes the largest
    percentages where baselines are lowest. Random neurons make as much of it, so that the improvement beyond theirs,
    averaged over their draws, is correlated too. Their own rho would not do in its place: it ranks improvements however
    small they are.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Those that the model knows, each with random controls.
    settings : Statistics
        How uncertainty is measured. A bootstrap resample takes tasks, and of each half of a task's prompts as many.

    Returns
    -------
    FreshSaturation
        Without figures if there are fewer than 4 tasks or 2 prompts in a half, or nothing varies.
    """
    undefined = FreshSaturation(len(tasks), UNDEFINED, None, UNDEFINED, None, UNDEFINED, UNDEFINED, UNDEFINED)
    if len(tasks) < FEWEST_TASKS or min(min(task.first.sum(), (~task.first).sum()) for task in tasks) < 2:
        return undefined
    halves = [_halve(task) for task in tasks]
    means = np.array([[half.mean(axis=-1) for half in both] for both in halves]).transpose(2, 1, 0)
    if not _varies(means[0]) or not _varies(_improve(*means[:2])):
        return undefined
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)  # random neurons may do nothing at all
        rho, rho_random, beyond, logit = _correlate(means)
    resampled = _resample(halves, settings)
    shuffled, pvalue_shuffled = _shuffle_gains(*means[:2], settings)
    return FreshSaturation(
        n=len(tasks),
        rho=_estimate(rho, resampled[0], settings),
        pvalue=_test(*means[:2], settings),
        rho_shuffled=shuffled,
        pvalue_shuffled=pvalue_shuffled,
        rho_random=_estimate(rho_random, resampled[1], settings),
        beyond_random=_estimate(beyond, resampled[2], settings),
        logit=_estimate(logit, resampled[3], settings),
    )


def _halve(task: TaskPrompts) -> list[np.ndarray]:
    """Return what is averaged over each half of a task's prompts, each of shape (6, prompts of the half)."""
    controls = task.controls["random"]
    random = controls.by_prompt(controls.probability)
    controlled = np.isfinite(random)
    columns = np.array(
        [
            task.baseline,
            task.probability,
            np.where(controlled, task.baseline, 0.0),
            np.where(controlled, task.probability, 0.0),
            np.where(controlled, random, 0.0),
            task.logit_gain,
        ]
    )
    return [columns[:, task.first], columns[:, ~task.first]]


def _varies(values: np.ndarray) -> bool:
    """Whether the tasks differ in either half; shape (2, tasks)."""
    return bool(np.ptp(values, axis=-1).all())


def _improve(baseline: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return improvements in percent, equal where only rounding errors make them differ."""
    return improvement(bounded(probability), bounded(baseline)).round(9)


def _correlate(means: np.ndarray) -> np.ndarray:
    """Correlate the baselines of either half with what the other half gives.

    Parameters
    ----------
    means : ndarray, shape (6, 2, ..., tasks)
        Of what `_halve` returns, by half.

    Returns
    -------
    ndarray, shape (4, ...)
        Rho of the selected neurons' improvement, of the random ones', of the former less the latter, and of the logit
        gain.
    """
    baseline, probability, controlled, selected, random, gain = means
    by_random = _improve(controlled, random)
    beyond = (_improve(controlled, selected) - by_random).round(9)
    outcomes = np.array([_improve(baseline, probability), by_random, beyond, gain])
    return _correlate_across(baseline, outcomes)


def _correlate_across(baseline: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """Return the mean rho of the two ways; halves are the axis after those that only `outcomes` has."""
    rhos = spearman(baseline[::-1], outcomes)
    return rhos.mean(axis=outcomes.ndim - baseline.ndim)


def _resample(halves: Sequence[Sequence[np.ndarray]], settings: Statistics) -> np.ndarray:
    """Return what `_correlate` does of resamples of tasks, each with a resample of either half of its prompts.

    A task that a resample holds twice has other prompts each time.
    """
    rng = np.random.default_rng(settings.seed)
    means = np.array([[_resample_prompts(half, settings, rng) for half in both] for both in halves])
    means = means.transpose(2, 1, 0, 3)  # of shape (6, 2, tasks, resamples)

    def correlate(drawn: np.ndarray, axis: int) -> np.ndarray:
        return _correlate(means[:, :, drawn, rng.integers(means.shape[-1], size=drawn.shape)])

    return bootstrap_distribution([np.arange(len(halves))], correlate, settings, rng=rng)


def _resample_prompts(half: np.ndarray, settings: Statistics, rng: np.random.Generator) -> np.ndarray:
    """Return the means of each resample of a half's prompts, of shape (6, resamples)."""
    return bootstrap_distribution(list(half), lambda *columns, axis: np.mean(columns, axis=axis), settings, rng=rng)


def _test(baseline: np.ndarray, probability: np.ndarray, settings: Statistics) -> float | None:
    """Test rho by giving tasks each other's baselines; both arrays are of shape (2, tasks)."""
    percent = _improve(baseline, probability)

    def correlate(orders: np.ndarray, axis: int) -> np.ndarray:
        return np.mean([spearman(baseline[1 - half][orders], percent[half], axis) for half in (0, 1)], axis=0)

    return permutation_test(np.arange(baseline.shape[1]), correlate, settings, "two-sided").pvalue


def _shuffle_gains(
    baseline: np.ndarray, probability: np.ndarray, settings: Statistics
) -> tuple[Estimate, float | None]:
    """Give tasks each other's logit gains, as `sna.statistics.null_model.shuffle_gains` does; shapes (2, tasks)."""
    gains = logit_gain(probability, baseline)

    def correlate(orders: np.ndarray, axis: int) -> np.ndarray:
        moved = [_improve(baseline[half], shift(baseline[half], gains[half][orders])) for half in (0, 1)]
        return np.mean([spearman(baseline[1 - half], moved[half], axis) for half in (0, 1)], axis=0)

    test, rhos = shuffle(np.arange(baseline.shape[1]), correlate, settings, "less")
    return Estimate(float(np.median(rhos)), *percentile_interval(rhos, settings.confidence_level)), test.pvalue


def _estimate(value: float, distribution: np.ndarray, settings: Statistics) -> Estimate:
    if not np.isfinite(value):
        return UNDEFINED
    return Estimate(float(value), *percentile_interval(distribution, settings.confidence_level))
