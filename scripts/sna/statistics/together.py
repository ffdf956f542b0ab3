"""Do the gains of several tasks add up if their neurons are amplified at once?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from sna.inputs.config import Statistics
from sna.inputs.intervals import above, below, inside
from sna.statistics.estimate import Estimate, defined, mean_estimate
from sna.statistics.together_rows import TaskGains, arrange_together

#: What is said of a mean difference.
Word = Literal["none", "less", "more", "cannot tell"]
#: How the p-values of all pairs are corrected.
CORRECTION = "Benjamini-Hochberg"


@dataclass(frozen=True)
class AtOnce:
    """What becomes of a task if its neurons and those of others are amplified at once; gains are of the logit.

    All are means over the tasks, with t intervals; a task's own is the mean over the sets that hold it and its prompts.

    Attributes
    ----------
    sets : int
        How many sets of so many tasks there are.
    gain : Estimate
    sum : Estimate
        The gains that the neurons of each of the tasks bring it alone, added up.
    deviation : Estimate
        The gain less that sum.
    change : Estimate
        The gain less that by the task's own neurons alone: what the others add to it or take from it.
    """

    sets: int
    gain: Estimate
    sum: Estimate
    deviation: Estimate
    change: Estimate


@dataclass(frozen=True)
class Said:
    """What is said of a difference, by `say`, and how many simulated studies in which nothing happens say the same."""

    word: Word
    by_noise: int


@dataclass(frozen=True)
class Pair:
    """What becomes of a task's logit gain if another task's neurons are amplified too, with t intervals over prompts.

    Attributes
    ----------
    change, deviation : Estimate
        As `AtOnce` has them.
    change_pvalue, deviation_pvalue : float
        Of a t test against 0, corrected over all pairs.
    """

    change: Estimate
    deviation: Estimate
    change_pvalue: float
    deviation_pvalue: float


@dataclass(frozen=True)
class Together:
    """Several tasks at once. Sizes are the number of tasks, as a string; "1" is a task alone.

    Attributes
    ----------
    tasks : dict
        Their categories, by name.
    prompts : int
        Of the task that has the fewest.
    draws : int
        Sets of random neurons for each task.
    margin : float
        Logits.
    selected, random : dict of str to AtOnce
        By the tasks' own neurons, and by random ones, by size.
    beyond_random : dict of str to Estimate
        By size, the gain by the own neurons less that by random ones, mean over the tasks.
    said : dict of str to dict of str to Said
        Of `deviation` and `change` by the own neurons, by size but "1".
    studies : int
        How many studies were simulated.
    own : dict of str to Estimate
        By task, the logit gain by its own neurons alone, with a t interval over prompts.
    matrix : dict of str to dict of str to Pair
        By measured task, then by the other one.
    pairs : int
        How many of these there are.
    losing, winning : int
        In so many of them the other task's neurons change the gain significantly, downwards or upwards.
    below, above : int
        In so many of them the gain lies significantly below or above the sum.
    correction : str
        How the pairs' p-values are corrected.
    """

    tasks: dict[str, str]
    prompts: int
    draws: int
    margin: float
    selected: dict[str, AtOnce]
    random: dict[str, AtOnce]
    beyond_random: dict[str, Estimate]
    said: dict[str, dict[str, Said]]
    studies: int
    own: dict[str, Estimate]
    matrix: dict[str, dict[str, Pair]]
    pairs: int
    losing: int
    winning: int
    below: int
    above: int
    correction: str


def analyze_together(
    measured: pd.DataFrame, experiments: pd.DataFrame, margin: float, settings: Statistics
) -> Together:
    """Say whether the logit gains of tasks that are amplified at once add up, and what a task loses by the others.

    Prompt by prompt, the gain by the neurons of several tasks is held against the sum of the gains by those of each
    alone. A neuron that two tasks share is amplified once, so what it does counts once in the gain and twice in the
    sum. The tasks are few, and stand for others: intervals are over them, by Student's t, and hold the noise of their
    prompts too.

    Parameters
    ----------
    measured : DataFrame
        One model's rows of a table that keeps `sna.tables.TOGETHER`.
    experiments : DataFrame
        Its rows of a table that keeps `sna.tables.EXPERIMENTS`, which has the tasks' categories.
    margin : float
        The difference, in logits and in either direction, that counts as none.
    settings : Statistics
        The confidence level.

    Returns
    -------
    Together
        Without simulated studies.
    """
    gains = arrange_together(measured)
    selected, random = gains["selected"], gains["random"]
    found = measure_sizes(selected, settings)
    matrix = _measure_pairs(selected, settings)
    pairs = [pair for of_task in matrix.values() for pair in of_task.values()]
    losing, winning = _count([(pair.change, pair.change_pvalue) for pair in pairs], settings)
    under, over = _count([(pair.deviation, pair.deviation_pvalue) for pair in pairs], settings)
    return Together(
        tasks=experiments.drop_duplicates("task").sort_values("task").set_index("task")["category"].to_dict(),
        prompts=min(len(task.gains) for task in selected),
        draws=int(measured["draw"].max()) + 1,
        margin=margin,
        selected=found,
        random=measure_sizes(random, settings),
        beyond_random={
            size: mean_estimate(_by_task(selected, int(size))["gain"] - _by_task(random, int(size))["gain"], settings)
            for size in found
        },
        said={
            name: {size: Said(word, 0) for size, word in words.items()}
            for name, words in say_all(found, margin).items()
        },
        studies=0,
        own={task.name: mean_estimate(task.own, settings) for task in selected},
        matrix=matrix,
        pairs=len(pairs),
        losing=losing,
        winning=winning,
        below=under,
        above=over,
        correction=CORRECTION,
    )


def say(found: Estimate, margin: float) -> Word:
    """Say what a difference is by its interval.

    Parameters
    ----------
    found : Estimate
    margin : float
        In its unit.

    Returns
    -------
    {"none", "less", "more", "cannot tell"}
        None if the whole interval lies within the margin; else less or more if it lies wholly below or above 0.
    """
    if inside(found, margin):
        return "none"
    if below(found, 0):
        return "less"
    return "more" if above(found, 0) else "cannot tell"


def say_all(found: Mapping[str, AtOnce], margin: float) -> dict[str, dict[str, Word]]:
    """Say what the differences are at every size but "1", where there are none.

    Parameters
    ----------
    found : mapping of str to AtOnce
        From `measure_sizes`.
    margin : float
        Logits.

    Returns
    -------
    dict of str to dict of str to {"none", "less", "more", "cannot tell"}
        Of `deviation` and `change`, by size.
    """
    several = {size: at for size, at in found.items() if size != "1"}
    return {
        "deviation": {size: say(at.deviation, margin) for size, at in several.items()},
        "change": {size: say(at.change, margin) for size, at in several.items()},
    }


def measure_sizes(tasks: Sequence[TaskGains], settings: Statistics) -> dict[str, AtOnce]:
    """Average over the tasks what becomes of them with so many others at once.

    Parameters
    ----------
    tasks : sequence of TaskGains
    settings : Statistics
        The confidence level.

    Returns
    -------
    dict of str to AtOnce
        By size, ascending.
    """
    sizes = sorted({len(members) for task in tasks for members in task.sets})
    return {
        str(size): AtOnce(
            sets=len({members for task in tasks for members in task.sets if len(members) == size}),
            **{name: mean_estimate(values, settings) for name, values in _by_task(tasks, size).items()},
        )
        for size in sizes
    }


def _by_task(tasks: Sequence[TaskGains], size: int) -> dict[str, np.ndarray]:
    """Return each task's means over its prompts and its sets of a size, shape (tasks,), by the names of `AtOnce`."""
    places = [task.places(size) for task in tasks]
    gain, added = (
        np.array([values[:, at].mean() for values, at in zip(of_tasks, places, strict=True)])
        for of_tasks in ([task.gains for task in tasks], [task.sums for task in tasks])
    )
    own = np.array([task.own.mean() for task in tasks])
    return {"gain": gain, "sum": added, "deviation": gain - added, "change": gain - own}


