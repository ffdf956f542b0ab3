"""Figures of several models: what they come to, and how far two of them differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.meta_analysis import combine_models, standard_error, subtract

EFFECTS, ERRORS = [0.10, 0.30, 0.35, 0.65, 0.45, 0.15], np.sqrt([0.03, 0.03, 0.05, 0.01, 0.05, 0.02])


def test_a_figure_over_models_is_the_one_that_the_generalized_q_statistic_leaves_as_large_as_expected():
    found = combine_models(EFFECTS, ERRORS, "mean", 0.95)
    weights = 1 / (ERRORS**2 + found.tau**2)
    mean = np.average(EFFECTS, weights=weights)
    assert found.mean.value == pytest.approx(mean)
    assert np.sum(weights * (EFFECTS - mean) ** 2) == pytest.approx(5, abs=1e-4)
    half = stats.t.ppf(0.975, 5) / np.sqrt(weights.sum())
    assert (found.mean.low, found.mean.high) == pytest.approx((mean - half, mean + half))
    fixed = np.average(EFFECTS, weights=ERRORS**-2.0)
    spread = np.sum((EFFECTS - fixed) ** 2 / ERRORS**2)
    assert found.i_squared == pytest.approx(1 - 5 / spread)


def test_figures_that_hardly_differ_do_not_make_the_interval_narrower_than_their_errors_do():
    found = combine_models([0.3, 0.3], [0.1, 0.1], "mean", 0.95)
    assert (found.tau, found.i_squared) == (0, 0)
    half = stats.t.ppf(0.975, 1) * 0.1 / np.sqrt(2)
    assert (found.mean.low, found.mean.high) == pytest.approx((0.3 - half, 0.3 + half))


def test_correlations_are_averaged_on_fishers_scale_and_stay_correlations():
    found = combine_models([-0.9, 0.3], [0.3, 0.3], "correlation", 0.95)
    assert found.mean.value == pytest.approx(np.tanh((np.arctanh(-0.9) + np.arctanh(0.3)) / 2))
    assert -1 <= found.mean.low < found.mean.high <= 1


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=6),
    st.floats(0.01, 10),
    st.floats(-50, 50),
    st.floats(0.1, 10),
)
def test_moving_and_stretching_all_figures_moves_and_stretches_what_they_come_to(values, error, by, factor):
    errors = [error] * len(values)
    found = combine_models(values, errors, "mean", 0.9).mean
    moved = combine_models([factor * value + by for value in values], [factor * error] * len(values), "mean", 0.9).mean
    for end in ("value", "low", "high"):
        expected = factor * getattr(found, end) + by
        assert getattr(moved, end) == pytest.approx(
            expected, rel=1e-3, abs=0.02 * factor * max(map(abs, values)) + 1e-9
        )


def test_a_t_interval_gives_back_the_standard_error_of_the_mean():
    values = np.array([1.0, 4.0, 2.0, 7.0, 3.0])
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    figure = Estimate(values.mean(), interval.low, interval.high)
    assert standard_error(figure, 5, "mean", 0.9) == pytest.approx(stats.sem(values))


def test_without_a_number_an_interval_is_taken_for_that_of_a_normal_distribution():
    assert standard_error(Estimate(2, 1, 3), None, "mean", 0.95) == pytest.approx(1 / stats.norm.ppf(0.975))


@pytest.mark.parametrize(
    ("figure", "n", "scale"),
    [
        (UNDEFINED, 9, "mean"),
        (Estimate(1, None, None), 9, "mean"),
        (Estimate(1, 1, 1), 9, "mean"),
        (Estimate(-1, -1, -0.2), 9, "correlation"),
        (Estimate(0.5, 0.1, 0.9), 3, "correlation"),
    ],
)
def test_what_has_no_error_has_no_weight(figure, n, scale):
    assert standard_error(figure, n, scale, 0.95) is None


def test_a_difference_of_means_has_the_interval_of_their_errors_together():
    found = subtract(Estimate(5, 2, 8), Estimate(1, -3, 5))
    assert (found.value, found.low, found.high) == (4, -1, 9)


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=3), st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_a_difference_turned_round_is_its_negative(first, second):
    (a, b, c), (d, e, f) = sorted(first), sorted(second)
    there, back = subtract(Estimate(b, a, c), Estimate(e, d, f)), subtract(Estimate(e, d, f), Estimate(b, a, c))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert there.low <= there.value <= there.high
