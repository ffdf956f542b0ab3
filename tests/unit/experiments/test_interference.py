import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import CATEGORIES, experiments_of, made_up_prompts

from sna.experiments.interference import BEST, asked_layer, nearest_layer, plan_interference
from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statement

LAYERS = 12
STATEMENTS = {
    "named": Statement(neurons_of="arithmetic", measured_on="poetry", layers={"small": 1}, depth=0.9),
    "deep": Statement(neurons_of="semantics", measured_on="arithmetic", layers={"other": 1}, depth=1.0),
}
EXPERIMENTS = experiments_of(made_up_prompts(layers=3, noise=0.1))


def tasks_of(category):
    return sorted(task for task, own in CATEGORIES.items() if own == category)


def planned(setting, experiments=EXPERIMENTS):
    return [case for case in plan_interference(experiments, STATEMENTS, LAYERS) if case.setting == setting]


def test_the_best_configuration_of_every_task_meets_every_task():
    best = {row.task: row for row in summarize_tasks(EXPERIMENTS, "best").itertuples()}
    cases = planned(BEST)
    assert sorted(case.source for case in cases) == sorted(CATEGORIES)
    for one in cases:
        own = best[one.source]
        assert (one.layer, one.n_neurons, one.multiplier) == (own.best_layer, own.best_neurons, own.best_multiplier)
        assert sorted(one.targets) == sorted(CATEGORIES)
        assert one.texts == tasks_of("poetry")


@pytest.mark.parametrize(
    ("setting", "sources", "measured", "layer"),
    [("named", "arithmetic", "poetry", 1), ("deep", "semantics", "arithmetic", 2)],
)
def test_a_statement_takes_each_tasks_best_configuration_at_its_layer(setting, sources, measured, layer):
    cases = planned(setting)
    assert [case.source for case in cases] == tasks_of(sources)
    for one in cases:
        there = EXPERIMENTS[(EXPERIMENTS["task"] == one.source) & (EXPERIMENTS["layer"] == layer)]
        best = there.loc[there["improvement"].idxmax()]
        assert (one.layer, one.n_neurons, one.multiplier) == (layer, best["neurons"], best["multiplier"])
        assert one.texts == tasks_of(measured)
        assert one.targets == [*tasks_of(measured), one.source], "whether its neurons do anything, its own task tells"


def test_some_statement_takes_another_configuration_than_the_best_of_all():
    best = {case.source: case.layer for case in planned(BEST)}
    assert any(case.layer != best[case.source] for case in planned("deep"))


@pytest.mark.parametrize("tasks", [["addition", "syllogisms"], ["rhymes"]])
def test_a_study_without_tasks_of_either_category_has_no_cases_for_the_statement(tasks):
    experiments = EXPERIMENTS[EXPERIMENTS["task"].isin(tasks)]
    assert planned("named", experiments) == []
    assert len(planned(BEST, experiments)) == len(tasks)


def test_the_papers_layer_is_asked_for_in_the_papers_models_and_the_same_depth_elsewhere():
    statement = Statement(neurons_of="arithmetic", measured_on="poetry", layers={"gpt2": 8}, depth=0.727)
    assert asked_layer(statement, "gpt2", 12) == 8
    assert asked_layer(statement, "unnamed", 12) == 8
    assert asked_layer(statement, "smollm2-135m", 30) == 21
    assert asked_layer(statement, "of one layer", 1) == 0


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(0, 50))
def test_no_swept_layer_is_nearer_than_the_nearest(swept, asked):
    nearest = nearest_layer(swept, asked)
    assert nearest in swept
    assert all(abs(nearest - asked) <= abs(layer - asked) for layer in swept)
    assert not any(layer < nearest and asked - layer == nearest - asked for layer in swept)
