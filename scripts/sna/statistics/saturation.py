"""Does a task's baseline probability predict how much amplification improves it?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from sna.experiments.summary import ALL_MODELS
from sna.experiments.sweep import Sweep, TaskSweep, by_task
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, estimate
from sna.statistics.permutation import permutation_test

#: With fewer tasks no order of them is rare enough to mean anything.
FEWEST_TASKS = 4


@dataclass(frozen=True)
class RankCorrelation:
    """The rank correlation of baseline and improvement over `n` tasks."""

    n: int
    rho: Estimate
    pvalue: float | None
    pvalue_method: str | None
    task_improvement: str


@dataclass(frozen=True)
class Task:
    """One task: its mean baseline probability, with a bootstrap over prompts, and its improvement in percent."""

    category: str
    baseline: Estimate
    improvement: float


@dataclass(frozen=True)
class Saturation(RankCorrelation):
    """The correlation, and the tasks over which it is."""

    by_task: dict[str, Task]


def measure_saturation(tasks: pd.DataFrame, sweeps: Iterable[Sweep], settings: Statistics) -> Saturation:
    """Measure the tasks' baselines and correlate them with the improvements.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    sweeps : iterable of Sweep
        The same model's, or all models'.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Saturation
    """
    measured = by_task(sweeps)
    best = {task: max((own for _, own in found), key=_best_improvement) for task, found in measured.items()}
    return Saturation(
        **vars(correlate_tasks(tasks, settings)),
        by_task={
            # The sweep's own mean, to the last bit.
            row.task: Task(
                row.category,
                replace(estimate([best[row.task].baseline], np.mean, settings), value=row.baseline),
                row.improvement,
            )
            for row in tasks.itertuples()
        },
    )


def _best_improvement(task: TaskSweep) -> float:
    return task.improvements().max()


def correlate_tasks(tasks: pd.DataFrame, settings: Statistics) -> RankCorrelation:
    """Correlate the tasks' baselines with their improvements by Spearman's rho [1]_.

    The paper gives rho = -0.762 and p = 0.004 for 12 tasks, which is the two-sided t approximation. With so few tasks
    we prefer a two-sided permutation test, which assumes no distribution; the interval is a bootstrap over tasks.

    Parameters
    ----------
    tasks : DataFrame
        One model's tasks: `baseline` (probability) and `improvement` (percent).
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    RankCorrelation
        Without figures if there are fewer than 4 tasks, or if all baselines or all improvements are equal.

    References
    ----------
    .. [1] C. Spearman, The Proof and Measurement of Association between Two Things, American Journal of Psychology 15
       (1904), 72-101.
    """
    baseline, improvement = tasks["baseline"].to_numpy(), tasks["improvement"].to_numpy()
    n = len(tasks)
    rho = estimate((baseline, improvement), spearman, settings) if n >= FEWEST_TASKS else UNDEFINED
    if rho.value is None:
        return RankCorrelation(n, UNDEFINED, None, None, settings.task_improvement)

    def correlate(shuffled: np.ndarray, axis: int) -> np.ndarray:
        return spearman(shuffled, improvement, axis)

    test = permutation_test(baseline, correlate, settings, alternative="two-sided")
    return RankCorrelation(n, rho, test.pvalue, test.method, settings.task_improvement)


def spearman(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return Spearman's rho along an axis; NaN where either sample is constant.

    Parameters
    ----------
    x, y : ndarray, shape (..., n)
        They broadcast.
    axis : int
        Along which the observations run.

    Returns
    -------
    ndarray, shape (...)
    """
    return stats.spearmanrho(x, y, axis=axis).statistic


def list_tasks(results: Mapping[str, Saturation]) -> pd.DataFrame:
    """List the tasks of each model, those of all models together left out.

    Parameters
    ----------
    results : mapping of str to Saturation
        By model.

    Returns
    -------
    DataFrame
        One row a model and task: `category`, `baseline` (probability) with the ends of its interval, `improvement`
        (percent).
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "task": name,
                "category": task.category,
                **task.baseline.columns("baseline"),
                "improvement": task.improvement,
            }
            for model, found in results.items()
            if model != ALL_MODELS
            for name, task in found.by_task.items()
        ]
    )
