import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts

from sna.experiments.summary import ALL_MODELS
from sna.experiments.sweep import by_task, read_sweep, read_sweeps

PROMPTS = made_up_prompts(tasks=4)
SWEEP = read_sweep(PROMPTS)


def test_every_probability_stands_at_its_prompt_and_configuration():
    configuration = SWEEP.configurations.reset_index(names="place")
    rows = PROMPTS.merge(configuration)
    assert len(rows) == len(PROMPTS)
    tasks = {task.task: task for task in SWEEP.tasks}
    for row in rows.sample(50, random_state=1).itertuples():
        task = tasks[row.task]
        assert task.probability[row.prompt, row.place] == row.probability
        assert (task.baseline[row.prompt], task.fold[row.prompt]) == (row.baseline, row.fold)
        assert task.category == row.category


def test_the_order_of_rows_does_not_matter():
    shuffled = read_sweep(PROMPTS.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(shuffled.configurations, SWEEP.configurations)
    assert all(np.array_equal(one.probability, other.probability)
               for one, other in zip(shuffled.tasks, SWEEP.tasks, strict=True))  # fmt: skip


def test_improvements_are_those_of_the_experiments():
    experiments = experiments_of(PROMPTS)
    for task in SWEEP.tasks:
        expected = experiments.loc[experiments["task"] == task.task, "improvement"]
        assert task.improvements() == pytest.approx(expected.to_numpy())


def test_weights_count_prompts_as_often_as_they_say():
    task = SWEEP.tasks[0]
    weights = np.zeros((2, 12))
    weights[0, [3, 3, 5]], weights[1, :6] = [2, 2, 1], 1
    found = task.improvements(weights)
    drawn = [3, 3, 5]
    assert found[0] == pytest.approx(100 * (task.probability[drawn].mean(axis=0) / task.baseline[drawn].mean() - 1))
    assert found[1] == pytest.approx(100 * (task.probability[:6].mean(axis=0) / task.baseline[:6].mean() - 1))


def test_a_resample_has_as_many_prompts_and_leaves_some_out():
    counts = SWEEP.tasks[0].resample(500, np.random.default_rng(3))
    assert set(counts.sum(axis=1)) == {12}
    assert (counts == 0).mean() == pytest.approx((11 / 12) ** 12, abs=0.02)


def test_several_models_are_also_taken_together_and_a_single_one_is_not():
    sweeps = read_sweeps(made_up_prompts(models=("large", "small"), tasks=4))
    assert {model: [sweep.model for sweep in found] for model, found in sweeps.items()} == {
        "large": ["large"],
        "small": ["small"],
        ALL_MODELS: ["large", "small"],
    }
    assert list(read_sweeps(PROMPTS)) == ["small"]


def test_a_task_is_found_in_each_model():
    sweeps = read_sweeps(made_up_prompts(models=("large", "small"), tasks=4))[ALL_MODELS]
    found = by_task(sweeps)
    assert list(found) == sorted(found)
    for name, candidates in found.items():
        assert [(sweep.model, task.task) for sweep, task in candidates] == [("large", name), ("small", name)]
