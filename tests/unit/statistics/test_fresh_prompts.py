"""Tables of fresh prompts as arrays."""

import numpy as np
import pandas as pd
import pytest
from made_up_fresh import in_blocks, made_up_controls, made_up_fresh

from sna.statistics.configuration import Configuration
from sna.statistics.fresh_prompts import arrange_tasks, improvement_of_means
from sna.statistics.logits import logit_gain

MADE = made_up_fresh(tasks=3, prompts=24, draws={"random": 4, "matched": 2}, gain=0.5, noise=0.1)


@pytest.fixture(scope="module")
def tasks():
    return arrange_tasks(MADE.prompts, MADE.gains)


def rows_of(task, kind):
    rows = MADE.gains[(MADE.gains["task"] == task.name) & (MADE.gains["kind"] == kind)]
    baselines = MADE.prompts[["task", "prompt", "baseline"]]
    rows = rows.merge(baselines, on=["task", "prompt"])
    return rows.assign(gain=logit_gain(rows["probability"], rows["baseline"]))


def test_every_task_is_there_with_its_prompts_and_its_configuration(tasks):
    assert [(task.name, task.category) for task in tasks] == [
        ("addition", "arithmetic"),
        ("antonyms", "semantics"),
        ("syllogisms", "logic"),
    ]
    for task in tasks:
        own = MADE.prompts[MADE.prompts["task"] == task.name]
        np.testing.assert_array_equal(task.baseline, own["baseline"])
        np.testing.assert_array_equal(task.guess, own["guess"])
        np.testing.assert_array_equal(task.top, own["top"])
        np.testing.assert_array_equal(task.first, own["half"] == "first")
        assert task.configuration == Configuration(2, 50, 2.0)
        assert set(task.controls) == {"random", "matched", "other"}


def test_a_probability_stands_beside_the_baseline_of_its_own_prompt(tasks):
    for task in tasks:
        selected = rows_of(task, "selected")
        np.testing.assert_array_equal(task.probability, selected["probability"])
        np.testing.assert_array_equal(task.logit_gain, selected["gain"])
        np.testing.assert_array_equal(task.top_amplified, selected["top"])


@pytest.mark.parametrize("kind", ["random", "matched", "other"])
def test_controls_are_averaged_by_draw_and_by_prompt(tasks, kind):
    for task in tasks:
        rows, controls = rows_of(task, kind), task.controls[kind]
        by_draw = rows.groupby(["source", "draw"])["gain"].mean()
        assert controls.draws == len(by_draw)
        np.testing.assert_allclose(controls.by_draw(controls.logit_gain), by_draw)
        by_prompt = rows.groupby("prompt")["gain"].mean().reindex(range(24))
        np.testing.assert_allclose(controls.by_prompt(controls.logit_gain), by_prompt)


def test_gains_at_the_best_layers_are_averaged_by_the_category_whose_layer_it_is(tasks):
    for task in tasks:
        rows = rows_of(task, "layer").groupby("source")
        assert task.layer_gains == pytest.approx(rows["gain"].mean().to_dict())
        assert task.layers == rows["layer"].first().to_dict() == {"arithmetic": 0, "logic": 1, "semantics": 2}


def test_what_a_study_has_not_measured_is_not_there():
    gains = MADE.gains[MADE.gains["kind"].isin(["selected", "random"])]
    for task in arrange_tasks(MADE.prompts, gains):
        assert list(task.controls) == ["random"]
        assert (task.layers, task.layer_gains) == ({}, {})


def test_prompts_may_have_any_numbers():
    shifted = [frame.assign(prompt=frame["prompt"] * 7 + 3) for frame in (MADE.prompts, MADE.gains)]
    for task, other in zip(arrange_tasks(MADE.prompts, MADE.gains), arrange_tasks(*shifted), strict=True):
        np.testing.assert_array_equal(task.logit_gain, other.logit_gain)
        np.testing.assert_array_equal(task.controls["random"].prompt, other.controls["random"].prompt)


def test_controls_on_the_same_prompts_are_of_one_block():
    controls = made_up_controls(np.zeros((7, 12)), measured=in_blocks(7, 12, 4))
    blocks = pd.Series(controls.blocks()).groupby(controls.draw).first()
    assert blocks.to_list() == [0, 1, 2, 0, 1, 2, 0]


def test_an_improvement_is_that_of_the_mean_probability_and_finite_for_a_baseline_of_zero():
    assert improvement_of_means(np.array([0.2, 0.4]), np.array([0.1, 0.3])) == pytest.approx(50)
    assert np.isfinite(improvement_of_means(np.array([0.2]), np.array([0.0])))
    assert improvement_of_means(np.zeros(2), np.zeros(2)) == 0
