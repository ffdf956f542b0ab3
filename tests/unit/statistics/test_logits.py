import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts

from sna.experiments.aggregation import improvement
from sna.experiments.summary import summarize_tasks
from sna.statistics.logits import at_best_configuration, average_prompts, bounded, logit, logit_gain, shift

probabilities = st.floats(0, 1)


@given(probabilities, probabilities)
def test_every_gain_is_finite_and_undone_by_its_opposite(one, other):
    gain = logit_gain(one, other)
    assert np.isfinite(gain)
    assert gain == -logit_gain(other, one)


@given(st.lists(probabilities, min_size=2, max_size=2))
def test_logits_keep_the_order_of_probabilities(pair):
    low, high = sorted(pair)
    assert logit(low) <= logit(high)


@given(st.floats(0.001, 0.999), st.floats(-3, 3))
def test_a_gain_that_is_added_is_the_gain_that_is_measured(baseline, gain):
    assert logit_gain(shift(baseline, gain), baseline) == pytest.approx(gain, abs=1e-8)


def test_zero_and_one_count_as_the_next_probabilities_of_float32():
    assert bounded(1.0) == np.nextafter(np.float32(1), np.float32(0))
    assert bounded(0.0) == np.finfo(np.float32).tiny
    assert list(bounded(np.array([1e-30, 0.5, 0.999999]))) == [1e-30, 0.5, 0.999999]


def test_gains_that_differ_by_rounding_are_equal():
    baselines = np.linspace(0.01, 0.9, 200)
    assert len(set(logit_gain(shift(baselines, 0.3), baselines))) == 1


@pytest.fixture(scope="module")
def study():
    prompts = made_up_prompts(models=("large", "small"), tasks=4)
    return experiments_of(prompts), prompts


def test_the_prompts_are_those_of_each_tasks_best_configuration(study):
    chosen = at_best_configuration(*study)
    assert len(chosen) == 2 * 4 * 12
    best = summarize_tasks(study[0], "best").set_index(["model", "task"])
    for (model, task), rows in chosen.groupby(["model", "task"]):
        found = rows[["layer", "neurons", "multiplier"]].drop_duplicates().to_numpy().tolist()
        assert found == [best.loc[(model, task), ["best_layer", "best_neurons", "best_multiplier"]].tolist()]
    assert list(chosen["logit_gain"]) == list(logit_gain(chosen["probability"], chosen["baseline"]))


def test_a_tasks_gain_is_that_of_its_mean_probabilities_and_its_improvement_that_of_the_sweep(study):
    tasks = average_prompts(at_best_configuration(*study))
    best = summarize_tasks(study[0], "best")
    assert tasks[["model", "task", "category"]].equals(best[["model", "task", "category"]])
    assert tasks["improvement"].to_numpy() == pytest.approx(best["best_improvement"].to_numpy())
    moved = shift(tasks["baseline"], tasks["logit_gain"])
    assert improvement(moved, tasks["baseline"]).to_numpy() == pytest.approx(best["best_improvement"].to_numpy())
