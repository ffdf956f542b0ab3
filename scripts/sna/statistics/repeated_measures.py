"""Does a prompt's baseline predict its gain, over all prompts and among those of a task?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, defined, estimate
from sna.statistics.logits import bounded, logit

#: With fewer prompts no order of them is rare enough to mean anything.
FEWEST_PROMPTS = 4


@dataclass(frozen=True)
class WithinTasks:
    """The correlation within tasks, with its interval and its p-value."""

    r: float | None
    low: float | None
    high: float | None
    pvalue: float | None


@dataclass(frozen=True)
class PerPrompt:
    """Baseline and gain over `n` prompts; intervals are bootstraps over tasks, each with all of its prompts.

    Attributes
    ----------
    rho : Estimate
        Spearman's rho of baseline and logit gain over all prompts.
    rho_improvement : Estimate
        The same of baseline and improvement in percent, on which a gain looks the larger the lower its baseline.
    within_tasks : WithinTasks
        Repeated-measures correlation of the baseline's logit and the logit gain: whether they go together among the
        prompts of a task, whatever sets tasks apart.
    by_task : dict
        Spearman's rho of baseline and logit gain over each task's prompts.
    """

    n: int
    rho: Estimate
    rho_improvement: Estimate
    within_tasks: WithinTasks
    by_task: dict[str, float | None]


def correlate_prompts(prompts: pd.DataFrame, settings: Statistics) -> PerPrompt:
    """Correlate the prompts' baselines with their gains.

    Prompts of a task are alike, so a resample takes tasks, each with all of its prompts. Within tasks, prompts are
    repeated measures of their task [1]_: an analysis of covariance of the logit gains with one slope for all tasks and
    a level for each. Its p-value takes the prompts of a task as independent of one another.

    Parameters
    ----------
    prompts : DataFrame
        One model's rows of `sna.statistics.logits.at_best_configuration`.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    PerPrompt
        Without figures where there are fewer than 4 prompts, or where baselines or gains do not vary.

    References
    ----------
    .. [1] J. Z. Bakdash and L. R. Marusich, Repeated Measures Correlation, Frontiers in Psychology 8 (2017), 456.
    """
    ordered = prompts.sort_values(["task", "prompt"], ignore_index=True)
    baseline, gain = ordered["baseline"], ordered["logit_gain"]
    percent = improvement(bounded(ordered["probability"]), bounded(baseline))
    return PerPrompt(
        n=len(ordered),
        rho=_pool(baseline, gain, ordered["task"], stats.spearmanr, settings),
        rho_improvement=_pool(baseline, percent, ordered["task"], stats.spearmanr, settings),
        within_tasks=_correlate_within_tasks(baseline, gain, ordered["task"], settings),
        by_task={task: _rho(rows["baseline"], rows["logit_gain"]) for task, rows in ordered.groupby("task")},
    )


def _pool(x: pd.Series, y: pd.Series, task: pd.Series, correlate: Callable, settings: Statistics) -> Estimate:
    """Correlate all prompts; the interval is a bootstrap over tasks."""
    if len(x) < FEWEST_PROMPTS:
        return UNDEFINED
    x, y, members = x.to_numpy(), y.to_numpy(), list(task.groupby(task).indices.values())

    def correlate_tasks(drawn: np.ndarray) -> float:
        rows = np.concatenate([members[number] for number in drawn])
        return correlate(x[rows], y[rows]).statistic

    return estimate((np.arange(len(members)),), correlate_tasks, settings, vectorized=False)


def _correlate_within_tasks(baseline: pd.Series, gain: pd.Series, task: pd.Series, settings: Statistics) -> WithinTasks:
    """Correlate what is left of logits and gains when each task's means are taken away."""
    levels = pd.get_dummies(task, dtype=float)
    logits = pd.Series(logit(baseline))
    # Rounded as gains are, so that what does not vary within tasks is exactly 0.
    inside = [(values - values.groupby(task).transform("mean")).round(9) for values in (logits, gain)]
    r = _pool(*inside, task, stats.pearsonr, settings)
    if r.value is None or len(task) <= levels.shape[1] + 1:
        return WithinTasks(None, None, None, None)
    fit = sm.OLS(gain.to_numpy(), np.column_stack([levels, logits])).fit()
    return WithinTasks(r.value, r.low, r.high, defined(fit.pvalues[-1]))


def _rho(baseline: pd.Series, gain: pd.Series) -> float | None:
    if len(gain) < FEWEST_PROMPTS or not np.ptp(baseline) or not np.ptp(gain):
        return None
    return float(stats.spearmanr(baseline, gain).statistic)
