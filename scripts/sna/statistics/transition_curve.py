"""The gain as a smooth curve over the baseline, prompt by prompt, beside that of a constant logit shift."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.nonparametric.smoothers_lowess import lowess

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.inputs.studies import FEWEST_PROMPTS
from sna.statistics.estimate import Estimate, bootstrap_distribution, defined, percentile_interval
from sna.statistics.logits import shift
from sna.statistics.transition_prompts import PooledPrompts

#: Share of the prompts that a point of the curve rests on, and how many points there are.
_SPAN, _POINTS = 0.2, 50
#: The quantiles of the baselines between which the curve is drawn.
_ENDS = (0.03, 0.97)
#: A band needs fewer resamples than a verdict, and each is a smooth of all prompts.
_RESAMPLES = 499


@dataclass(frozen=True)
class Steepness:
    """How steep a curve is in the transition zone, over a tenfold baseline.

    Attributes
    ----------
    within : Estimate
        From one boundary to the other; bootstrap over tasks.
    share_as_steep : float or None
        Share of the equally wide parts of the curve outside the zone that fall as fast.
    constant_shift : float
        What it would be if every logit rose by the same.
    """

    within: Estimate
    share_as_steep: float | None
    constant_shift: float


@dataclass(frozen=True)
class Curve:
    """Smooth gains over the baseline; all lists are as long as `baseline`, and hold None where a gain is undefined.

    Attributes
    ----------
    baseline : list of float
    logit_gain, improvement : list of Estimate
        In nats and in percent; pointwise bootstrap over tasks.
    logit_gain_random, improvement_random : list of float or None
        The same under random neurons.
    shift : float
        Median logit gain of all prompts.
    improvement_of_shift : list of float
        The improvement that it gives at each baseline.
    steepness, steepness_improvement : Steepness or None
        Of the logit gain, in nats, and of the improvement, in percent; None where the curve does not reach the zone.
    """

    baseline: list[float]
    logit_gain: list[Estimate]
    logit_gain_random: list[float | None]
    improvement: list[Estimate]
    improvement_random: list[float | None]
    shift: float
    improvement_of_shift: list[float]
    steepness: Steepness | None
    steepness_improvement: Steepness | None


def measure_curve(prompts: PooledPrompts, boundaries: Sequence[float], settings: Statistics) -> Curve | None:
    """Smooth the gains over the logarithm of the baseline by locally weighted regression [1]_.

    An improvement is that of means, as everywhere: probabilities and baselines are smoothed apart, and then divided.
    Tasks are resampled as wholes.

    Parameters
    ----------
    prompts : PooledPrompts
    boundaries : sequence of float
        Of the transition zone.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Curve or None
        None if there are fewer than 24 prompts or two tasks, or the baselines do not differ.

    References
    ----------
    .. [1] W. S. Cleveland, Robust Locally Weighted Regression and Smoothing Scatterplots, Journal of the American
       Statistical Association 74 (1979), 829-836; here without its robustness weights, so that means stay means.
    """
    x = prompts.decades()
    if len(x) < FEWEST_PROMPTS or prompts.tasks < 2 or not np.ptp(np.quantile(x, _ENDS)):
        return None
    low, high = np.quantile(x, _ENDS)
    zone = np.log10(boundaries)
    reached = low <= zone[0] and zone[1] <= high
    places = np.union1d(np.linspace(low, high, _POINTS), zone) if reached else np.linspace(low, high, _POINTS)
    rows = [np.flatnonzero(prompts.task == task) for task in np.unique(prompts.task)]

    def smooth(drawn: np.ndarray, axis: int) -> np.ndarray:
        samples = [np.concatenate([rows[task] for task in one]) for one in np.atleast_2d(drawn)]
        return np.stack([_smooth(prompts, sample, places) for sample in samples], axis=-1)

    every = np.arange(len(rows))
    quick = settings.model_copy(update={"resamples": min(settings.resamples, _RESAMPLES)})
    gain, by_random, percent, percent_random = smooth(every, axis=-1)[..., 0]
    resampled = bootstrap_distribution([every], smooth, quick)
    constant = float(np.median(prompts.logit_gain))
    of_shift = _improve(shift(10**places, constant), 10**places)
    flat = np.full_like(places, constant)
    level = settings.confidence_level

    def measure_steepness(curve: np.ndarray, curves: np.ndarray, shifted: np.ndarray) -> Steepness | None:
        return _measure_steepness(places, zone, curve, curves, shifted, level=level) if reached else None

    return Curve(
        baseline=(10**places).tolist(),
        logit_gain=_estimate(gain, resampled[0], level),
        logit_gain_random=[defined(value) for value in by_random],
        improvement=_estimate(percent, resampled[2], level),
        improvement_random=[defined(value) for value in percent_random],
        shift=constant,
        improvement_of_shift=of_shift.tolist(),
        steepness=measure_steepness(gain, resampled[0], flat),
        steepness_improvement=measure_steepness(percent, resampled[2], of_shift),
    )


def _smooth(prompts: PooledPrompts, sample: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return four curves of some prompts, shape (4, places): logit gain and improvement, each with that by random."""
    sample = sample[np.argsort(prompts.baseline[sample], kind="stable")]
    own = prompts.where(sample)
    x = own.decades()
    columns = own.logit_gain, own.logit_gain - own.beyond, own.baseline, own.probability, own.random
    gain, by_random, baseline, probability, random = (
        lowess(column, x, frac=_SPAN, it=0, xvals=places, is_sorted=True) for column in columns
    )
    return np.array([gain, by_random, _improve(probability, baseline), _improve(random, baseline)])


def _improve(probability: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Return improvements in percent; NaN where a local line of probabilities falls below 0."""
    above = (probability > 0) & (baseline > 0)
    return improvement(np.where(above, probability, np.nan), np.where(above, baseline, np.nan))


def _estimate(curve: np.ndarray, curves: np.ndarray, level: float) -> list[Estimate]:
    return [Estimate(defined(a), *percentile_interval(b, level)) for a, b in zip(curve, curves, strict=True)]


def _measure_steepness(
    places: np.ndarray, zone: np.ndarray, curve: np.ndarray, curves: np.ndarray, shifted: np.ndarray, *, level: float
) -> Steepness | None:
    """Measure how steep a curve is, with its resamples of shape (places, resamples) and that of a constant shift."""
    width = zone[1] - zone[0]
    first, last = np.searchsorted(places, zone)

    def within(values: np.ndarray) -> np.ndarray:
        return (values[last] - values[first]) / width

    starts = places[(places + width <= zone[0]) | ((places >= zone[1]) & (places + width <= places[-1]))]
    elsewhere = (np.interp(starts + width, places, curve) - np.interp(starts, places, curve)) / width
    here = float(within(curve))
    if not np.isfinite(here):
        return None
    return Steepness(
        within=Estimate(here, *percentile_interval(within(curves), level)),
        share_as_steep=float(np.mean(elsewhere <= here)) if starts.size else None,
        constant_shift=float(within(shifted)),
    )
