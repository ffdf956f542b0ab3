from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts
from scipy import stats

from sna.experiments.summary import ALL_MODELS, summarize_tasks
from sna.experiments.sweep import read_sweep, read_sweeps
from sna.inputs.config import Statistics, Zones
from sna.statistics.configuration import Configuration
from sna.statistics.held_out import HeldOut, measure_held_out
from sna.statistics.saturation import correlate_tasks
from sna.statistics.zones import measure_zones
from sna.tables import PROMPTS

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
QUICK = SETTINGS.model_copy(update={"resamples": 9})
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)


def one_task(probabilities) -> pd.DataFrame:
    """Make a task with a baseline of 0.1 from probabilities by prompt for 5 or 50 neurons by 1.5 or 3."""
    folds = ["first", "second"]
    rows = [
        ("small", "addition", "arithmetic", 0, neurons, multiplier, prompt, folds[prompt >= len(row) / 2], 0.1, value)
        for (neurons, multiplier), row in zip(product((5, 50), (1.5, 3.0)), probabilities, strict=True)
        for prompt, value in enumerate(row)
    ]
    return PROMPTS.check(pd.DataFrame(rows, columns=list(PROMPTS.columns)), "made-up prompts")


def noise(seed: int, effect: float = 0.0) -> pd.DataFrame:
    """Make a study in which amplification only makes noise, but for an `effect` on one configuration of each task."""
    rng = np.random.default_rng(seed)
    prompts = made_up_prompts(seed=seed)
    baseline = prompts["baseline"] / 4
    planted = prompts.eval("layer == 1 and neurons == 50 and multiplier == 3")
    probability = baseline * (1 + effect * planted) * rng.uniform(0.5, 1.5, len(prompts))
    return prompts.assign(baseline=baseline, probability=probability)


def hold_out(prompts: pd.DataFrame, settings: Statistics = SETTINGS) -> HeldOut:
    return measure_held_out([read_sweep(prompts)], ZONES, settings)


def held_out_gains(studies) -> np.ndarray:
    return np.array([[task.held_out.value for task in study.by_task.values()] for study in studies])


def test_each_half_is_scored_under_the_choice_of_the_other():
    # The first fold chooses 5 neurons by 3, under which the second gains 10 %; the second chooses 50 by 1.5, under
    # which the first loses 20 %.
    prompts = one_task([
        [0.1, 0.1, 0.1, 0.1],
        [0.3, 0.1, 0.12, 0.1],
        [0.1, 0.06, 0.2, 0.16],
        [0.1, 0.1, 0.1, 0.1],
    ])  # fmt: skip
    found = hold_out(prompts).by_task["addition"]
    assert found.chosen == {"first": Configuration(0, 5, 3.0), "second": Configuration(0, 50, 1.5)}
    assert found.held_out.value == pytest.approx(100 * (0.1 + 0.06 + 0.12 + 0.1 - 0.4) / 0.4)
    assert found.in_sample == pytest.approx(100 * (0.3 + 0.1 + 0.12 + 0.1 - 0.4) / 0.4)


def test_of_configurations_that_are_equally_good_the_same_is_chosen_as_in_sample():
    prompts = one_task(np.full((4, 4), 0.2))
    found = hold_out(prompts).by_task["addition"]
    assert set(found.chosen.values()) == {Configuration(0, 5, 1.5)}


def test_the_interval_is_a_bootstrap_over_prompts_under_the_choices_made():
    # Each prompt gains as much as the next under any choice, so that no resample can differ.
    found = hold_out(one_task(np.full((4, 6), 0.2))).by_task["addition"].held_out
    assert (found.value, found.low, found.high) == pytest.approx((100, 100, 100))
    found = hold_out(noise(1, effect=0.5)).by_task["addition"].held_out
    assert found.low < found.value < found.high


@settings(max_examples=25)
@given(st.lists(st.lists(st.floats(0.01, 1), min_size=6, max_size=6), min_size=4, max_size=4))
def test_a_held_out_gain_never_exceeds_the_one_in_sample(probabilities):
    found = hold_out(one_task(probabilities), QUICK).by_task["addition"]
    assert found.held_out.value <= found.in_sample + 1e-9


def test_noise_gains_in_sample_and_nothing_held_out():
    studies = [hold_out(noise(seed), QUICK) for seed in range(15)]
    assert all(task.in_sample > 0 for study in studies for task in study.by_task.values())
    gains = held_out_gains(studies).ravel()
    assert stats.ttest_1samp(gains, 0).pvalue > 0.05
    assert abs(gains.mean()) < 2, "percent; in sample, the best of the same noise is about 14"


def test_a_planted_effect_is_kept():
    studies = [hold_out(noise(seed, effect=0.8), QUICK) for seed in range(10)]
    gains = held_out_gains(studies).ravel()
    assert stats.ttest_1samp(gains, 80).pvalue > 0.05
    assert gains.mean() == pytest.approx(80, abs=5)


def test_intervals_of_noise_seldom_exclude_nothing():
    quick = SETTINGS.model_copy(update={"resamples": 199})
    studies = [hold_out(noise(seed), quick) for seed in range(10)]
    found = [task.held_out for study in studies for task in study.by_task.values()]
    assert np.mean([gain.low > 0 for gain in found]) <= 0.1


def test_correlation_and_zones_are_those_of_the_held_out_gains_and_all_prompts_baselines():
    prompts = made_up_prompts(noise=0.3)
    found = hold_out(prompts)
    tasks = summarize_tasks(experiments_of(prompts), "best")
    tasks["improvement"] = [found.by_task[task].held_out.value for task in tasks["task"]]
    expected = correlate_tasks(tasks, SETTINGS)
    assert (found.n, found.rho, found.pvalue, found.pvalue_method) == (
        expected.n, expected.rho, expected.pvalue, expected.pvalue_method
    )  # fmt: skip
    in_sample = measure_zones(tasks, [read_sweep(prompts)], ZONES, SETTINGS).zones
    for number, zone in found.zones.items():
        assert (zone.tasks, zone.mean) == (in_sample[number].tasks, in_sample[number].mean)
        assert zone.share_above_negligible == in_sample[number].share_above_negligible


def test_the_best_of_a_zone_is_its_best_held_out_gain():
    found = hold_out(noise(3))
    zone = found.zones["1"]
    best = max(zone.tasks, key=lambda task: found.by_task[task].held_out.value)
    assert zone.best.task == best
    assert zone.best.value == pytest.approx(found.by_task[best].held_out.value)
    assert zone.best.low < found.by_task[best].held_out.low, "it allows for the choice among the zone's tasks"


def test_a_planted_saturation_is_found_held_out():
    found = hold_out(made_up_prompts())
    assert found.rho.high < -0.5
    assert found.pvalue < 0.01


def test_the_order_of_rows_does_not_matter():
    prompts = noise(2)
    shuffled = prompts.sample(frac=1, random_state=6)
    assert hold_out(shuffled) == hold_out(prompts)


@pytest.mark.filterwarnings("error")
def test_a_smoke_sized_study_has_gains_but_no_correlation():
    found = hold_out(made_up_prompts(tasks=3))
    assert len(found.by_task) == 3
    assert (found.rho.value, found.pvalue) == (None, None)


def test_of_all_models_each_fold_chooses_the_model_too():
    better = one_task(np.full((4, 6), 0.2)).assign(model="large")
    worse = one_task(np.full((4, 6), 0.15))
    found = measure_held_out(read_sweeps(pd.concat([worse, better]))[ALL_MODELS], ZONES, SETTINGS).by_task["addition"]
    assert (found.in_sample, found.held_out.value) == pytest.approx((100, 100))
