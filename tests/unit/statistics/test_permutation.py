import numpy as np
import pytest

from sna.inputs.config import Statistics
from sna.statistics.permutation import permutation_test, shuffle, sign_flip_pvalue

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)


def ascent(sample: np.ndarray, axis: int) -> np.ndarray:
    """Correlate (but for scale) a sample with its place."""
    return (sample * np.arange(sample.shape[axis])).sum(axis=axis)


def test_few_observations_are_tested_exactly():
    test = permutation_test([1, 2, 3, 4], ascent, SETTINGS, "greater")
    assert test.pvalue == pytest.approx(1 / 24)
    assert test.method == "permutation test, all 24 orders"


def test_a_pvalue_is_never_zero():
    test = permutation_test(np.arange(30), ascent, SETTINGS, "greater")
    assert test.pvalue == pytest.approx(1 / 1000)
    assert test.method == "permutation test, 999 random orders"


def test_every_order_gives_its_statistic():
    test, orders = shuffle([1, 2, 3], ascent, SETTINGS, "less")
    assert sorted(orders) == [4, 5, 5, 7, 7, 8]
    assert test.statistic == 8
    assert test.pvalue == 1
    assert permutation_test([3, 2, 1], ascent, SETTINGS, "less").pvalue == pytest.approx(1 / 6)


def test_signs_are_flipped_in_every_way_where_there_are_few():
    assert sign_flip_pvalue([1.0] * 5, SETTINGS, "greater") == 1 / 2**5
    assert sign_flip_pvalue([1.0] * 5, SETTINGS) == 2 / 2**5
    assert sign_flip_pvalue([0.0] * 5, SETTINGS) == 1
    assert sign_flip_pvalue([1.0] * 30, SETTINGS) == pytest.approx(2 / 1000)
