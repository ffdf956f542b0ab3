"""Several tasks at once in studies without effect: the same noise, and no mean."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import experiments_of, made_up_prompts
from made_up_together import made_up_together

from sna.inputs.config import Statistics
from sna.simulation.together import add_noise, simulate_together
from sna.statistics.together import Said, analyze_together
from sna.statistics.together_rows import arrange_together

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)


def test_a_simulated_task_has_the_studys_noise_and_none_of_its_gains():
    tasks = arrange_together(made_up_together(tasks=3, prompts=200, noise=0.3))["selected"]
    simulated = simulate_together(tasks, np.random.default_rng(0))
    assert [task.sets for task in simulated] == [task.sets for task in tasks]
    for task, own in zip(simulated, tasks, strict=True):
        assert np.abs(task.gains.mean(axis=0)).max() < 0.15
        assert task.gains.std(axis=0) == pytest.approx(own.gains.std(axis=0), rel=0.25)


def test_what_noise_says_seldom_is_counted_seldom_and_what_it_says_always_often():
    measured = made_up_together(tasks=4, truth="saturating")
    found = analyze_together(measured, experiments_of(made_up_prompts(tasks=4)), 0.1, SETTINGS)
    counted = add_noise(found, measured, 40, SETTINGS)
    assert counted.studies == 40
    assert all(said.word == "less" and said.by_noise <= 4 for said in counted.said["deviation"].values())
    none = {name: dict.fromkeys(sizes, Said("none", 0)) for name, sizes in found.said.items()}
    assert add_noise(replace(found, said=none), measured, 40, SETTINGS).said["change"]["2"].by_noise >= 36
    assert counted == add_noise(found, measured, 40, SETTINGS), "the same seed gives the same studies"
