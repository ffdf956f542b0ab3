"""At which baseline does the improvement change its course?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, defined, estimate
from sna.statistics.permutation import permutation_test

#: Two segments have four parameters; with fewer tasks there is next to nothing left to tell them from a line by.
FEWEST_TASKS = 6
#: How many breakpoints are tried.
_CANDIDATES = 100
#: Sums of squares below this, of logarithms of baselines, are rounding errors.
_NOTHING = 1e-20


@dataclass(frozen=True)
class ZoneFit:
    """Two straight segments that meet at a breakpoint, fitted to `n` tasks; None where they cannot be fitted.

    Attributes
    ----------
    breakpoint : Estimate
        Baseline probability at which the segments meet; interval by bootstrap over tasks.
    at_edge : bool
        Whether the fit is best at the edge of where a breakpoint is looked for. Then there is none, nor what depends on
        it.
    improvement_at_breakpoint : float or None
        Percent.
    slope_below, slope_above : float or None
        Change of the improvement, in percent, over a tenfold baseline.
    r_squared, r_squared_line : float or None
        Share of the variance that the two segments explain, and that one straight line does.
    pvalue : float or None
        That a straight line would do.
    method : str or None
        How the p-value was found.
    contains : dict
        For each of the paper's boundaries whether the breakpoint's interval contains it.
    """

    n: int
    breakpoint: Estimate
    at_edge: bool
    improvement_at_breakpoint: float | None
    slope_below: float | None
    slope_above: float | None
    r_squared: float | None
    r_squared_line: float | None
    pvalue: float | None
    method: str | None
    contains: dict[str, bool | None]

    def predict(self, baselines: np.ndarray) -> np.ndarray:
        """Return the fitted improvement at some baselines, where there is a fit.

        Parameters
        ----------
        baselines : ndarray, any shape
            Probabilities.

        Returns
        -------
        ndarray, the same shape
            Percent; NaN without a fit.
        """
        known = (self.breakpoint.value, self.improvement_at_breakpoint, self.slope_below, self.slope_above)
        at, level, below, above = (np.nan if figure is None else figure for figure in known)
        beyond = np.log10(baselines / at)
        return level + np.where(beyond < 0, below, above) * beyond


def measure_zone_fit(tasks: pd.DataFrame, boundaries: Sequence[float], settings: Statistics) -> ZoneFit:
    """Fit a boundary of zones: two segments of improvement over the logarithm of the baseline [1]_.

    The breakpoint is the one, of a fine grid from the second lowest to the second highest baseline, that leaves the
    least variation; a change of course beyond them rests on a single task and cannot be found. Where the fit is best at
    the edge of the grid, it would be better still beyond it, and there is no breakpoint to report. Without a breakpoint
    there would be none to estimate, so that F has no F distribution [2]_: the straight line's residuals are permuted,
    and the best breakpoint for each order counts [3]_. That takes residuals to vary as much at low baselines as at
    high ones. A bend alone is no sign of zones: the same logit gain for all tasks gives percentages that are level at
    low baselines and fall towards 0 near certainty, so the two slopes say which kind of bend it is.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    boundaries : sequence of float
        The paper's, which are looked for in the interval.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    ZoneFit
        Without figures if there are fewer than 6 different baselines, or if a straight line explains all; with the
        test alone if the fit is best at the edge.

    References
    ----------
    .. [1] V. M. R. Muggeo, Estimating Regression Models with Unknown Break-points, Statistics in Medicine 22 (2003),
       3055-3071.
    .. [2] R. B. Davies, Hypothesis Testing When a Nuisance Parameter Is Present Only under the Alternative, Biometrika
       74 (1987), 33-43.
    .. [3] D. Freedman and D. Lane, A Nonstochastic Interpretation of Reported Significance Levels, Journal of Business
       and Economic Statistics 1 (1983), 292-298.
    """
    x, y = np.log10(tasks["baseline"].to_numpy()), tasks["improvement"].to_numpy()
    levels = np.unique(x)
    line = sm.OLS(y, sm.add_constant(x)).fit()
    if len(levels) < FEWEST_TASKS or np.allclose(line.resid, 0):
        return _unfitted(len(tasks), boundaries)
    candidates = np.linspace(levels[1], levels[-2], _CANDIDATES)

    def locate(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        shares = explained_by_bend(x, y, candidates)
        return np.where(shares.any(axis=-1), 10 ** candidates[shares.argmax(axis=-1)], np.nan)

    def explain(residuals: np.ndarray, axis: int) -> np.ndarray:
        return explained_by_bend(x, residuals, candidates).max(axis=-1)

    test = permutation_test(line.resid, explain, settings, alternative="greater")
    fit = replace(
        _unfitted(len(tasks), boundaries),
        r_squared_line=defined(line.rsquared),
        pvalue=test.pvalue,
        method=f"largest F of all breakpoints, residuals of a straight line permuted ({test.method})",
    )
    if explained_by_bend(x, y, candidates).argmax() in (0, _CANDIDATES - 1):
        return replace(fit, at_edge=True)
    found = estimate((x, y), locate, settings)
    beyond = x - np.log10(np.asarray(found.value, dtype=float))
    two = sm.OLS(y, np.column_stack([np.ones_like(x), np.minimum(beyond, 0), np.maximum(beyond, 0)])).fit()
    level, slope_below, slope_above = map(float, two.params)
    return replace(
        fit,
        breakpoint=found,
        improvement_at_breakpoint=level,
        slope_below=slope_below,
        slope_above=slope_above,
        r_squared=defined(two.rsquared),
        contains={f"{boundary:g}": found.contains(boundary) for boundary in boundaries},
    )


def _unfitted(n: int, boundaries: Sequence[float]) -> ZoneFit:
    """Return what is known of tasks to which no two segments are fitted."""
    return ZoneFit(n, UNDEFINED, False, *[None] * 7, {f"{boundary:g}": None for boundary in boundaries})


def explained_by_bend(x: ArrayLike, y: ArrayLike, candidates: np.ndarray) -> np.ndarray:
    """Return how much of what a straight line leaves unexplained a bend in it would explain.

    Each share is the squared partial correlation of `y` and the bend given `x`; F rises with it.

    Parameters
    ----------
    x, y : array_like, shape (..., n)
        They broadcast.
    candidates : ndarray, shape (candidates,)
        Where the line may bend, in the unit of `x`.

    Returns
    -------
    ndarray, shape (..., candidates)
        From 0 to 1; 0 where `x` does not vary on both sides of a candidate.
    """
    x, y = np.expand_dims(x, -2), np.expand_dims(y, -2)
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = _beyond_line(x, np.maximum(x - candidates[:, None], 0))
        rest = _beyond_line(x, y)
        bends, rests = np.vecdot(bend, bend), np.vecdot(rest, rest)
        shares = np.vecdot(bend, rest) ** 2 / (bends * rests)
    return np.where((bends > _NOTHING) & (rests > 0), shares, 0.0)


def _beyond_line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the residuals of the straight lines of `y` over `x`, along the last axis."""
    x, y = (values - values.mean(axis=-1, keepdims=True) for values in (x, y))
    return y - x * (np.vecdot(x, y) / np.vecdot(x, x))[..., None]
