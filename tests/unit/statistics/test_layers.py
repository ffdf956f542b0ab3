from dataclasses import astuple

import numpy as np
import pandas as pd
import pytest
from made_up import CATEGORIES, experiments_of, made_up_prompts

from sna.experiments.summary import summarize_tasks
from sna.experiments.sweep import read_sweep
from sna.inputs.config import Statistics
from sna.statistics.layers import UNTESTED, find_best, locate_layers, measure_specialization

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
KINDS = sorted(set(CATEGORIES.values()))


def test_the_planted_layer_of_each_category_is_found():
    found = locate_layers(read_sweep(made_up_prompts(layers=5)), 5, SETTINGS)
    assert {category: best.layer for category, best in found.by_category.items()} == {
        category: place for place, category in enumerate(KINDS)
    }
    assert all(best.confidence_set == [best.layer] for best in found.by_category.values())
    assert {best.tasks for best in found.by_category.values()} == {2, 4}
    assert found.specialization.pvalue < 0.01


def test_layers_that_make_no_difference_leave_the_best_one_open():
    found = locate_layers(read_sweep(made_up_prompts(layers=5, specialized=False, noise=0.2)), 5, SETTINGS)
    assert all(len(best.confidence_set) > 1 for best in found.by_category.values())


def test_depth_counts_from_the_first_layer_to_the_models_last():
    prompts = made_up_prompts(layers=3)
    prompts["layer"] = prompts["layer"].map({0: 0, 1: 6, 2: 12})
    found = locate_layers(read_sweep(prompts), 13, SETTINGS)
    assert found.layers == 3
    assert {best.layer: best.depth for best in found.by_task.values()} == {0: 0.0, 6: 0.5, 12: 1.0}


def test_the_confidence_set_names_layers_as_the_model_counts_them():
    prompts = made_up_prompts(layers=5, specialized=False, noise=0.2)
    prompts["layer"] *= 3
    for best in locate_layers(read_sweep(prompts), 25, SETTINGS).by_category.values():
        assert best.layer in best.confidence_set
        assert set(best.confidence_set) <= {0, 3, 6, 9, 12}
        assert best.confidence_set == sorted(best.confidence_set)


def confidence_sets(means: np.ndarray, studies: int, prompts: int = 30) -> np.ndarray:
    """Find the best of several means over noisy prompts, of some studies, as `locate_layers` does."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(studies):
        values = rng.normal(means, 1, (prompts, len(means)))
        weights = rng.multinomial(prompts, np.full(prompts, 1 / prompts), 499) / prompts
        found.append(find_best(values.mean(axis=0), weights @ values, 0.95))
    return np.array(found)


def test_the_confidence_set_holds_the_true_best_in_about_95_percent_of_studies():
    held = confidence_sets(np.zeros(10), 300).mean(axis=0)
    assert 0.91 <= held.mean() <= 0.98, "any may be called the best where all are as good"
    held = confidence_sets(np.array([0.3, *[0.2] * 5, *[0.0] * 4]), 300).mean(axis=0)
    assert held[0] >= 0.92


def test_the_confidence_set_leaves_out_what_is_clearly_worse():
    assert confidence_sets(np.array([2.0, 0.0, 0.0, 1.9]), 50).mean(axis=0) == pytest.approx([1, 0, 0, 1], abs=0.1)


def test_resamples_that_are_undefined_leave_the_best_open():
    assert find_best(np.array([1.0, 2.0]), np.full((9, 2), np.nan), 0.95).tolist() == [True, True]


def test_most_confidence_sets_hold_the_planted_layer_of_a_noisy_study():
    quick = SETTINGS.model_copy(update={"resamples": 199})
    held, sizes = [], []
    for seed in range(20):
        found = locate_layers(read_sweep(made_up_prompts(layers=5, noise=0.3, seed=seed)), 5, quick).by_category
        held += [KINDS.index(kind) in found[kind].confidence_set for kind in KINDS]
        sizes += [len(found[kind].confidence_set) for kind in KINDS]
    assert np.mean(held) >= 0.9
    assert np.mean(sizes) < 4


@pytest.mark.parametrize("task_improvement", ["best", "mean", "median"])
def test_a_tasks_gain_is_its_summary_at_its_best_layer(task_improvement):
    prompts = made_up_prompts(tasks=3)
    settings = SETTINGS.model_copy(update={"task_improvement": task_improvement})
    found = locate_layers(read_sweep(prompts), 3, settings)
    experiments = experiments_of(prompts)
    for task, best in found.by_task.items():
        layer = experiments[(experiments["task"] == task) & (experiments["layer"] == best.layer)]
        expected = summarize_tasks(layer, task_improvement)["improvement"].item()
        assert best.gain.value == pytest.approx(expected)
        assert best.gain.low < best.gain.high


def test_a_categorys_gain_is_the_mean_over_its_tasks():
    prompts = made_up_prompts()
    found = locate_layers(read_sweep(prompts), 3, SETTINGS)
    arithmetic = found.by_category["arithmetic"]
    experiments = experiments_of(prompts).query("category == 'arithmetic' and layer == @arithmetic.layer")
    assert arithmetic.gain.value == pytest.approx(summarize_tasks(experiments, "best")["improvement"].mean())


def test_the_interval_is_a_bootstrap_over_the_prompts_of_all_configurations_together():
    # Two configurations that are the same on every prompt stay the same in every resample: the best is either.
    once = made_up_prompts(tasks=1, layers=2, neurons=(5,), multipliers=(2.0,))
    twice = pd.concat([once, once.assign(neurons=50)])
    gains = [locate_layers(read_sweep(prompts), 2, SETTINGS).by_task["addition"].gain for prompts in (once, twice)]
    assert astuple(gains[0]) == pytest.approx(astuple(gains[1]))


def test_the_order_of_rows_does_not_matter():
    prompts = made_up_prompts(tasks=5)
    shuffled = read_sweep(prompts.sample(frac=1, random_state=7))
    assert locate_layers(read_sweep(prompts), 3, SETTINGS) == locate_layers(shuffled, 3, SETTINGS)


@pytest.mark.filterwarnings("error")
def test_a_smoke_sized_study_has_layers_but_no_test_of_specialization():
    found = locate_layers(read_sweep(made_up_prompts(tasks=3)), 3, SETTINGS)
    assert set(found.by_category) == {"arithmetic", "logic", "semantics"}
    assert found.specialization == UNTESTED


@pytest.mark.filterwarnings("error")
def test_one_layer_of_a_model_of_one_layer_is_the_best():
    found = locate_layers(read_sweep(made_up_prompts(layers=1)), 1, SETTINGS)
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
    chance = [test.by_chance for test in tests]
    assert np.mean(chance) == pytest.approx(4 / 11, abs=0.01), "5 categories of 12 tasks: (5 - 1) / (12 - 1)"
    assert np.mean([test.statistic for test in tests]) == pytest.approx(4 / 11, abs=0.05)
