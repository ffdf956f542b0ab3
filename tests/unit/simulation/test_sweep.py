"""A simulated sweep: nothing but the study's own noise, and the choices that follow from it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of as aggregate
from made_up import made_up_prompts
from made_up_findings import made_up_sweep

from sna.experiments.summary import summarize_tasks
from sna.experiments.sweep import read_sweep
from sna.simulation.sweep import (
    best_configuration,
    configuration_at,
    experiments_of,
    noise_of_sweep,
    simulate_sweep,
)
from sna.statistics.configuration import Configuration
from sna.statistics.logits import logit_gain, shift

SWEEP = made_up_sweep([0.05, 0.2], [0.3, 1.5], tasks=["addition", "antonyms"], prompts=8, layers=3)
NOISE = noise_of_sweep(SWEEP)


def simulated_changes(studies: int = 300) -> dict[str, np.ndarray]:
    """Return the logit changes of all prompts of many simulated sweeps, by task."""
    rng = np.random.default_rng(0)
    sweeps = [simulate_sweep(SWEEP, NOISE, rng) for _ in range(studies)]
    return {
        task: np.concatenate(
            [logit_gain(sweep.tasks[place].probability, sweep.tasks[place].baseline[:, None]) for sweep in sweeps]
        )
        for place, task in enumerate(NOISE)
    }


def test_simulated_changes_have_no_mean_and_keep_the_spread_and_the_correlation_of_the_study():
    for task, changes in simulated_changes().items():
        own = SWEEP.tasks[list(NOISE).index(task)]
        measured = np.cov(logit_gain(own.probability, own.baseline[:, None]).T)
        largest = np.sqrt(np.diag(measured)).max()
        assert np.abs(changes.mean(axis=0)).max() < 0.1 * largest
        assert np.abs(np.cov(changes.T) - measured).max() < 0.15 * largest**2


def test_a_simulated_sweep_has_the_same_prompts_and_grid():
    simulated = simulate_sweep(SWEEP, NOISE, np.random.default_rng(0))
    assert simulated.configurations is SWEEP.configurations
    for ours, theirs in zip(simulated.tasks, SWEEP.tasks, strict=True):
        assert np.array_equal(ours.baseline, theirs.baseline)
        assert np.array_equal(ours.fold, theirs.fold)
        assert not np.allclose(ours.probability, theirs.probability)


def test_an_effect_that_all_prompts_share_is_none_of_the_noise():
    raised = replace(SWEEP, tasks=[replace(task, probability=shift(task.probability, 0.7)) for task in SWEEP.tasks])
    for task, noise in noise_of_sweep(raised).items():
        assert np.allclose(noise, NOISE[task], atol=1e-6)


def test_experiments_are_those_of_the_workflow():
    prompts = made_up_prompts(tasks=3)
    pd.testing.assert_frame_equal(experiments_of(read_sweep(prompts)), aggregate(prompts))


def test_the_best_configuration_is_that_of_the_summary():
    prompts = made_up_prompts(tasks=4, seed=3)
    sweep = read_sweep(prompts)
    for task, row in zip(sweep.tasks, summarize_tasks(aggregate(prompts), "best").itertuples(), strict=True):
        best = configuration_at(best_configuration(task, sweep.configurations), sweep.configurations)
        assert best == Configuration(row.best_layer, row.best_neurons, row.best_multiplier)


@pytest.mark.parametrize("layer", [0, 2])
def test_the_best_configuration_of_a_layer_lies_in_it(layer):
    task = SWEEP.tasks[0]
    best = best_configuration(task, SWEEP.configurations, layer)
    there = (SWEEP.configurations["layer"] == layer).to_numpy()
    assert there[best]
    assert task.improvements()[best] == task.improvements()[there].max()
