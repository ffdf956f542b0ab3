"""What was measured on a task's fresh prompts, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.statistics.configuration import Configuration
from sna.statistics.logits import bounded, logit_gain

#: What a task's own neurons are compared with.
CONTROLS = ("random", "matched", "direction", "other")


@dataclass(frozen=True)
class Controls:
    """One task under controls of one kind, each of which may be measured on some of the prompts only.

    Attributes
    ----------
    draw, prompt : ndarray of int, shape (measurements,)
        Which control, counted from 0, and the place of the prompt among the task's.
    probability, logit_gain : ndarray, shape (measurements,)
    top : ndarray of bool, shape (measurements,)
        Whether the target is the most likely continuation.
    prompts : int
        How many prompts the task has.
    """

    draw: np.ndarray
    prompt: np.ndarray
    probability: np.ndarray
    logit_gain: np.ndarray
    top: np.ndarray
    prompts: int

    @property
    def draws(self) -> int:
        """How many controls there are."""
        return int(self.draw.max()) + 1

    def blocks(self) -> np.ndarray:
        """Number the blocks of prompts: controls that are measured on the same prompts belong to the same one.

        Returns
        -------
        ndarray of int, shape (measurements,)
            From 0.
        """
        first = np.full(self.draws, self.prompts)
        np.minimum.at(first, self.draw, self.prompt)
        return np.unique(first, return_inverse=True)[1][self.draw]

    def by_draw(self, values: np.ndarray) -> np.ndarray:
        """Average over the prompts of each control.

        Parameters
        ----------
        values : ndarray, shape (measurements,)

        Returns
        -------
        ndarray, shape (draws,)
        """
        return np.bincount(self.draw, values) / np.bincount(self.draw)

    def by_prompt(self, values: np.ndarray) -> np.ndarray:
        """Average over the controls of each prompt.

        Parameters
        ----------
        values : ndarray, shape (measurements,)

        Returns
        -------
        ndarray, shape (prompts,)
            NaN for a prompt that has none.
        """
        n = np.bincount(self.prompt, minlength=self.prompts)
        sums = np.bincount(self.prompt, values, self.prompts)
        return np.divide(sums, n, out=np.full(self.prompts, np.nan), where=n > 0)


@dataclass(frozen=True)
class TaskPrompts:
    """The fresh prompts of one task, without amplification and under the configuration that was chosen.

    Attributes
    ----------
    baseline, guess : ndarray, shape (prompts,)
        Probability of the target after its own prompt, and after another one.
    top, first : ndarray of bool, shape (prompts,)
        Whether the target is the most likely continuation, and whether the prompt belongs to the first half.
    probability, logit_gain, top_amplified : ndarray, shape (prompts,)
        Under amplification.
    controls : mapping of str to Controls
        By kind, one of `CONTROLS`.
    layers : mapping of str to int
        The best layer of each category of tasks, where the study has measured the task at them.
    layer_gains : mapping of str to float
        Mean logit gain of the task's own neurons there.
    """

    name: str
    category: str
    configuration: Configuration
    baseline: np.ndarray
    guess: np.ndarray
    top: np.ndarray
    first: np.ndarray
    probability: np.ndarray
    logit_gain: np.ndarray
    top_amplified: np.ndarray
    controls: Mapping[str, Controls]
    layers: Mapping[str, int]
    layer_gains: Mapping[str, float]


def arrange_tasks(prompts: pd.DataFrame, gains: pd.DataFrame) -> list[TaskPrompts]:
    """Arrange what was measured on fresh prompts by task.

    Parameters
    ----------
    prompts, gains : DataFrame
        One model's rows of tables that keep `sna.tables.FRESH_PROMPTS` and `sna.tables.FRESH`.

    Returns
    -------
    list of TaskPrompts
        By name.
    """
    measured = dict(iter(gains.groupby("task")))
    return [_arrange(task, rows, measured[task]) for task, rows in prompts.groupby("task")]


def _arrange(task: str, rows: pd.DataFrame, gains: pd.DataFrame) -> TaskPrompts:
    baseline = rows["baseline"].to_numpy()
    place = pd.Index(rows["prompt"]).get_indexer(gains["prompt"])
    gains = gains.assign(place=place, logit_gain=logit_gain(gains["probability"].to_numpy(), baseline[place]))
    kinds = dict(iter(gains.groupby("kind")))
    selected = kinds["selected"].sort_values("place")
    chosen = selected.iloc[0]
    layers = kinds.get("layer", gains[:0]).groupby("source")
    return TaskPrompts(
        name=task,
        category=rows["category"].iloc[0],
        configuration=Configuration(int(chosen["layer"]), int(chosen["neurons"]), float(chosen["multiplier"])),
        baseline=baseline,
        guess=rows["guess"].to_numpy(),
        top=rows["top"].to_numpy(),
        first=(rows["half"] == "first").to_numpy(),
        probability=selected["probability"].to_numpy(),
        logit_gain=selected["logit_gain"].to_numpy(),
        top_amplified=selected["top"].to_numpy(),
        controls={kind: _arrange_controls(kinds[kind], len(rows)) for kind in CONTROLS if kind in kinds},
        layers={category: int(layer) for category, layer in layers["layer"].first().items()},
        layer_gains=layers["logit_gain"].mean().to_dict(),
    )


def _arrange_controls(rows: pd.DataFrame, prompts: int) -> Controls:
    return Controls(
        draw=rows.groupby(["source", "draw"]).ngroup().to_numpy(),
        prompt=rows["place"].to_numpy(),
        probability=rows["probability"].to_numpy(),
        logit_gain=rows["logit_gain"].to_numpy(),
        top=rows["top"].to_numpy(),
        prompts=prompts,
    )


def improvement_of_means(probability: np.ndarray, baseline: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the improvement of the mean probability, whatever the baseline: one of 0 is taken as next to it.

    Parameters
    ----------
    probability, baseline : ndarray, shape (..., n)
    axis : int
        Along which the prompts run.

    Returns
    -------
    ndarray, shape (...)
        In percent.
    """
    return improvement(bounded(probability.mean(axis=axis)), bounded(baseline.mean(axis=axis)))
