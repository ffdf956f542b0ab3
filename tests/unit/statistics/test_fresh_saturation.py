"""Baselines from one half of the fresh prompts, improvements from the other."""

import numpy as np
import pytest
from made_up import CATEGORIES
from made_up_fresh import in_blocks, made_up_controls, made_up_task
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED
from sna.statistics.fresh_saturation import measure_fresh_saturation
from sna.statistics.logits import shift

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
STUDIES = 40


def study(gain_at, seed=0, tasks=12, prompts=60, noise=0.2):
    """Make tasks whose typical baselines ascend, and whose logit gain hangs on that: `gain_at` says how."""
    rng = np.random.default_rng(seed)
    made = []
    for name, typical in zip(list(CATEGORIES)[:tasks], np.geomspace(0.02, 0.4, tasks), strict=True):
        baseline = shift(typical, rng.normal(0, 0.5, prompts))
        measured = in_blocks(20, prompts, 6)
        random = made_up_controls(rng.normal(0, noise, (20, prompts)), baseline, measured=measured)
        gains = gain_at(typical) + rng.normal(0, noise, prompts)
        made.append(made_up_task(gains, name=name, baseline=baseline, random=random))
    return made


def halved(task):
    return [
        (task.baseline[half].mean(), task.probability[half].mean(), task.logit_gain[half].mean())
        for half in (task.first, ~task.first)
    ]


def test_gains_that_fall_as_the_baseline_rises_are_found_beyond_shuffled_gains_and_random_neurons():
    found = measure_fresh_saturation(study(lambda typical: 0.03 / typical), SETTINGS)
    assert found.n == 12
    assert found.rho.value < -0.9
    assert found.rho.high < -0.5
    assert found.pvalue <= 0.01
    assert found.pvalue_shuffled < 0.05
    assert found.rho.value < found.rho_shuffled.low
    assert found.beyond_random.high < -0.5
    assert found.logit.high < 0


def test_a_gain_that_is_the_same_for_all_tasks_is_saturation_on_the_percent_scale_and_no_more():
    found = [measure_fresh_saturation(study(lambda typical: 1.0, seed), SETTINGS) for seed in range(20)]
    assert np.median([each.rho.value for each in found]) < -0.8
    assert np.mean([each.pvalue_shuffled < 0.05 for each in found]) <= 0.2
    assert abs(np.median([each.logit.value for each in found])) < 0.3


def test_percentages_that_noise_of_the_logits_makes_are_none_beyond_random_neurons():
    found = [measure_fresh_saturation(study(lambda typical: 0.0, seed, noise=1.5), SETTINGS) for seed in range(20)]
    assert np.median([each.rho.value for each in found]) < -0.5
    assert abs(np.median([each.beyond_random.value for each in found])) < 0.3
    assert np.mean([each.beyond_random.high < 0 for each in found]) <= 0.1


def test_noise_that_baseline_and_improvement_would_share_gives_no_correlation():
    # All tasks have the same truth: what baselines differ by is chance.
    rhos, pvalues = [], []
    for seed in range(STUDIES):
        rng = np.random.default_rng(seed)
        tasks = []
        for name in CATEGORIES:
            baseline, probability = rng.uniform(0.05, 0.15, (2, 40))
            random = made_up_controls(np.zeros((2, 40)), baseline)
            gains = np.log(probability / (1 - probability)) - np.log(baseline / (1 - baseline))
            tasks.append(made_up_task(gains, name=name, baseline=baseline, random=random))
        found = measure_fresh_saturation(tasks, SETTINGS)
        rhos.append(found.rho.value)
        pvalues.append(found.pvalue)
    assert abs(np.mean(rhos)) < 0.15
    assert np.mean(np.array(pvalues) < 0.05) < 0.05 + 2 * np.sqrt(0.05 * 0.95 / STUDIES)


def test_rho_is_the_mean_of_the_two_ways():
    tasks = study(lambda typical: 0.3 - typical / 2, noise=0.5)
    halves = np.array([halved(task) for task in tasks])  # tasks, halves, (baseline, probability, gain)
    baseline, probability, gain = np.moveaxis(halves, -1, 0)
    percent = probability / baseline - 1
    found = measure_fresh_saturation(tasks, SETTINGS)
    for figure, outcome in ((found.rho, percent), (found.logit, gain)):
        ways = [stats.spearmanr(baseline[:, 1 - half], outcome[:, half]).statistic for half in (0, 1)]
        assert figure.value == pytest.approx(np.mean(ways))


def test_the_observed_order_is_one_of_the_shuffles():
    found = measure_fresh_saturation(study(lambda typical: 0.03 / typical, tasks=4), SETTINGS)
    assert found.rho.value == -1
    assert found.pvalue_shuffled == pytest.approx(1 / 24)


@pytest.mark.filterwarnings("error")
def test_too_few_tasks_or_prompts_and_what_does_not_vary_have_no_correlation():
    for tasks in (
        [],
        study(lambda typical: 0.1, tasks=3),
        study(lambda typical: 0.1, prompts=6)[:0],
        [made_up_task(np.zeros(12), name=name, baseline=0.1) for name in CATEGORIES],
        [made_up_task([0.1, 0.2], name=name, baseline=rank / 20) for rank, name in enumerate(CATEGORIES, start=1)],
    ):
        found = measure_fresh_saturation(tasks, SETTINGS)
        assert (found.n, found.rho, found.pvalue, found.beyond_random) == (len(tasks), UNDEFINED, None, UNDEFINED)


@pytest.mark.filterwarnings("error")
def test_random_neurons_that_do_nothing_have_no_correlation_and_leave_the_others():
    gains = np.random.default_rng(1).normal(0.3, 0.1, (12, 12))
    tasks = [
        made_up_task(own, name=name, baseline=np.linspace(0.01, 0.03, 12) * rank)
        for own, (rank, name) in zip(gains, enumerate(CATEGORIES, start=1), strict=True)
    ]
    found = measure_fresh_saturation(tasks, SETTINGS)
    assert found.rho.low is not None
    assert found.rho_random == UNDEFINED
    assert found.beyond_random.value == pytest.approx(found.rho.value)
