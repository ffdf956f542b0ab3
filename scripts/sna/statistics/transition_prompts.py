"""The fresh prompts of several tasks together, each with its own baseline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.logits import bounded


@dataclass(frozen=True)
class PooledPrompts:
    """Prompts of several tasks, one task after another; all arrays have the shape (prompts,).

    Attributes
    ----------
    task : ndarray of int
        Number of the task, from 0.
    category : ndarray of str
    baseline, probability, random : ndarray
        Probability of the target without amplification, under the task's own neurons, and under random ones of the same
        layer, number and multiplier, on average over those that were measured on the prompt. All lie above 0.
    logit_gain, beyond : ndarray
        Gain of the logit under the task's own neurons, and how far it exceeds that under random ones.
    """

    task: np.ndarray
    category: np.ndarray
    baseline: np.ndarray
    probability: np.ndarray
    random: np.ndarray
    logit_gain: np.ndarray
    beyond: np.ndarray

    @property
    def tasks(self) -> int:
        """How many tasks there are."""
        return len(np.unique(self.task))

    def decades(self) -> np.ndarray:
        """Return the logarithms of the baselines, to the base of 10.

        Returns
        -------
        ndarray, shape (prompts,)
        """
        return np.log10(self.baseline)

    def where(self, chosen: np.ndarray) -> "PooledPrompts":
        """Return some of the prompts.

        Parameters
        ----------
        chosen : ndarray
            A mask of shape (prompts,), or their places.

        Returns
        -------
        PooledPrompts
            In that order, with the same numbers of tasks.
        """
        return PooledPrompts(**{name: values[chosen] for name, values in vars(self).items()})


def pool_prompts(tasks: Sequence[TaskPrompts]) -> PooledPrompts:
    """Put the prompts of several tasks together, but for those on which no random neurons were measured.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Each with random controls.

    Returns
    -------
    PooledPrompts
    """
    random = [task.controls["random"] for task in tasks]
    by_random = [controls.by_prompt(controls.logit_gain) for controls in random]

    def join(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
        return np.concatenate([np.empty(0, dtype), *arrays])

    sizes = [len(task.baseline) for task in tasks]
    pooled = PooledPrompts(
        task=np.repeat(np.arange(len(tasks)), sizes),
        category=np.repeat(np.array([task.category for task in tasks], dtype=str), sizes),
        baseline=bounded(join([task.baseline for task in tasks], float)),
        probability=bounded(join([task.probability for task in tasks], float)),
        random=bounded(join([controls.by_prompt(controls.probability) for controls in random], float)),
        logit_gain=join([task.logit_gain for task in tasks], float),
        beyond=join([task.logit_gain - gain for task, gain in zip(tasks, by_random, strict=True)], float).round(9),
    )
    return pooled.where(np.isfinite(pooled.beyond))
