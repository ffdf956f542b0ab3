"""What is called better, and how often noise is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sna.statistics.better import call, count_noise


def drawn(rng, means, tasks=12, spread=0.2):
    return np.array(means)[:, None] + rng.normal(0, spread, (len(means), tasks))


def test_a_planted_difference_is_called_by_its_sign_and_none_is_not():
    found = call(drawn(np.random.default_rng(1), [0.5, -0.5, 0.0]), 0.05)
    assert found.called == ["better", "worse", "cannot tell"]
    assert (found.corrected >= found.pvalues).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_whatever_is_called_has_an_interval_on_that_side_of_0(seed, methods):
    rng = np.random.default_rng(seed)
    differences = drawn(rng, rng.normal(0, 0.2, methods))
    for own, called in zip(differences, call(differences, 0.05).called, strict=True):
        interval = stats.ttest_1samp(own, 0).confidence_interval(0.95)
        if called == "better":
            assert interval.low > 0
        elif called == "worse":
            assert interval.high < 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_the_correction_is_holms(seed, methods):
    found = call(drawn(np.random.default_rng(seed), np.linspace(0, 0.2, methods)), 0.05)
    assert found.corrected == pytest.approx(multipletests(found.pvalues, method="holm")[1])


def test_more_methods_make_it_harder_for_each():
    rng = np.random.default_rng(2)
    one = drawn(rng, [0.14])
    alone, among = call(one, 0.05), call(np.concatenate([one, drawn(rng, [0.0] * 9)]), 0.05)
    assert among.pvalues[0] == pytest.approx(alone.pvalues[0])
    assert among.corrected[0] == pytest.approx(10 * alone.pvalues[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("differences", [np.zeros((3, 12)), np.ones((3, 1)), np.full((1, 5), 0.3)])
def test_of_one_task_or_equal_differences_nothing_can_be_told(differences):
    found = call(differences, 0.05)
    assert set(found.called) == {"cannot tell"}
    assert (found.pvalues == 1).all()


@pytest.mark.parametrize("gain", [0.0, 3.0])
def test_noise_calls_something_better_about_as_rarely_as_it_may_whatever_the_gains(gain):
    rng = np.random.default_rng(3)
    tasks = [gain + rng.normal(rng.normal(0, 0.3, (5, 1)), 0.5, (5, 40)) for _ in range(12)]
    found = count_noise(tasks, 0.05, 400, np.random.default_rng(4))
    assert found.any <= 0.06
    assert found.any >= found.by_method.max()
    assert found.by_method.shape == (5,)


def test_a_lax_rule_would_be_found_out():
    """A noise rate that no rule could fail would say nothing."""
    rng = np.random.default_rng(5)
    tasks = [rng.normal(0, 1, (5, 40)) for _ in range(12)]
    assert count_noise(tasks, 0.9, 100, np.random.default_rng(6)).any > 0.3
