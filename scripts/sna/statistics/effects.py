"""What one source's amplified neurons do to one task."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate, defined, estimate


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
    """Measure the improvement of the mean target probability, in percent.

    Parameters
    ----------
    rows : DataFrame
        Rows of a table that keeps `sna.tables.INTERFERENCE`: one source's neurons on one task, in one setting.
    settings : Statistics
        How uncertainty is measured: by a bootstrap over the prompts.

    Returns
    -------
    Estimate
    """

    def of_means(probability: np.ndarray, baseline: np.ndarray, axis: int) -> np.ndarray:
        return improvement(probability.mean(axis=axis), baseline.mean(axis=axis))

    with np.errstate(divide="ignore", invalid="ignore"):
        return estimate((rows["probability"], rows["baseline"]), of_means, settings)


def measure_fluency(rows: pd.DataFrame, settings: Statistics) -> Fluency:
    """Measure how well whole texts are predicted, over the tokens of all texts together.

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
        after, before = np.log(rows["probability"].to_numpy()), np.log(rows["baseline"].to_numpy())
    tokens = rows["tokens"].to_numpy()

    def change(after: np.ndarray, before: np.ndarray, tokens: np.ndarray, axis: int) -> np.ndarray:
        return (after - before).sum(axis=axis) / tokens.sum(axis=axis)

    with np.errstate(invalid="ignore"):
        return Fluency(
            log_probability=estimate((after, before, tokens), change, settings),
            perplexity=Perplexity(before=_perplexity(before, tokens), after=_perplexity(after, tokens)),
        )


def _perplexity(log_probabilities: np.ndarray, tokens: np.ndarray) -> float | None:
    return defined(np.exp(-log_probabilities.sum() / tokens.sum()))
