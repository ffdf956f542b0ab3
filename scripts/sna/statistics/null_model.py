"""Is saturation more than arithmetic? What would follow if the baseline had no part in a task's gain."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, percentile_interval
from sna.statistics.logits import average_prompts, bounded, shift
from sna.statistics.permutation import shuffle
from sna.statistics.predictors import Predictors, compare_predictors
from sna.statistics.repeated_measures import PerPrompt, correlate_prompts
from sna.statistics.saturation import FEWEST_TASKS, correlate_tasks, spearman

_BINS = np.linspace(-1, 1, 41)


@dataclass(frozen=True)
class Correlation:
    """Spearman's rho, and its two-sided p-value by a permutation test."""

    rho: Estimate
    pvalue: float | None


@dataclass(frozen=True)
class Histogram:
    """How many values lie between each two neighbours of `edges`."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True)
class ShuffledGains:
    """Saturation, beside what it is when tasks have each other's logit gains.

    Attributes
    ----------
    rho : float or None
        Spearman's rho of baseline and improvement in percent.
    rho_shuffled : Estimate
        The same over shuffles: median and central interval.
    histogram : Histogram or None
        Of rho over shuffles.
    pvalue : float or None
        Share of the shuffles with a rho as low as the observed one.
    more_than_null : bool or None
        Whether that is below 1 - confidence level.
    """

    rho: float | None
    rho_shuffled: Estimate
    histogram: Histogram | None
    pvalue: float | None
    more_than_null: bool | None


@dataclass(frozen=True)
class TaskGain:
    """A task's mean baseline probability, and the gain of its mean probability's logit."""

    category: str
    baseline: float
    logit_gain: float


@dataclass(frozen=True)
class NullModel(ShuffledGains):
    """The same for `n` tasks, with the gains on the logit scale.

    Attributes
    ----------
    shift : float
        Median of the tasks' logit gains.
    rho_constant_shift : float or None
        Rho of baseline and improvement in percent if every prompt's logit had risen by `shift`.
    logit : Correlation
        Of baseline and logit gain over tasks.
    per_prompt : PerPrompt
        Of baseline and logit gain over prompts.
    predictors : Predictors
        Whether the baseline predicts the logit gain better than the category does.
    by_task : dict
        The gain of each task.
    """

    n: int
    shift: float
    rho_constant_shift: float | None
    logit: Correlation
    per_prompt: PerPrompt
    predictors: Predictors
    by_task: dict[str, TaskGain]


def measure_null_model(prompts: pd.DataFrame, settings: Statistics) -> NullModel:
    """Set the saturation beside what the percent scale alone makes of gains that the baseline has no part in.

    Parameters
    ----------
    prompts : DataFrame
        One model's rows of `sna.statistics.logits.at_best_configuration`: tasks are measured at their best
        configurations, whatever `settings.task_improvement` says, because a mean over configurations has no one logit
        gain.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    NullModel
    """
    prompts = prompts.sort_values(["task", "prompt"], ignore_index=True)
    tasks = average_prompts(prompts)
    on_logits = tasks.assign(improvement=tasks["logit_gain"])
    typical = float(tasks["logit_gain"].median())
    moved = average_prompts(prompts.assign(probability=shift(prompts["baseline"], typical)))
    logits = correlate_tasks(on_logits, settings)
    return NullModel(
        **vars(shuffle_gains(tasks, settings)),
        n=len(tasks),
        shift=typical,
        rho_constant_shift=_rho(moved) if _can_be_correlated(moved) else None,
        logit=Correlation(logits.rho, logits.pvalue),
        per_prompt=correlate_prompts(prompts, settings),
        predictors=compare_predictors(on_logits, settings),
        by_task={row.task: TaskGain(row.category, row.baseline, row.logit_gain) for row in tasks.itertuples()},
    )


def shuffle_gains(tasks: pd.DataFrame, settings: Statistics) -> ShuffledGains:
    """Give tasks each other's logit gains, and see what is left of saturation.

    Improvement in percent is measured from the baseline, and an index correlates with a part of itself without any
    cause [1]_: if amplification raised every task's logit by the same constant, rho would be near -1. So the tasks'
    logit gains are shuffled, and each task's improvement is computed from its own baseline and another's gain. A rho
    below nearly all of those shows that logit gains fall as the baseline rises: saturation that the scale does not
    explain.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.statistics.logits.average_prompts`.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    ShuffledGains
        Without figures if there are fewer than 4 tasks, or if all baselines or all improvements are equal.

    References
    ----------
    .. [1] K. Pearson, On a Form of Spurious Correlation Which May Arise When Indices Are Used in the Measurement of
       Organs, Proceedings of the Royal Society of London 60 (1897), 489-498.
    """
    if not _can_be_correlated(tasks):
        return ShuffledGains(None, UNDEFINED, None, None, None)
    baseline = bounded(tasks["baseline"].to_numpy())

    def correlate(gains: np.ndarray, axis: int) -> np.ndarray:
        percent = improvement(shift(baseline, gains), baseline).round(9)  # a logit and back is off by a rounding error
        return spearman(baseline, percent, axis)

    test, rhos = shuffle(tasks["logit_gain"], correlate, settings, alternative="less")
    counts, edges = np.histogram(rhos, _BINS)
    return ShuffledGains(
        rho=_rho(tasks),
        rho_shuffled=Estimate(float(np.median(rhos)), *percentile_interval(rhos, settings.confidence_level)),
        histogram=Histogram(edges.round(3).tolist(), counts.tolist()),
        pvalue=test.pvalue,
        more_than_null=test.pvalue is not None and test.pvalue < 1 - settings.confidence_level,
    )


def _can_be_correlated(tasks: pd.DataFrame) -> bool:
    return len(tasks) >= FEWEST_TASKS and np.ptp(tasks["baseline"]) > 0 and np.ptp(tasks["improvement"]) > 0


def _rho(tasks: pd.DataFrame) -> float:
    return float(spearman(tasks["baseline"].to_numpy(), tasks["improvement"].to_numpy()))
