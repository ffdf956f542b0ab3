"""How fast the gain changes with the baseline, in the transition zone and beside it, and where it does by the data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sna.inputs.config import Statistics
from sna.inputs.studies import FEWEST_PROMPTS
from sna.statistics.estimate import UNDEFINED, Estimate, bootstrap_distribution, percentile_interval
from sna.statistics.transition_parts import count_drawn
from sna.statistics.transition_prompts import PooledPrompts

#: How many boundaries are tried, and the quantiles of the baselines between which they lie.
_CANDIDATES, _TAIL = 30, 0.05


@dataclass(frozen=True)
class Course:
    """Slopes of the logit gain beyond random neurons over the baseline, in nats over a tenfold one.

    Attributes
    ----------
    n : int
        Prompts in the zone and a tenfold baseline to either side of it.
    below, within, above : Estimate
        The slopes there, of three straight segments that meet at the zone's boundaries; bootstraps over tasks.
    faster : Estimate
        The slope within the zone less the lower one of those beside it: below 0 where the gain falls faster than on
        either side.
    """

    n: int
    below: Estimate
    within: Estimate
    above: Estimate
    faster: Estimate


@dataclass(frozen=True)
class Boundaries:
    """Between which baselines the gain beyond random neurons changes from one level to another, by the data.

    Attributes
    ----------
    n : int
        Prompts.
    lower, upper : Estimate
        The boundaries, as probabilities; bootstraps over tasks. Without figures where the fit is best at the edge of
        where it is looked for.
    lower_at_edge, upper_at_edge : bool
        Whether it is.
    change : float or None
        From the lower boundary to the upper one, in nats.
    r_squared, r_squared_line : float or None
        Share of the variance that the fit explains, and that a straight line does.
    contains : dict
        For each of the paper's boundaries whether the interval of ours contains it.
    """

    n: int
    lower: Estimate
    upper: Estimate
    lower_at_edge: bool
    upper_at_edge: bool
    change: float | None
    r_squared: float | None
    r_squared_line: float | None
    contains: dict[str, bool | None]


def measure_course(prompts: PooledPrompts, boundaries: Sequence[float], settings: Statistics) -> Course:
    """Fit three straight segments that meet at the boundaries of the transition zone, a linear spline [1]_.

    It is fitted over a tenfold baseline to either side, since far from the zone the gain may take any course. Tasks are
    resampled as wholes, so that what one task does is not taken for a course of the baseline.

    Parameters
    ----------
    prompts : PooledPrompts
    boundaries : sequence of float
        Of the transition zone.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Course
        Without figures if there are fewer than 24 prompts in the zone, or in one of those beside it, or fewer than two
        tasks.

    References
    ----------
    .. [1] F. E. Harrell, Regression Modeling Strategies, 2nd ed., 2015, section 2.4.
    """
    lower, upper = np.log10(boundaries)
    x = prompts.decades()
    near = prompts.where((x >= lower - 1) & (x <= upper + 1))
    x = near.decades()
    sizes = (x < lower).sum(), ((x >= lower) & (x <= upper)).sum(), (x > upper).sum()
    if min(sizes) < FEWEST_PROMPTS or near.tasks < 2:
        return Course(len(x), *[UNDEFINED] * 4)
    segments = np.minimum(x - lower, 0), np.clip(x - lower, 0, upper - lower), np.maximum(x - upper, 0)
    design = np.column_stack([np.ones_like(x), *segments])
    own = [near.task == task for task in np.unique(near.task)]
    squares = np.array([design[rows].T @ design[rows] for rows in own])
    products = np.array([design[rows].T @ near.beyond[rows] for rows in own])

    def find_slopes(drawn: np.ndarray, axis: int) -> np.ndarray:
        counts = count_drawn(drawn, len(own))
        total = np.tensordot(counts, squares, axes=1)
        # A resample of tasks may leave a segment without prompts, and its slope undetermined: 0 then.
        solved = np.linalg.pinv(total, hermitian=True) @ np.tensordot(counts, products, axes=1)[..., None]
        below, within, above = np.moveaxis(solved[..., 1:, 0], -1, 0)
        return np.array([below, within, above, within - np.minimum(below, above)]).round(9)

    every = np.arange(len(own))
    found, resampled = find_slopes(every, axis=-1), bootstrap_distribution([every], find_slopes, settings)
    level = settings.confidence_level
    slopes = [Estimate(float(a), *percentile_interval(b, level)) for a, b in zip(found, resampled, strict=True)]
    return Course(len(x), *slopes)


def fit_boundaries(prompts: PooledPrompts, boundaries: Sequence[float], settings: Statistics) -> Boundaries:
    """Fit the boundaries between which the gain goes from one level to another: level, straight slope, level.

    The two are those, of all pairs of a grid, that leave the least variation. The grid leaves out a twentieth of the
    prompts at either end; a boundary at its edge would lie better still beyond it, and is none. An interval may reach
    the edge. Tasks are resampled as wholes.

    Parameters
    ----------
    prompts : PooledPrompts
    boundaries : sequence of float
        The paper's, which are looked for in the intervals.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Boundaries
        Without figures if there are fewer than 24 prompts or two tasks, or nothing varies.
    """
    x, y = prompts.decades(), prompts.beyond
    nothing = Boundaries(
        len(x), UNDEFINED, UNDEFINED, False, False, *[None] * 3, {f"{boundary:g}": None for boundary in boundaries}
    )
    if len(x) < FEWEST_PROMPTS or prompts.tasks < 2 or not np.ptp(y) or not np.ptp(x):
        return nothing
    candidates = np.linspace(*np.quantile(x, [_TAIL, 1 - _TAIL]), _CANDIDATES)
    pairs = np.array(np.triu_indices(_CANDIDATES, 1))
    start, end = candidates[pairs]
    ramp = np.clip((x[:, None] - start) / (end - start), 0, 1)
    sums = _sum_by_task(prompts.task, ramp, y)

    def locate(drawn: np.ndarray, axis: int) -> np.ndarray:
        _, shares = _explain(np.tensordot(count_drawn(drawn, len(sums)), sums, axes=1))
        best = shares.argmax(axis=-1)
        return np.array([start[best], end[best]])

    every = np.arange(len(sums))
    slope, share = _explain(sums.sum(axis=0))
    best = share.argmax()
    resampled = 10 ** bootstrap_distribution([every], locate, settings)
    at_edge = bool(pairs[0, best] == 0), bool(pairs[1, best] == _CANDIDATES - 1)
    found = [
        UNDEFINED if edge else Estimate(float(10**at), *percentile_interval(distribution, settings.confidence_level))
        for edge, at, distribution in zip(at_edge, (start[best], end[best]), resampled, strict=True)
    ]
    return Boundaries(
        len(x),
        *found,
        *at_edge,
        change=float(slope[best]),
        r_squared=float(share[best]),
        r_squared_line=float(np.corrcoef(x, y)[0, 1] ** 2),
        contains={f"{paper:g}": ours.contains(paper) for paper, ours in zip(boundaries, found, strict=True)},
    )


def _sum_by_task(task: np.ndarray, ramp: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sum over each task's prompts what least squares need, shape (tasks, 6, pairs)."""
    wide = np.broadcast_to(y[:, None], ramp.shape)
    return np.array(
        [
            [each[task == one].sum(axis=0) for each in (np.ones_like(ramp), ramp, wide, ramp**2, ramp * wide, wide**2)]
            for one in np.unique(task)
        ]
    )


def _explain(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the change of each pair, and the share of the variance that it explains; shapes (..., pairs)."""
    n, ramp, y, ramps, products, squares = np.moveaxis(sums, -2, 0)
    covariance, variance = products - ramp * y / n, ramps - ramp**2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(variance > 1e-12 * n, covariance / variance, 0.0)
        return slope, slope * covariance / (squares - y**2 / n)
