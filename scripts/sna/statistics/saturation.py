"""Does a task's baseline probability predict how much amplification improves it?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, estimate
from sna.statistics.permutation import permutation_test

#: With fewer tasks no order of them is rare enough to mean anything.
FEWEST_TASKS = 4


@dataclass(frozen=True)
class Saturation:
    """The rank correlation of baseline and improvement over `n` tasks."""

    n: int
    rho: Estimate
    pvalue: float | None
    pvalue_method: str | None
    task_improvement: str


def spearman(x: ArrayLike, y: ArrayLike, axis: int = -1) -> np.ndarray:
    """Return Spearman's rho [1]_ along an axis: Pearson's correlation of the ranks, ties sharing their mean rank.

    `scipy.stats.spearmanr` gives the same figure for one pair of samples; this takes many pairs at once.

    References
    ----------
    .. [1] C. Spearman, The Proof and Measurement of Association between Two Things, American Journal of Psychology 15
       (1904), 72-101.
    """
    return stats.pearsonr(stats.rankdata(x, axis=axis), stats.rankdata(y, axis=axis), axis=axis).statistic


def measure_saturation(tasks: pd.DataFrame, settings: Statistics) -> Saturation:
    """Correlate the tasks' baselines with their improvements.

    The paper gives rho = -0.762 and p = 0.004 for 12 tasks, which is the two-sided t approximation. With so few tasks
    we prefer a two-sided permutation test, which assumes no distribution; the interval is a bootstrap over tasks.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Saturation
        Without figures if there are fewer than 4 tasks, or if all baselines or all improvements are equal.
    """
    baseline, improvement = tasks["baseline"].to_numpy(), tasks["improvement"].to_numpy()
    n = len(tasks)
    rho = estimate((baseline, improvement), spearman, settings) if n >= FEWEST_TASKS else UNDEFINED
    if rho.value is None:
        return Saturation(n, UNDEFINED, None, None, settings.task_improvement)

    def correlate(shuffled: np.ndarray, axis: int) -> np.ndarray:
        return spearman(shuffled, np.broadcast_to(improvement, shuffled.shape), axis)

    test = permutation_test(baseline, correlate, settings, alternative="two-sided")
    return Saturation(n, rho, test.pvalue, test.method, settings.task_improvement)