def _measure_pairs(tasks: Sequence[TaskGains], settings: Statistics) -> dict[str, dict[str, Pair]]:
    """Measure every task with every other one."""
    differences = {
        (task.name, next(member for member in task.sets[place] if member != task.name)): (
            task.gains[:, place] - task.own,
            task.gains[:, place] - task.sums[:, place],
        )
        for task in tasks
        for place in task.places(2)
    }
    change_pvalues, deviation_pvalues = (_correct(of_all) for of_all in zip(*differences.values(), strict=True))
    matrix: dict[str, dict[str, Pair]] = {task.name: {} for task in tasks}
    for (name, other), (change, deviation), *pvalues in zip(
        differences, differences.values(), change_pvalues, deviation_pvalues, strict=True
    ):
        matrix[name][other] = Pair(mean_estimate(change, settings), mean_estimate(deviation, settings), *pvalues)
    return matrix


def _correct(differences: Sequence[np.ndarray]) -> list[float]:
    """Return the corrected p-values of t tests of mean differences; 1 where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [defined(stats.ttest_1samp(values, 0).pvalue) if np.ptp(values) else None for values in differences]
    return stats.false_discovery_control([1.0 if pvalue is None else pvalue for pvalue in found], method="bh").tolist()


def _count(pairs: Sequence[tuple[Estimate, float]], settings: Statistics) -> tuple[int, int]:
    """Count the significant differences below 0 and above it."""
    values = np.array([found.value for found, pvalue in pairs if pvalue < 1 - settings.confidence_level], dtype=float)
    return int((values < 0).sum()), int((values > 0).sum())
