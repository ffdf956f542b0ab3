"""The figures of several models together: their mean, how far they differ, and by how much two of them do."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from sna.formats import Figure
from sna.statistics.estimate import Estimate

Scale = Literal["mean", "correlation"]


@dataclass(frozen=True)
class RandomEffects:
    """The mean of a figure over models like those of the study, of which each has a true figure of its own.

    Attributes
    ----------
    models : int
        How many were measured.
    mean : Estimate
        In the figures' unit.
    tau : float
        Standard deviation of the models' true figures; of correlations on Fisher's z scale.
    i_squared : float
        Share of the spread of the measured figures that is not their own uncertainty.
    """

    models: int
    mean: Estimate
    tau: float
    i_squared: float


def standard_error(figure: Figure, n: int | None, scale: Scale, confidence_level: float) -> float | None:
    """Return the standard error of one model's figure, on the scale on which figures are averaged.

    Parameters
    ----------
    figure : Figure
        With its interval.
    n : int or None
        Over how many observations it is; None for an interval that is not Student's.
    scale : {"mean", "correlation"}
        A correlation's is that of Fisher's z of Spearman's rho [1]_, a mean's that which gives its interval.
    confidence_level : float
        The interval's.

    Returns
    -------
    float or None
        None where the figure or its interval is undefined, or there is no error that could weigh it.

    References
    ----------
    .. [1] D. G. Bonett and T. A. Wright, Sample Size Requirements for Estimating Pearson, Kendall and Spearman
       Correlations, Psychometrika 65 (2000), 23-28.
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    if scale == "correlation":
        defined = n is not None and n > 3 and abs(figure.value) < 1
        return float(np.sqrt((1 + figure.value**2 / 2) / (n - 3))) if defined else None
    tail = (1 + confidence_level) / 2
    widths = stats.norm.ppf(tail) if n is None else stats.t.ppf(tail, n - 1)
    error = (figure.high - figure.low) / 2 / widths
    return float(error) if error > 0 else None


def combine_models(values: ArrayLike, errors: ArrayLike, scale: Scale, confidence_level: float) -> RandomEffects:
    """Combine the figures of several models by a random-effects model.

    The variance between models is Paule and Mandel's [1]_, and the interval that of Hartung and Knapp [2]_, with t for
    one less than the models. With this variance their factor is 1, or below 1 where the figures differ by less than
    their errors; an interval that is narrower for that says more than is known [3]_, so the factor is never below 1.

    Parameters
    ----------
    values, errors : array_like, shape (models,)
        Of at least two models; errors from `standard_error`.
    scale : {"mean", "correlation"}
    confidence_level : float

    Returns
    -------
    RandomEffects

    References
    ----------
    .. [1] R. C. Paule and J. Mandel, Consensus Values and Weighting Factors, Journal of Research of the National Bureau
       of Standards 87 (1982), 377-385.
    .. [2] J. Hartung and G. Knapp, A Refined Method for the Meta-analysis of Controlled Clinical Trials with Binary
       Outcome, Statistics in Medicine 20 (2001), 3875-3889.
    .. [3] C. Röver, G. Knapp and T. Friede, Hartung-Knapp-Sidik-Jonkman Approach and Its Modification for
       Random-effects Meta-analysis with Few Studies, BMC Medical Research Methodology 15 (2015), 99.
    """
    values = np.asarray(values, dtype=float)
    measured = np.arctanh(values) if scale == "correlation" else values
    with np.errstate(divide="ignore"):  # of figures that are equal
        found = combine_effects(measured, np.square(errors), method_re="iterated", use_t=True)
    _, (low, high), *_ = found.conf_int(alpha=1 - confidence_level)
    ends = np.array([found.mean_effect_re, low, high])
    return RandomEffects(
        models=len(measured),
        mean=Estimate(*(np.tanh(ends) if scale == "correlation" else ends).tolist()),
        tau=float(np.sqrt(found.tau2)),
        i_squared=max(0.0, float(found.i2)),
    )


def subtract(first: Figure, second: Figure) -> Estimate:
    """Return the difference of two independent figures, with an interval that their own intervals give [1]_.

    It needs no standard errors, and keeps what is lopsided in an interval.

    Parameters
    ----------
    first, second : Figure
        With intervals at the same level.

    Returns
    -------
    Estimate

    References
    ----------
    .. [1] G. Y. Zou and A. Donner, Construction of Confidence Limits about Effect Measures: A General Approach,
       Statistics in Medicine 27 (2008), 1693-1702.
    """
    (value, low, high), (other, other_low, other_high) = (
        np.array([figure.value, figure.low, figure.high], dtype=float) for figure in (first, second)
    )
    below, above = np.hypot(value - low, other_high - other), np.hypot(high - value, other - other_low)
    return Estimate(float(value - other), float(value - other - below), float(value - other + above))
