import numpy as np
import pytest
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import (
    UNDEFINED,
    Estimate,
    bootstrap_distribution,
    estimate,
    mean_estimate,
    percentile_interval,
)

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=999, seed=1)


def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says():
    samples = np.random.default_rng(0).normal(size=(200, 30))
    intervals = [estimate((sample,), np.mean, SETTINGS) for sample in samples]
    covered = np.mean([interval.low <= 0 <= interval.high for interval in intervals])
    assert 0.82 < covered < 0.96


def test_a_single_observation_has_a_value_without_an_interval():
    assert estimate(([2.0],), np.mean, SETTINGS) == Estimate(2.0, None, None)


def test_no_observation_is_undefined():
    assert estimate(([],), np.mean, SETTINGS) == UNDEFINED


def test_an_undefined_statistic_is_none_not_nan():
    assert estimate(([1.0, 2.0],), lambda sample, axis: np.full(sample.shape[:-1], np.nan), SETTINGS) == UNDEFINED


def test_resamples_without_a_statistic_do_not_spoil_the_interval():
    assert percentile_interval(np.array([np.nan, 1.0, 2.0, 3.0, np.inf]), 0.5) == (1.5, 2.5)
    assert percentile_interval(np.array([np.nan]), 0.5) == (None, None)


def test_samples_are_resampled_together():
    first = np.arange(10.0)
    distribution = bootstrap_distribution((first, -first), lambda x, y, axis: np.abs(x + y).max(axis=axis), SETTINGS)
    assert np.all(distribution == 0)


@pytest.mark.parametrize("seed", [0, 20260408])
def test_the_seed_alone_decides_the_interval(seed):
    settings = SETTINGS.model_copy(update={"seed": seed})
    sample = np.random.default_rng(3).random(20)
    assert estimate((sample,), np.mean, settings) == estimate((sample,), np.mean, settings)
    assert estimate((sample,), np.mean, settings) != estimate((sample,), np.mean, SETTINGS)


@pytest.mark.parametrize("n", [3, 4, 6])
def test_the_interval_of_a_mean_of_few_holds_the_truth_where_a_bootstraps_does_not(n):
    rng = np.random.default_rng(n)
    samples = rng.normal(20, 10, (400, n))
    quick = SETTINGS.model_copy(update={"resamples": 199, "confidence_level": 0.95})
    held = [found.low <= 20 <= found.high for found in (mean_estimate(sample, quick) for sample in samples)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)
    held = [
        found.low <= 20 <= found.high for found in (estimate((sample,), np.mean, quick) for sample in samples[:200])
    ]
    assert np.mean(held) < 0.9


def test_a_mean_without_spread_has_no_interval():
    assert mean_estimate([], SETTINGS) == UNDEFINED
    assert mean_estimate([3.0], SETTINGS) == Estimate(3.0, None, None)
    assert mean_estimate([3.0, 3.0], SETTINGS) == Estimate(3.0, None, None)


def test_the_interval_of_a_mean_is_students():
    found = mean_estimate([1.0, 2.0, 6.0], SETTINGS)
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(SETTINGS.confidence_level, 2, 3, stats.sem([1, 2, 6]))
    )
