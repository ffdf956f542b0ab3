"""What was measured of several tasks at once, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sna.statistics.logits import logit_gain


@dataclass(frozen=True)
class TaskGains:
    """One task's prompts under what was amplified.

    Attributes
    ----------
    name : str
    sets : sequence of tuple of str
        The tasks whose neurons were amplified: every task alone, and sets that hold this one.
    gains : ndarray, shape (prompts, sets)
        Of the target's logit.
    """

    name: str
    sets: Sequence[tuple[str, ...]]
    gains: np.ndarray

    @cached_property
    def sums(self) -> np.ndarray:
        """The gains that the tasks of each set bring alone, added up, shape (prompts, sets)."""
        alone = {members[0]: place for place, members in enumerate(self.sets) if len(members) == 1}
        places = [[alone[member] for member in members] for members in self.sets]
        return np.stack([self.gains[:, of_set].sum(axis=1) for of_set in places], axis=1)

    @property
    def own(self) -> np.ndarray:
        """The gain by the task's own neurons alone, shape (prompts,)."""
        return self.gains[:, self.sets.index((self.name,))]

    def places(self, size: int) -> list[int]:
        """Return which sets of so many tasks hold this one.

        Parameters
        ----------
        size : int

        Returns
        -------
        list of int
        """
        return [place for place, members in enumerate(self.sets) if len(members) == size and self.name in members]


def arrange_together(measured: pd.DataFrame) -> dict[str, list[TaskGains]]:
    """Arrange what was measured by kind and task.

    Of random neurons every prompt meets one draw, so that each kind has one gain a prompt and set.

    Parameters
    ----------
    measured : DataFrame
        One model's rows of a table that keeps `sna.tables.TOGETHER`.

    Returns
    -------
    dict of str to list of TaskGains
        By kind; tasks in alphabetical order.
    """
    return {
        str(kind): [_arrange(str(task), rows) for task, rows in of_kind.groupby("task")]
        for kind, of_kind in measured.groupby("kind")
    }


def _arrange(task: str, rows: pd.DataFrame) -> TaskGains:
    probability = rows.pivot(index="prompt", columns="amplified", values="probability")
    baseline = rows.drop_duplicates("prompt").set_index("prompt")["baseline"][probability.index]
    sets = [tuple(amplified.split("+")) for amplified in probability.columns]
    return TaskGains(task, sets, logit_gain(probability.to_numpy(), baseline.to_numpy()[:, None]))
