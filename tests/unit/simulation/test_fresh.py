"""Simulated fresh prompts: the sweep's choices, and the same noise by all neurons."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_findings import made_up_findings

from sna.experiments.summary import best_layers
from sna.simulation.fresh import simulate_fresh
from sna.simulation.sweep import best_configuration, configuration_at, experiments_of, noise_of_sweep, simulate_sweep

FINDINGS = made_up_findings(np.geomspace(0.02, 0.5, 12), np.full(12, 0.5), layers=3)
NOISE = noise_of_sweep(FINDINGS.sweep)


@pytest.fixture(scope="module")
def swept():
    return simulate_sweep(FINDINGS.sweep, NOISE, np.random.default_rng(0))


@pytest.fixture(scope="module")
def layers(swept):
    return best_layers(experiments_of(swept), "best")


@pytest.fixture(scope="module")
def fresh(swept, layers):
    return simulate_fresh(FINDINGS.fresh, swept, layers, NOISE, np.random.default_rng(1))


def test_what_the_simulated_sweep_chose_is_amplified(swept, layers, fresh):
    for task, of_sweep in zip(fresh, swept.tasks, strict=True):
        best = best_configuration(of_sweep, swept.configurations)
        assert task.configuration == configuration_at(best, swept.configurations)
        assert task.layers == layers
        allowed = NOISE[task.name][:, best]
        assert np.isclose(task.logit_gain[:, None], allowed, atol=1e-6).any(axis=1).all()


def test_prompts_and_baselines_are_the_study_s(fresh):
    for task, own in zip(fresh, FINDINGS.fresh, strict=True):
        assert task.name == own.name
        assert task.baseline is own.baseline
        assert np.array_equal(task.controls["random"].prompt, own.controls["random"].prompt)


def test_selected_and_random_neurons_make_the_same_noise_without_a_mean(fresh):
    for task in fresh:
        selected, random = task.logit_gain, task.controls["random"].logit_gain
        assert abs(selected.mean()) < 4 * selected.std() / np.sqrt(selected.size)
        assert abs(random.mean()) < 4 * random.std() / np.sqrt(random.size)
        assert selected.std() == pytest.approx(random.std(), rel=0.2)


def test_the_gain_at_the_own_category_s_layer_is_that_of_the_best_configuration_where_both_are_one(swept, fresh):
    same = 0
    for task in fresh:
        if task.layers[task.category] == task.configuration.layer:
            assert task.layer_gains[task.category] == pytest.approx(task.logit_gain.mean(), abs=1e-6)
            same += 1
    assert same


def test_answers_flip_as_often_as_under_the_study_s_random_neurons(swept, layers):
    own = FINDINGS.fresh[0]
    random = own.controls["random"]
    changing = replace(random, top=np.where(own.top[random.prompt], False, random.top))  # all right answers break
    [task] = simulate_fresh(
        [replace(own, controls={"random": changing})], swept, layers, NOISE, np.random.default_rng(2)
    )
    assert not task.top_amplified[task.top].any()
    put_right = random.top[~own.top[random.prompt]].mean()
    assert task.controls["random"].top[~own.top[random.prompt]].mean() == pytest.approx(put_right, abs=0.05)


def test_a_task_without_right_answers_breaks_none(swept, layers):
    own = replace(FINDINGS.fresh[0], top=np.zeros(240, dtype=bool))
    [task] = simulate_fresh([own], swept, layers, NOISE, np.random.default_rng(2))
    assert task.top_amplified.dtype == bool
