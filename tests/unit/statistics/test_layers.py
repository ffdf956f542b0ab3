from dataclasses import astuple

import numpy as np
import pandas as pd
import pytest
from made_up import CATEGORIES, experiments_of, made_up_prompts

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics
from sna.statistics.layers import locate_layers, measure_specialization
from sna.statistics.permutation import UNTESTED

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
KINDS = sorted(set(CATEGORIES.values()))


def test_the_planted_layer_of_each_category_is_found():
    found = locate_layers(made_up_prompts(layers=5), 5, SETTINGS)
    assert {category: best.layer for category, best in found.by_category.items()} == {
        category: place for place, category in enumerate(KINDS)
    }
    assert all(best.layer_low == best.layer == best.layer_high for best in found.by_category.values())
    assert {best.tasks for best in found.by_category.values()} == {2, 4}
    assert found.specialization.pvalue < 0.01


def test_layers_that_make_no_difference_leave_the_best_one_open():
    found = locate_layers(made_up_prompts(layers=5, specialized=False, noise=0.2), 5, SETTINGS)
    assert any(best.layer_low < best.layer_high for best in found.by_category.values())


def test_depth_counts_from_the_first_layer_to_the_models_last():
    prompts = made_up_prompts(layers=3)
    prompts["layer"] = prompts["layer"].map({0: 0, 1: 6, 2: 12})
    found = locate_layers(prompts, 13, SETTINGS)
    assert found.layers == 3
    assert {best.layer: best.depth for best in found.by_task.values()} == {0: 0.0, 6: 0.5, 12: 1.0}


def test_the_interval_of_a_best_layer_is_given_as_depth_too():
    prompts = made_up_prompts(layers=5, specialized=False, noise=0.2)
    prompts["layer"] *= 3
    found = locate_layers(prompts, 25, SETTINGS).by_category.values()
    assert all(best.depth_low <= best.depth <= best.depth_high for best in found)
    ends = [(best.layer_low / 24, best.layer_high / 24) for best in found]
    assert [(best.depth_low, best.depth_high) for best in found] == ends


def test_most_intervals_hold_the_planted_layer_of_a_noisy_study():
    quick = SETTINGS.model_copy(update={"resamples": 199})
    held = []
    for seed in range(20):
        found = locate_layers(made_up_prompts(layers=5, noise=0.3, seed=seed), 5, quick)
        held += [found.by_category[kind].layer_low <= KINDS.index(kind) <= found.by_category[kind].layer_high
                 for kind in KINDS]  # fmt: skip
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize("task_improvement", ["best", "mean", "median"])
def test_a_tasks_gain_is_its_summary_at_its_best_layer(task_improvement):
    prompts = made_up_prompts(tasks=3)
    settings = SETTINGS.model_copy(update={"task_improvement": task_improvement})
    found = locate_layers(prompts, 3, settings)
    experiments = experiments_of(prompts)
    for task, best in found.by_task.items():
        layer = experiments[(experiments["task"] == task) & (experiments["layer"] == best.layer)]
        expected = summarize_tasks(layer, task_improvement)["improvement"].item()
        assert best.gain.value == pytest.approx(expected)
        assert best.gain.low < best.gain.high


def test_a_categorys_gain_is_the_mean_over_its_tasks():
    prompts = made_up_prompts()
    found = locate_layers(prompts, 3, SETTINGS)
    arithmetic = found.by_category["arithmetic"]
    experiments = experiments_of(prompts).query("category == 'arithmetic' and layer == @arithmetic.layer")
    assert arithmetic.gain.value == pytest.approx(summarize_tasks(experiments, "best")["improvement"].mean())


def test_the_interval_is_a_bootstrap_over_the_prompts_of_all_configurations_together():
    # Two configurations that are the same on every prompt stay the same in every resample: the best is either.
    once = made_up_prompts(tasks=1, layers=2, neurons=(5,), multipliers=(2.0,))
    twice = pd.concat([once, once.assign(neurons=50)])
    gains = [locate_layers(prompts, 2, SETTINGS).by_task["addition"].gain for prompts in (once, twice)]
    assert astuple(gains[0]) == pytest.approx(astuple(gains[1]))


def test_the_order_of_rows_does_not_matter():
    prompts = made_up_prompts(tasks=5)
    assert locate_layers(prompts, 3, SETTINGS) == locate_layers(prompts.sample(frac=1, random_state=7), 3, SETTINGS)


@pytest.mark.filterwarnings("error")
def test_a_smoke_sized_study_has_layers_but_no_test_of_specialization():
    found = locate_layers(made_up_prompts(tasks=3), 3, SETTINGS)
    assert set(found.by_category) == {"arithmetic", "logic", "semantics"}
    assert found.specialization == UNTESTED


@pytest.mark.filterwarnings("error")
def test_one_layer_of_a_model_of_one_layer_is_the_best():
    found = locate_layers(made_up_prompts(layers=1), 1, SETTINGS)
    assert {(best.layer, best.depth) for best in found.by_task.values()} == {(0, 0.0)}
    assert found.specialization == UNTESTED


@pytest.mark.filterwarnings("error")
def test_flat_profiles_have_nothing_to_specialize_in():
    assert measure_specialization(np.ones((4, 3)), np.array(list("aabb")), SETTINGS) == UNTESTED


def test_categories_that_differ_only_in_size_are_not_specialized():
    profile = np.array([1.0, 2.0, 4.0])
    gains = np.outer([1, 2, 30, 40], profile) + 5
    assert measure_specialization(gains, np.array(list("aabb")), SETTINGS) == UNTESTED


def test_unspecialized_studies_seldom_look_specialized():
    rng = np.random.default_rng(8)
    quick = SETTINGS.model_copy(update={"resamples": 199})
    categories = np.array(list(CATEGORIES.values()))
    tests = [measure_specialization(rng.normal(size=(12, 6)), categories, quick) for _ in range(100)]
    assert np.mean([test.pvalue < 0.05 for test in tests]) <= 0.12
