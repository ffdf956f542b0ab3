"""Answers put right and broken, and prompts of which the model is confident."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_fresh import made_up_controls, made_up_task
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.fresh_answers import (
    answers_of_task,
    answers_over_tasks,
    mean_over_prompts,
    measure_confident,
    net_put_right,
)
from sna.statistics.logits import shift

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
BEFORE = np.array([0, 0, 0, 0, 1, 1], dtype=bool)
AFTER = np.array([1, 0, 0, 1, 1, 0], dtype=bool)


def answering(name="addition", before=BEFORE, after=AFTER, random=((0, 1, 0, 0, 1, 1), (0, 0, 0, 0, 1, 0))):
    random = np.array(random, dtype=bool)
    controls = made_up_controls(np.zeros(random.shape), top=random)
    return made_up_task(np.zeros(len(before)), name=name, top=before, top_amplified=after, random=controls)


def test_wrong_answers_are_put_right_and_right_ones_broken():
    answers = answers_of_task(answering(), SETTINGS)
    assert (answers.wrong, answers.right) == (4, 2)
    assert (answers.put_right.value, answers.broken.value) == (0.5, 0.5)
    assert answers.put_right.low < 0.5 < answers.put_right.high
    assert (answers.put_right_by_random, answers.broken_by_random) == (1 / 8, 1 / 4)


@pytest.mark.filterwarnings("error")
def test_a_task_without_wrong_answers_has_none_to_put_right():
    right = np.ones(4, dtype=bool)
    answers = answers_of_task(answering(before=right, after=right, random=[right]), SETTINGS)
    assert (answers.wrong, answers.put_right, answers.put_right_by_random) == (0, UNDEFINED, None)
    assert (answers.right, answers.broken.value, answers.broken_by_random) == (4, 0, 0)


def test_over_tasks_shares_are_of_all_prompts_with_an_interval_over_the_tasks():
    none = np.zeros(2, dtype=bool)
    other = answering("rhymes", before=none, after=none, random=[none])
    answers = answers_over_tasks([answering(), other], SETTINGS)
    assert (answers.wrong, answers.right) == (6, 2)
    assert answers.put_right.value == 2 / 6
    # One task is two thirds above the mean share of its 4, the other as much below that of its 2.
    error = np.sqrt(2 * (2 / 3) ** 2 * 2) / 6
    margin = stats.t.ppf(0.975, 1) * error
    assert (answers.put_right.low, answers.put_right.high) == pytest.approx((2 / 6 - margin, 2 / 6 + margin))
    assert answers.broken == Estimate(0.5, None, None), "only one task has right answers"
    assert answers.put_right_by_random == (4 / 8) / 6


@pytest.mark.filterwarnings("error")
def test_no_task_has_no_answers():
    answers = answers_over_tasks([], SETTINGS)
    assert (answers.wrong, answers.right, answers.put_right, answers.broken_by_random) == (0, 0, UNDEFINED, None)
    assert net_put_right([], SETTINGS) == UNDEFINED


def test_net_is_what_is_put_right_less_what_is_broken_and_less_the_same_by_random_neurons():
    answers = answers_of_task(answering(), SETTINGS)
    by_selected = answers.wrong * answers.put_right.value - answers.right * answers.broken.value
    by_random = answers.wrong * answers.put_right_by_random - answers.right * answers.broken_by_random
    assert net_put_right([answering()], SETTINGS).value == pytest.approx((by_selected - by_random) / 6)


def test_what_helps_everywhere_is_told_from_what_random_neurons_do():
    rng = np.random.default_rng(1)
    tasks = []
    for name in ("addition", "rhymes", "verses", "antonyms", "analogies"):
        before, after, random = rng.random(100) < 0.3, rng.random(100) < 0.6, rng.random((5, 100)) < 0.3
        tasks.append(answering(name, before, after, random))
    assert net_put_right(tasks, SETTINGS).low > 0.15


@given(st.lists(st.lists(st.floats(-5, 5), max_size=4), max_size=5))
def test_a_mean_over_prompts_gives_each_prompt_the_same_weight(values):
    arrays = [np.array(own, dtype=float) for own in values]
    found = mean_over_prompts(arrays, SETTINGS)
    pooled = [value for own in values for value in own]
    assert found.value == (pytest.approx(np.mean(pooled)) if pooled else None)
    assert (found.low is not None) == (sum(bool(own) for own in values) > 1)


@pytest.mark.filterwarnings("error")
def test_prompts_of_which_no_control_was_measured_are_left_out():
    assert mean_over_prompts([np.array([np.nan, 2.0]), np.array([np.nan])], SETTINGS).value == 2


# Confidence


def test_confident_prompts_are_told_by_their_baseline_alone():
    baseline = np.array([0.1, 0.5, 0.9, 0.2])
    gains = np.array([1.0, 0.0, 0.0, 3.0])
    random = made_up_controls(np.full((2, 4), 0.5), baseline)
    found = measure_confident([made_up_task(gains, baseline=baseline, random=random)], SETTINGS)
    assert (found.threshold, found.n, found.n_others) == (0.5, 2, 2)
    assert found.improvement.value == pytest.approx(0)
    assert found.difference.value == pytest.approx(np.mean([0.5, 2.5]))


def test_what_moves_only_what_the_model_is_unsure_of_leaves_the_rest_alone():
    rng = np.random.default_rng(2)
    tasks = []
    for name in ("addition", "rhymes", "verses", "antonyms", "analogies"):
        baseline = rng.uniform(0.05, 0.95, 200)
        gains = np.where(baseline < 0.5, 0.5, 0.0) + rng.normal(0, 0.1, 200)
        random = made_up_controls(rng.normal(0, 0.1, (5, 200)), baseline)
        tasks.append(made_up_task(gains, name=name, baseline=baseline, random=random))
    found = measure_confident(tasks, SETTINGS)
    assert -1 < found.improvement.low < found.improvement.high < 1
    assert 0.45 < found.difference.low < found.difference.high < 0.55


def test_the_improvement_of_confident_prompts_is_that_of_their_mean_probability():
    baseline = np.array([0.6, 0.8])
    tasks = [made_up_task([1.0, -1.0], baseline=baseline, name=name) for name in ("addition", "rhymes")]
    expected = 100 * (shift(baseline, [1, -1]).sum() / baseline.sum() - 1)
    found = measure_confident(tasks, SETTINGS).improvement
    assert [found.value, found.low, found.high] == pytest.approx([expected] * 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("baseline", [0.1, 0.9])
def test_where_all_prompts_are_alike_one_side_is_undefined(baseline):
    found = measure_confident([made_up_task([0.1, 0.2], baseline=baseline)], SETTINGS)
    assert UNDEFINED in (found.improvement, found.difference)
    assert measure_confident([], SETTINGS).improvement == UNDEFINED
