"""What a statement's rows give: as they were measured, and in every bootstrap resample."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import bootstrap_distribution
from sna.statistics.statement_rows import MeasuredTask


@dataclass(frozen=True)
class Figures:
    """What S sources do to T tasks; resampled figures have a last axis more.

    Attributes
    ----------
    changes, random : ndarray, shape (S, ...)
        Of the mean log-probability per token, over the texts of all tasks together.
    improvements : ndarray, shape (T, S, ...)
        Of the mean probability of a task's targets, in percent.
    """

    changes: np.ndarray
    random: np.ndarray
    improvements: np.ndarray

    @property
    def differences(self) -> np.ndarray:
        """The changes by the sources' neurons less those by random ones, shape (S, ...)."""
        return self.changes - self.random


def measure(tasks: Sequence[MeasuredTask]) -> Figures:
    """Return the figures as they were measured.

    Parameters
    ----------
    tasks : sequence of MeasuredTask

    Returns
    -------
    Figures
    """
    return _combine(tasks, [_means(*_samples(task), axis=-1) for task in tasks])


def resample(tasks: Sequence[MeasuredTask], settings: Statistics) -> Figures:
    """Return the figures of every resample of the prompts within each task [1]_, sources and tasks as they are.

    Parameters
    ----------
    tasks : sequence of MeasuredTask
    settings : Statistics
        How many resamples, and their seed.

    Returns
    -------
    Figures
        Their last axis is that of the resamples.

    References
    ----------
    .. [1] A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 3.2.
    """
    rng = np.random.default_rng(settings.seed)
    return _combine(tasks, [bootstrap_distribution(_samples(task), _means, settings, rng=rng) for task in tasks])


def _samples(task: MeasuredTask) -> list[np.ndarray]:
    return [*task.changes, *task.random, *task.probability, task.tokens, task.baseline]


def _means(*samples: np.ndarray, axis: int) -> np.ndarray:
    return np.stack([sample.mean(axis=axis) for sample in samples])


def _combine(tasks: Sequence[MeasuredTask], means: Sequence[np.ndarray]) -> Figures:
    """Return the figures from each task's means, which are as `_samples` orders them."""
    sources = len(tasks[0].changes)
    totals = np.sum([len(task.tokens) * of_task for task, of_task in zip(tasks, means, strict=True)], axis=0)
    tokens = totals[-2]
    with np.errstate(divide="ignore", invalid="ignore"):
        improvements = [improvement(of_task[2 * sources : 3 * sources], of_task[-1]) for of_task in means]
    return Figures(
        changes=totals[:sources] / tokens,
        random=totals[sources : 2 * sources] / tokens,
        improvements=np.stack(improvements),
    )
