import numpy as np
import pandas as pd
import pytest
from made_up import made_up_log_odds
from scipy import stats
from scipy.special import logit

from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate
from sna.statistics.sentences import NOTHING, Comparison, compare, matching_threshold, mcnemar_pvalue, wilson_interval

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)


def sentences(labels: str, before: list[float], after: list[float]) -> pd.DataFrame:
    """Make sentences by hand: `labels` such as "+-", and the positive label's normalized probabilities."""
    return pd.DataFrame(
        {"positive": [label == "+" for label in labels], "before": logit(before), "after": logit(after)}
    )


@pytest.mark.filterwarnings("error")
def test_accuracy_and_probability_of_a_hand_made_classification():
    found = compare(sentences("++--", before=[0.55, 0.4, 0.95, 0.2], after=[0.65, 0.6, 0.95, 0.1]), SETTINGS)
    assert (found.n, found.before, found.after, found.reachable) == (4, 0.5, 0.75, 50)
    assert found.difference.value == pytest.approx(25)
    expected = np.mean([0.65, 0.6, 0.05, 0.9]) - np.mean([0.55, 0.4, 0.05, 0.8])
    assert found.probability_difference.value == pytest.approx(100 * expected)
    assert found.auc.before == found.auc.after == 0.5


@pytest.mark.filterwarnings("error")
def test_sentences_that_are_none_or_one():
    one = sentences("+", before=[0.4], after=[0.9])
    assert compare(one[:0], SETTINGS) == NOTHING
    found = compare(one, SETTINGS)
    assert found.difference == Estimate(100.0, None, None)
    assert found.shift.difference == Estimate(0.0, None, None)
    assert found.auc is None


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (5, 0), (12, 3), (4, 4)])
def test_the_pvalue_is_that_of_the_sentences_that_changed_sides(gained, lost):
    before = np.array([False] * gained + [True] * (lost + 10))
    after = np.array([True] * gained + [False] * lost + [True] * 10)
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1
    assert mcnemar_pvalue(before, after) == pytest.approx(expected)


def compare_many(truth: str, studies: int, n: int) -> list[Comparison]:
    rng = np.random.default_rng(0)
    return [compare(made_up_log_odds(truth, n, rng), SETTINGS) for _ in range(studies)]


def test_without_an_effect_few_studies_find_one():
    found = compare_many("none", studies=200, n=200)
    assert np.mean([each.pvalue < 0.05 for each in found]) < 0.08
    assert np.mean([not each.difference.low <= 0 <= each.difference.high for each in found]) < 0.1
    assert np.mean([each.shift.difference.low > 0 for each in found]) < 0.06


def test_a_planted_effect_is_found_with_its_size():
    found = compare_many("better", studies=20, n=400)
    assert all(each.pvalue < 0.001 and each.difference.low > 0 for each in found)
    # Log odds of a mean of 0.8 and a spread of 1.2, moved by 1.
    truth = 100 * (stats.norm.cdf(1.8 / 1.2) - stats.norm.cdf(0.8 / 1.2))
    assert np.mean([each.difference.value for each in found]) == pytest.approx(truth, abs=1.5)


def test_what_a_pure_shift_does_is_reached_by_moving_the_threshold():
    found = compare(made_up_log_odds("shift", 2000, np.random.default_rng(0)), SETTINGS)
    assert found.difference.low > 5, "a shift alone improves accuracy"
    assert found.shift.right == pytest.approx(found.after, abs=0.02)
    assert found.shift.difference.low < 0 < found.shift.difference.high
    assert found.shift.threshold == pytest.approx(1 / (1 + np.exp(-1.5)), abs=0.03)


def test_what_is_more_than_a_shift_is_not_reached_by_moving_the_threshold():
    found = compare(made_up_log_odds("better", 2000, np.random.default_rng(0)), SETTINGS)
    assert found.shift.difference.low > 10
    assert found.shift.pvalue < 0.001
    assert found.shift.right == pytest.approx(found.before, abs=0.02)


def test_the_shifted_model_is_the_unamplified_one_and_calls_as_many_positive():
    made = made_up_log_odds("shift", 500, np.random.default_rng(0))
    called = made["before"] > matching_threshold(made)
    assert called.sum() == (made["after"] > 0).sum()
    found = compare(made, SETTINGS).shift
    assert found.right == (called == made["positive"]).mean()
    # Which of the sentences the amplified model calls positive does not matter.
    shuffled = made.assign(after=made["after"].sample(frac=1, random_state=1).to_numpy())
    assert compare(shuffled, SETTINGS).shift.right == found.right


def test_a_threshold_that_others_share_may_be_given():
    made = sentences("+-", before=[0.6, 0.7], after=[0.6, 0.7])
    assert compare(made, SETTINGS).shift.right == 0.5
    assert compare(made, SETTINGS, threshold=float(logit(0.8))).shift.right == 0.5
    assert compare(made[1:], SETTINGS, threshold=float(logit(0.8))).shift.right == 1


def test_a_share_is_within_its_interval_and_more_sentences_narrow_it():
    for share in (0.0, 0.3, 1.0):
        few, many = (wilson_interval(np.arange(n) < share * n, 0.95) for n in (10, 1000))
        assert few.low - 1e-9 <= share <= few.high + 1e-9
        assert 0 <= few.low < few.high <= 1
        assert few.high - few.low > 0.1
        assert many.high - many.low < 0.1
