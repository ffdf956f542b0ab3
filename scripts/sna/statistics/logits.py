"""Gains on the logit scale, on which amplification has as much room at one baseline as at another."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from sna.experiments.aggregation import improvement
from sna.experiments.summary import best_configurations, summarize_tasks
from sna.tables import PROMPTS

#: The probabilities next to 0 and 1 in float32, which is what models compute in.
_LEAST, _MOST = float(np.finfo(np.float32).tiny), 1 - float(np.finfo(np.float32).epsneg)


def bounded(probability: ArrayLike) -> np.ndarray:
    """Return probabilities with those next to 0 and 1 in place of 0 and 1, whose logits are infinite.

    A probability that is 0 or 1 in a table was closer to it than float32 can tell.

    Parameters
    ----------
    probability : array_like, any shape

    Returns
    -------
    ndarray, the same shape
    """
    return np.clip(probability, _LEAST, _MOST)


def logit(probability: ArrayLike) -> np.ndarray:
    """Return the logits of probabilities, finite for those of 0 and 1 too.

    Parameters
    ----------
    probability : array_like, any shape

    Returns
    -------
    ndarray, the same shape
    """
    return special.logit(bounded(probability))


def shift(probability: ArrayLike, gain: ArrayLike) -> np.ndarray:
    """Return probabilities whose logits are raised by a gain.

    Parameters
    ----------
    probability, gain : array_like
        They broadcast.

    Returns
    -------
    ndarray, of the shape to which they broadcast
    """
    return special.expit(logit(probability) + gain)


def logit_gain(probability: ArrayLike, baseline: ArrayLike) -> np.ndarray:
    """Return by how much the logit of a probability lies above that of its baseline.

    Rounded to 9 decimals, finer than float32 can tell, so that gains that differ by the order of arithmetic are equal.

    Parameters
    ----------
    probability, baseline : array_like
        They broadcast.

    Returns
    -------
    ndarray, of the shape to which they broadcast
    """
    return np.round(logit(probability) - logit(baseline), 9)


def at_best_configuration(experiments: pd.DataFrame, prompts: pd.DataFrame) -> pd.DataFrame:
    """Return the prompts at their task's best configuration.

    Parameters
    ----------
    experiments, prompts : DataFrame
        Tables that keep `sna.tables.EXPERIMENTS` and `sna.tables.PROMPTS`.

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.LOGIT_GAINS`.
    """
    chosen = best_configurations(summarize_tasks(experiments, "best"))
    rows = prompts.merge(chosen).sort_values(list(PROMPTS.keys), ignore_index=True)
    return rows.assign(logit_gain=logit_gain(rows["probability"], rows["baseline"]))


def average_prompts(prompts: pd.DataFrame) -> pd.DataFrame:
    """Average the prompts of each task.

    Parameters
    ----------
    prompts : DataFrame
        From `at_best_configuration`.

    Returns
    -------
    DataFrame
        One row a model and task, sorted by them: `model`, `task`, `category`, `baseline` and `probability` (means over
        the prompts), `improvement` (percent) and `logit_gain`, both of those means.
    """
    tasks = prompts.groupby(["model", "task", "category"], as_index=False)[["baseline", "probability"]].mean()
    return tasks.assign(
        improvement=improvement(tasks["probability"], tasks["baseline"]),
        logit_gain=logit_gain(tasks["probability"], tasks["baseline"]),
    )
