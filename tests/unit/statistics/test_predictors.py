import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from made_up import CATEGORIES

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED
from sna.statistics.predictors import Fit, adjusted_difference, compare_predictors

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
CATEGORY = list(CATEGORIES.values())
NOTHING = Fit(None, None, None, None)


def tasks_of(baseline, improvement, category) -> pd.DataFrame:
    return pd.DataFrame({"baseline": baseline, "improvement": improvement, "category": category})


@pytest.mark.filterwarnings("error")
def test_a_baseline_that_decides_beats_the_category():
    baseline = np.random.default_rng(1).permutation(12) / 12
    found = compare_predictors(tasks_of(baseline, -(baseline**3), CATEGORY), SETTINGS)
    assert found.baseline.adjusted_r_squared == pytest.approx(1)
    assert found.baseline.predicted_r_squared == pytest.approx(1)
    assert found.difference.value > 0.5
    assert found.difference.low > 0


@pytest.mark.filterwarnings("error")
def test_a_category_that_decides_beats_the_baseline():
    rng = np.random.default_rng(2)
    improvement = pd.Series(CATEGORY).map({name: place for place, name in enumerate(sorted(set(CATEGORY)))})
    found = compare_predictors(tasks_of(rng.random(12), improvement + 0.1 * rng.random(12), CATEGORY), SETTINGS)
    assert found.category.pvalue < 0.01
    assert found.difference.value < 0
    assert found.difference.high < 0


def test_r_squared_is_that_of_a_hand_computed_fit():
    # Ranks 1 2 3 4 against 1 2 4 3: r = 0.8. Categories a a b b split the ranks as 1.5 and 3.5: 4 of 5 squares between.
    found = compare_predictors(tasks_of([1, 2, 3, 4], [10, 20, 40, 30], list("aabb")), SETTINGS)
    assert found.baseline.r_squared == pytest.approx(0.64)
    assert found.baseline.adjusted_r_squared == pytest.approx(1 - 0.36 * 3 / 2)
    assert found.category.r_squared == pytest.approx(0.8)
    # Left out, each task is 1 away from its category's other: PRESS = 4 of a total of 5.
    assert found.category.predicted_r_squared == pytest.approx(1 - 4 / 5)


def test_a_task_alone_in_its_category_cannot_be_predicted_by_it():
    found = compare_predictors(tasks_of([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], list("aabbc")), SETTINGS)
    assert found.category.predicted_r_squared is None
    assert found.category.r_squared is not None


def test_null_studies_seldom_favour_the_baseline_and_the_shuffles_say_what_they_give():
    rng = np.random.default_rng(6)
    quick = SETTINGS.model_copy(update={"resamples": 199})
    found = [compare_predictors(tasks_of(rng.random(12), rng.random(12), CATEGORY), quick) for _ in range(200)]
    assert np.mean([one.difference.low > 0 for one in found]) <= 0.05
    assert np.mean([one.pvalue < 0.05 for one in found]) <= 0.09
    inside = [one.by_chance.low <= one.difference.value <= one.by_chance.high for one in found]
    assert 0.91 <= np.mean(inside) <= 0.985
    differences = [one.difference.value for one in found]
    assert np.mean([one.by_chance.value for one in found]) == pytest.approx(np.mean(differences), abs=0.06)


def test_the_difference_is_that_of_the_two_fits():
    rng = np.random.default_rng(7)
    found = compare_predictors(tasks_of(rng.random(12), rng.random(12), CATEGORY), SETTINGS)
    expected = found.baseline.adjusted_r_squared - found.category.adjusted_r_squared
    assert found.difference.value == pytest.approx(expected)


def test_copies_of_a_task_count_as_weights_not_as_tasks():
    # Of 2 resamples of 5 tasks, the first has two copies of each of two: as many parameters as tasks.
    improvement, baseline = np.array([1.0, 2, 4, 3, 5]), np.array([5.0, 3, 4, 2, 1])
    category = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]).T
    found = adjusted_difference(improvement, baseline, category, np.array([[2, 2, 0, 0, 1], [1, 1, 1, 1, 1]]))
    rows, copies = [0, 1, 4], [2, 2, 1]
    expected = [
        sm.WLS(improvement[rows], predictor[rows], weights=copies).fit().rsquared_adj
        for predictor in (sm.add_constant(baseline), category)
    ]
    assert found[0] == pytest.approx(expected[0] - expected[1])
    assert found[1] == pytest.approx(adjusted_difference(improvement, baseline, category, np.ones(5)))


@pytest.mark.filterwarnings("error")
def test_three_tasks_of_three_categories_leave_the_category_undefined():
    found = compare_predictors(tasks_of([1, 2, 3], [3, 1, 2], list("abc")), SETTINGS)
    assert found.category == NOTHING
    assert found.difference == UNDEFINED
    assert found.baseline.r_squared is not None


@pytest.mark.filterwarnings("error")
def test_equal_improvements_leave_all_undefined():
    found = compare_predictors(tasks_of(np.arange(12), [1.0] * 12, CATEGORY), SETTINGS)
    assert (found.baseline, found.category, found.difference) == (NOTHING, NOTHING, UNDEFINED)


@pytest.mark.filterwarnings("error")
def test_a_single_task_is_undefined():
    found = compare_predictors(tasks_of([0.1], [1.0], ["a"]), SETTINGS)
    assert (found.n, found.baseline, found.difference) == (1, NOTHING, UNDEFINED)
