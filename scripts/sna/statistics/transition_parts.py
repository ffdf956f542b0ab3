"""Tasks composed of prompts by their own baselines: those in the transition zone, and those beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sna.inputs.config import Statistics
from sna.inputs.studies import FEWEST_PROMPTS
from sna.statistics.estimate import UNDEFINED, Estimate, bootstrap_distribution, mean_estimate, percentile_interval
from sna.statistics.transition_prompts import PooledPrompts

#: From the lowest baselines to the highest. `below` and `above` are neighbours of the zone, of as many prompts.
PARTS = ("zone1", "below", "transition", "above", "zone3")
#: Of which part the gain is compared with that of which other, of higher baselines.
FALLS = {
    "zone1_to_transition": ("zone1", "transition"),
    "transition_to_zone3": ("transition", "zone3"),
    "below_to_transition": ("below", "transition"),
    "transition_to_above": ("transition", "above"),
    "zone1_to_zone3": ("zone1", "zone3"),
}


@dataclass(frozen=True)
class Part:
    """Prompts that are taken together as a task; without figures if they are fewer than 24.

    Attributes
    ----------
    n, tasks : int
        Prompts, and tasks that they are of.
    enough : bool
        Whether there are 24.
    baseline, lowest, highest : float or None
        Mean baseline, and the range of the prompts' own.
    logit_gain, logit_gain_beyond : Estimate
        Mean in nats, and that less the mean under random neurons; t intervals over prompts.
    improvement, improvement_beyond : Estimate
        ``100 * (mean p / mean p0 - 1)``, and that less the same under random neurons; bootstraps over prompts.
    """

    n: int
    tasks: int
    enough: bool
    baseline: float | None
    lowest: float | None
    highest: float | None
    logit_gain: Estimate
    logit_gain_beyond: Estimate
    improvement: Estimate
    improvement_beyond: Estimate


@dataclass(frozen=True)
class Fall:
    """By how much the gain of one part, beyond random neurons, exceeds that of another of higher baselines.

    Attributes
    ----------
    logit_gain, improvement : Estimate
        In nats and in percent; bootstraps over prompts.
    """

    logit_gain: Estimate
    improvement: Estimate


@dataclass(frozen=True)
class Composed:
    """The prompts of one category, or of all, by zone, and those next to the transition zone.

    Attributes
    ----------
    parts : dict
        By `PARTS`.
    falls : dict
        By `FALLS`.
    """

    parts: dict[str, Part]
    falls: dict[str, Fall]


def compose(prompts: PooledPrompts, boundaries: Sequence[float]) -> dict[str, np.ndarray]:
    """Choose the prompts of each part by their own baselines.

    Parameters
    ----------
    prompts : PooledPrompts
    boundaries : sequence of float
        Of the transition zone, which holds both.

    Returns
    -------
    dict of str to ndarray of bool, shape (prompts,)
        By `PARTS`. A category has as many prompts in `below` and in `above` as in `transition`, those nearest to the
        zone, or all where it has fewer.
    """
    lower, upper = boundaries
    zone1, zone3 = prompts.baseline < lower, prompts.baseline > upper
    parts = {"zone1": zone1, "transition": ~zone1 & ~zone3, "zone3": zone3}
    for name, zone, away in (("below", zone1, -prompts.baseline), ("above", zone3, prompts.baseline)):
        parts[name] = np.zeros(len(prompts.baseline), dtype=bool)
        for kind in np.unique(prompts.category):
            own = prompts.category == kind
            beside = np.flatnonzero(own & zone)
            nearest = beside[np.argsort(away[beside], kind="stable")]
            parts[name][nearest[: (own & parts["transition"]).sum()]] = True
    return {name: parts[name] for name in PARTS}


def measure_composed(
    prompts: PooledPrompts, parts: Mapping[str, np.ndarray], settings: Statistics, *, category: str | None = None
) -> Composed:
    """Measure the gain of each part, and how it falls from one to another.

    A resample takes of each task as many prompts as it has: intervals are about these tasks, on other prompts. How many
    prompts of a part it holds is left to chance.

    Parameters
    ----------
    prompts : PooledPrompts
    parts : mapping of str to ndarray of bool
        From `compose`.
    settings : Statistics
        How uncertainty is measured.
    category : str, optional
        Whose prompts are measured; by default those of all.

    Returns
    -------
    Composed
    """
    own = np.ones(len(prompts.task), dtype=bool) if category is None else prompts.category == category
    prompts = prompts.where(own)
    members = {name: inside[own] for name, inside in parts.items()}
    enough = [name for name in PARTS if members[name].sum() >= FEWEST_PROMPTS]
    figures = {}
    if enough:
        found, resampled = _average(prompts, [members[name] for name in enough], settings)
        figures = {name: (found[:, place], resampled[:, place]) for place, name in enumerate(enough)}
    return Composed(
        parts={name: _describe(prompts.where(members[name]), figures.get(name), settings) for name in PARTS},
        falls={name: _compare(figures.get(one), figures.get(other), settings) for name, (one, other) in FALLS.items()},
    )


#: What is averaged over a part, and the same of its resamples: improvement, that beyond random neurons, and the logit
#: gain beyond them.
_Figures = tuple[np.ndarray, np.ndarray]


def _average(prompts: PooledPrompts, members: Sequence[np.ndarray], settings: Statistics) -> _Figures:
    """Average over parts: arrays of shape (3, parts), and of their resamples, (3, parts, resamples)."""
    ones = np.ones(len(prompts.task))
    measured = np.array([ones, prompts.beyond, prompts.baseline, prompts.probability, prompts.random])
    columns = np.array([inside * measured for inside in members]).reshape(-1, len(ones)).T
    sums = np.zeros((columns.shape[1], settings.resamples))
    rng = np.random.default_rng(settings.seed)
    for task in np.unique(prompts.task):
        own = columns[prompts.task == task]
        used = own.any(axis=0)

        if len(own) == 1:  # nothing else can be drawn
            sums[used] += own[:, used].T
            continue

        def add(drawn: np.ndarray, axis: int, own: np.ndarray = own[:, used]) -> np.ndarray:
            return (count_drawn(drawn, len(own)) @ own).T

        sums[used] += bootstrap_distribution([np.arange(len(own))], add, settings, rng=rng)
    return _divide(columns.sum(axis=0), len(measured)), _divide(sums, len(measured))


def _divide(sums: np.ndarray, measured: int) -> np.ndarray:
    """Turn the sums of each part, along the first axis, into its figures."""
    n, beyond, baseline, probability, random = sums.reshape(-1, measured, *sums.shape[1:]).swapaxes(0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample may hold no prompt of a part
        percent = [100 * (probability / baseline - 1), 100 * (probability - random) / baseline]
        return np.array([*percent, beyond / n])


def count_drawn(drawn: np.ndarray, n: int) -> np.ndarray:
    """Count how often each observation was drawn.

    Parameters
    ----------
    drawn : ndarray of int, shape (..., draws)
        Numbers of observations, below `n`.
    n : int

    Returns
    -------
    ndarray of float, shape (..., n)
    """
    rows = drawn.reshape(-1, drawn.shape[-1])
    places = rows + n * np.arange(len(rows))[:, None]
    counts = np.bincount(places.ravel(), minlength=n * len(rows))
    return counts.reshape(*drawn.shape[:-1], n).astype(float)


def _describe(prompts: PooledPrompts, figures: _Figures | None, settings: Statistics) -> Part:
    n = len(prompts.task)
    if figures is None:
        return Part(n, prompts.tasks, False, None, None, None, *[UNDEFINED] * 4)
    found, resampled = figures
    return Part(
        n=n,
        tasks=prompts.tasks,
        enough=True,
        baseline=float(prompts.baseline.mean()),
        lowest=float(prompts.baseline.min()),
        highest=float(prompts.baseline.max()),
        logit_gain=mean_estimate(prompts.logit_gain, settings),
        logit_gain_beyond=mean_estimate(prompts.beyond, settings),
        improvement=_estimate(found[0], resampled[0], settings),
        improvement_beyond=_estimate(found[1], resampled[1], settings),
    )


def _compare(figures: _Figures | None, others: _Figures | None, settings: Statistics) -> Fall:
    if figures is None or others is None:
        return Fall(UNDEFINED, UNDEFINED)
    found, resampled = (one - other for one, other in zip(figures, others, strict=True))
    return Fall(_estimate(found[2], resampled[2], settings), _estimate(found[1], resampled[1], settings))


def _estimate(value: float, distribution: np.ndarray, settings: Statistics) -> Estimate:
    # Rounded as logit gains are, lest equal gains differ by the order of arithmetic.
    return Estimate(round(float(value), 9), *percentile_interval(distribution.round(9), settings.confidence_level))
