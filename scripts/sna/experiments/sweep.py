"""A sweep as arrays: every prompt of every task under every configuration."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.experiments.summary import ALL_MODELS
from sna.tables import PROMPTS

#: Resamples of a sweep's prompts at a time: all at once would take gigabytes, and fewer stay in the processor's cache.
BATCH = 100
_CONFIGURATION = ["layer", "neurons", "multiplier"]


@dataclass(frozen=True)
class TaskSweep:
    """One task of one model under every configuration.

    Attributes
    ----------
    task, category : str
    fold : ndarray of str, shape (prompts,)
        Of each prompt, in the order of their numbers.
    baseline : ndarray, shape (prompts,)
        The probability of the target without amplification.
    probability : ndarray, shape (prompts, configurations)
        The same under amplification.
    """

    task: str
    category: str
    fold: np.ndarray
    baseline: np.ndarray
    probability: np.ndarray

    def resample(self, resamples: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the prompts with replacement, and count how often each was drawn.

        Parameters
        ----------
        resamples : int
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of int, shape (resamples, prompts)
        """
        n = len(self.baseline)
        return rng.multinomial(n, np.full(n, 1 / n), resamples)

    def improvements(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Return the improvement of each configuration, of the means over the prompts.

        Parameters
        ----------
        weights : ndarray, shape (..., prompts), optional
            How often each prompt counts; by default once.

        Returns
        -------
        ndarray, shape (..., configurations)
            In percent; NaN or infinite where the baselines of all prompts that count are 0.
        """
        weights = np.ones(len(self.baseline)) if weights is None else weights
        with np.errstate(divide="ignore", invalid="ignore"):
            return improvement(weights @ self.probability, (weights @ self.baseline)[..., None])


@dataclass(frozen=True)
class Sweep:
    """One model's sweep.

    Attributes
    ----------
    model : str
    configurations : DataFrame
        `layer`, `neurons` and `multiplier`, ascending in this order, so that of equally good ones the first is best.
    tasks : sequence of TaskSweep
        In alphabetical order.
    """

    model: str
    configurations: pd.DataFrame
    tasks: Sequence[TaskSweep]

    @property
    def layers(self) -> np.ndarray:
        """The amplified layers, ascending, shape (layers,)."""
        return np.unique(self.configurations["layer"])


def read_sweep(prompts: pd.DataFrame) -> Sweep:
    """Lay out one model's sweep.

    Parameters
    ----------
    prompts : DataFrame
        One model's rows of a table that keeps `sna.tables.PROMPTS`.

    Returns
    -------
    Sweep
    """
    ordered = prompts.sort_values(list(PROMPTS.keys), ignore_index=True)
    tasks = []
    for task, rows in ordered.groupby("task"):
        seen = rows.drop_duplicates("prompt")
        tasks.append(
            TaskSweep(
                task=str(task),
                category=seen["category"].iloc[0],
                fold=seen["fold"].to_numpy(dtype=str),
                baseline=seen["baseline"].to_numpy(),
                probability=rows["probability"].to_numpy().reshape(-1, len(seen)).T,
            )
        )
    return Sweep(
        model=ordered["model"].iloc[0],
        configurations=ordered[_CONFIGURATION].drop_duplicates(ignore_index=True),
        tasks=tasks,
    )


def read_sweeps(prompts: pd.DataFrame) -> dict[str, list[Sweep]]:
    """Lay out every model's sweep, and those of a study of several models together, as the paper pools its models.

    Parameters
    ----------
    prompts : DataFrame
        A table that keeps `sna.tables.PROMPTS`.

    Returns
    -------
    dict of str to list of Sweep
        By model one; under `ALL_MODELS` those of all models, if there are several.
    """
    sweeps = {str(model): [read_sweep(rows)] for model, rows in prompts.groupby("model")}
    together = {ALL_MODELS: [sweep for [sweep] in sweeps.values()]} if len(sweeps) > 1 else {}
    return sweeps | together


def by_task(sweeps: Iterable[Sweep]) -> Mapping[str, list[tuple[Sweep, TaskSweep]]]:
    """Return the sweeps of each task, in alphabetical order.

    Parameters
    ----------
    sweeps : iterable of Sweep
        Of one or several models.

    Returns
    -------
    mapping of str to list of tuple of Sweep and TaskSweep
        A task's own sweep in each model that has it, with that model's.
    """
    found: dict[str, list[tuple[Sweep, TaskSweep]]] = {}
    for sweep in sweeps:
        for task in sweep.tasks:
            found.setdefault(task.task, []).append((sweep, task))
    return dict(sorted(found.items()))
