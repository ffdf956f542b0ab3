"""The zones by the baselines on fresh prompts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import CATEGORIES
from made_up_fresh import made_up_controls, made_up_task
from scipy import stats

from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED, estimate
from sna.statistics.fresh_prompts import improvement_of_means
from sna.statistics.fresh_tasks import measure_tasks
from sna.statistics.fresh_zones import count_needed, measure_fresh_zones

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7.0)


def measure(gains, baselines, noise=0.1, prompts=60):
    rng = np.random.default_rng(1)
    tasks = []
    for name, gain, baseline in zip(CATEGORIES, gains, baselines, strict=False):
        own = np.full(prompts, baseline)
        random = made_up_controls(rng.normal(0, noise, (4, prompts)), own)
        tasks.append(made_up_task(gain + rng.normal(0, noise, prompts), name=name, baseline=own, random=random))
    measured = measure_tasks(tasks, None, 50_000, ZONES, SETTINGS)
    arranged = {task.name: task for task in tasks}
    return measure_fresh_zones(arranged, measured, ZONES, SETTINGS), measured, arranged


def test_every_task_is_in_the_zone_of_its_fresh_baseline_and_counts_the_same():
    zones, measured, _ = measure([0.5, 0.1, 0.3, 0.2], [0.02, 0.05, 0.08, 0.4])
    assert {number: zone.tasks for number, zone in zones.items()} == {
        "1": ["addition", "syllogisms"],
        "2": ["antonyms"],
        "3": ["rhymes"],
    }
    values = [measured[name].improvement.value for name in zones["1"].tasks]
    assert zones["1"].mean.value == pytest.approx(np.mean(values))
    t = stats.ttest_1samp(values, 0).confidence_interval()
    assert (zones["1"].mean.low, zones["1"].mean.high) == pytest.approx((t.low, t.high))
    differences = [measured[name].random.difference.value for name in zones["1"].tasks]
    assert zones["1"].difference.value == pytest.approx(np.mean(differences))
    by_random = [measured[name].random.improvement.value for name in zones["1"].tasks]
    t = stats.ttest_1samp(by_random, 0).confidence_interval()
    found = zones["1"].random
    assert (found.value, found.low, found.high) == pytest.approx((np.mean(by_random), t.low, t.high))


def test_tasks_are_counted_by_what_their_intervals_leave_possible():
    [found] = [measure([0.0, 0.07, 1.0], [0.02] * 3)[0]["1"]]
    assert (found.above_negligible, found.maybe_above_negligible) == (1, 2)


def test_the_best_of_a_zone_is_picked_and_its_interval_allows_for_that():
    zones, measured, tasks = measure([0.1, 0.9, 0.2, 0.3, 0.1], [0.02] * 5, noise=0.5)
    best = zones["1"].best
    assert best.task == "syllogisms"
    assert best.value == measured["syllogisms"].improvement.value
    samples = tasks["syllogisms"].probability, tasks["syllogisms"].baseline
    corrected = SETTINGS.model_copy(update={"confidence_level": 1 - 0.05 / 5})
    expected = estimate(samples, improvement_of_means, corrected)
    assert (best.low, best.high) == (expected.low, expected.high)
    assert best.high - best.low > 1.2 * (
        measured["syllogisms"].improvement.high - measured["syllogisms"].improvement.low
    )


def test_the_best_of_tasks_that_all_have_the_same_truth_is_rarely_said_to_be_above_it():
    rng = np.random.default_rng(3)
    settings = SETTINGS.model_copy(update={"resamples": 499})
    missed = 0
    for _ in range(40):
        tasks = [
            made_up_task(rng.normal(0, 0.3, 60), name=name, baseline=np.full(60, 0.01)) for name in list(CATEGORIES)[:6]
        ]
        measured = measure_tasks(tasks, None, 50_000, ZONES, settings)
        zones = measure_fresh_zones({task.name: task for task in tasks}, measured, ZONES, settings)
        truth = 100 * (np.exp(0.3**2 / 2) - 1)
        missed += zones["1"].best.low > truth
    assert missed <= 4


@pytest.mark.filterwarnings("error")
def test_an_empty_zone_is_none_and_a_zone_of_one_task_has_no_interval():
    zones, _, _ = measure([0.2], [0.02])
    assert (zones["1"].n, zones["1"].mean.low, zones["1"].needed) == (1, None, None)
    empty = zones["3"]
    assert (empty.n, empty.tasks, empty.best) == (0, [], None)
    assert empty.mean == empty.random == empty.difference == UNDEFINED
    assert (empty.above_negligible, empty.maybe_above_negligible, empty.needed) == (0, 0, None)


@given(st.floats(-50, 50).filter(lambda mean: abs(mean) > 0.1), st.floats(0.1, 100))
def test_as_many_tasks_as_are_needed_give_an_interval_of_a_third_and_one_fewer_does_not(mean, spread):
    values = mean + spread * np.array([-1.0, 0, 1])
    needed = count_needed(values, SETTINGS)
    reach = [stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n) for n in (needed, max(needed - 1, 2))]
    assert reach[0] <= abs(values.mean()) / 3 * (1 + 1e-9)
    assert needed == 2 or reach[1] > abs(values.mean()) / 3 * (1 - 1e-9)


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0], [-1.0, 1.0]])
def test_without_a_spread_or_a_mean_no_number_would_do(values):
    assert count_needed(np.array(values), SETTINGS) is None
