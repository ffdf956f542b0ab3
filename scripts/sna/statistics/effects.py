"""What amplification does to several tasks at once, under one or several sources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, bootstrap_distribution, defined, percentile_interval


@dataclass(frozen=True)
class Perplexity:
    """The exponential of minus the mean log-probability per token, without amplification and with it."""

    before: float | None
    after: float | None


@dataclass(frozen=True)
class Fluency:
    """The change of the mean log-probability per token of whole texts, in nats, and their perplexity."""

    log_probability: Estimate
    perplexity: Perplexity


def measure_improvement(rows: pd.DataFrame, settings: Statistics) -> Estimate:
    """Average the improvement of the mean target probability over sources and tasks, in percent.

    Parameters
    ----------
    rows : DataFrame
        Rows of a table that keeps `sna.tables.INTERFERENCE`: of one model, setting and kind of `scored`, every source
        with every task.
    settings : Statistics
        How uncertainty is measured: by a bootstrap over the prompts within each task.

    Returns
    -------
    Estimate
    """
    strata = [[*_by_source(task, "probability"), *_by_source(task, "baseline")] for task in _by_task(rows)]

    def of_task(*samples: np.ndarray, axis: int) -> np.ndarray:
        probability, baseline = np.split(np.stack(samples).mean(axis=axis), 2)
        return improvement(probability, baseline).mean(axis=0)

    return _estimate_over_tasks(strata, of_task, lambda tasks: tasks.mean(axis=0), settings)


def measure_fluency(rows: pd.DataFrame, settings: Statistics) -> Fluency:
    """Measure how well whole texts are predicted: over the tokens of all texts together, on average over sources.

    Without a figure where amplification made a text impossible: a probability of 0 has no logarithm.

    Parameters
    ----------
    rows, settings
        As `measure_improvement` takes them.

    Returns
    -------
    Fluency
    """
    with np.errstate(divide="ignore"):
        logs = rows.assign(after=np.log(rows["probability"]), before=np.log(rows["baseline"]))
    strata = [
        [_by_source(task, column).mean(axis=0) for column in ("after", "before", "tokens")] for task in _by_task(logs)
    ]

    def of_task(*samples: np.ndarray, axis: int) -> np.ndarray:
        return np.stack(samples).sum(axis=axis)

    def change(tasks: np.ndarray) -> np.ndarray:
        after, before, tokens = tasks.sum(axis=0)
        return (after - before) / tokens

    after, before, tokens = np.concatenate(strata, axis=1).sum(axis=1)
    return Fluency(
        log_probability=_estimate_over_tasks(strata, of_task, change, settings),
        perplexity=Perplexity(before=_perplexity(before, tokens), after=_perplexity(after, tokens)),
    )


def _perplexity(log_probability: float, tokens: float) -> float | None:
    return defined(np.exp(-log_probability / tokens))


def _by_task(rows: pd.DataFrame) -> list[pd.DataFrame]:
    return [task for _, task in rows.sort_values(["source", "prompt"]).groupby("task")]


def _by_source(task: pd.DataFrame, column: str) -> np.ndarray:
    """Lay out a column of a task's sorted rows as (sources, prompts)."""
    return task[column].to_numpy().reshape(task["source"].nunique(), -1)


def _estimate_over_tasks(
    strata: Sequence[Sequence[np.ndarray]],
    of_task: Callable[..., np.ndarray],
    combine: Callable[[np.ndarray], np.ndarray],
    settings: Statistics,
) -> Estimate:
    """Estimate a figure of several tasks, resampling the prompts within each [1]_.

    Parameters
    ----------
    strata : sequence
        Each task's samples, which have one value a prompt.
    of_task : callable
        Takes a task's samples and `axis`, along which the prompts run.
    combine : callable
        Takes what `of_task` returns of all tasks, stacked along the first axis.
    settings : Statistics
        How uncertainty is measured.

    References
    ----------
    .. [1] A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 3.2.
    """
    rng = np.random.default_rng(settings.seed)
    with np.errstate(invalid="ignore"):
        value = defined(combine(np.stack([of_task(*samples, axis=-1) for samples in strata])))
        if value is None:
            return UNDEFINED
        resampled = np.stack([bootstrap_distribution(samples, of_task, settings, rng=rng) for samples in strata])
        return Estimate(value, *percentile_interval(combine(resampled), settings.confidence_level))
