"""All that fresh prompts say of a model, on made-up studies whose truth is known."""

from dataclasses import asdict

import pytest
from made_up import CATEGORIES
from made_up_fresh import made_up_fresh

from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED
from sna.statistics.fresh_model import measure_arranged, measure_fresh, tabulate_fresh
from sna.statistics.fresh_prompts import arrange_tasks

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7.0)
DRAWS = {"random": 240, "matched": 40, "direction": 20}


def measure(made, settings=SETTINGS):
    return measure_fresh(made.prompts, made.gains, made.prose, vocabulary=50_000, zones=ZONES, settings=settings)


@pytest.fixture(scope="module")
def effective():
    return measure(made_up_fresh(gain=0.1, draws=DRAWS, noise=0.2, draw_spread=0.02))


def test_ten_percent_on_every_prompt_is_found_on_nearly_all_tasks(effective):
    assert (effective.n, effective.known) == (12, 12)
    assert effective.holding >= 10
    assert (effective.draws, effective.prompts_per_draw) == (240, 12)
    assert effective.net_put_right.value > 0
    assert effective.confident.difference.low > 0.05


def test_every_part_is_over_the_same_tasks(effective):
    assert sum(zone.n for zone in effective.zones.values()) == effective.saturation.n == effective.predictors.n == 12
    assert effective.answers.wrong + effective.answers.right == 12 * 240
    assert effective.confident.n + effective.confident.n_others == 12 * 240


def test_where_nothing_does_anything_nothing_is_found():
    few = {"tasks": 6, "prompts": 120, "draws": {"random": 60}}
    found = [measure(made_up_fresh(**few, noise=0.2, seed=seed)) for seed in range(6)]
    assert sum(each.holding for each in found) <= 2
    assert sum(each.net_put_right.low > 0 for each in found) <= 1
    assert sum(each.layers.specialization.low > 0 for each in found) <= 1


def test_specialized_layers_are_found():
    found = measure(made_up_fresh(gain=0.4, other_gain=0.1, draws={"random": 20}, noise=0.2, prompts=120))
    assert found.layers.specialization.low > 0.2


@pytest.mark.filterwarnings("error")
def test_a_model_that_only_guesses_knows_no_task_and_nothing_is_said_over_tasks():
    baselines = dict.fromkeys(CATEGORIES, 1e-5)
    found = measure(made_up_fresh(gain=0.5, draws={"random": 20}, prompts=48, baselines=baselines, guess=1.0))
    assert (found.n, found.known) == (12, 0)
    assert (found.saturation.n, found.saturation.rho) == (0, UNDEFINED)
    assert all(zone.n == 0 for zone in found.zones.values())
    assert (found.net_put_right, found.confident.improvement) == (UNDEFINED, UNDEFINED)
    assert found.predictors.difference == UNDEFINED


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tasks", [1, 3])
def test_a_few_tasks_of_a_few_prompts_are_measured_as_far_as_they_go(tasks):
    found = measure(made_up_fresh(tasks=tasks, prompts=16, draws={"random": 2, "matched": 1}, prompts_per_draw=8))
    assert found.n == tasks
    assert found.saturation.rho == UNDEFINED
    assert (found.draws, found.prompts_per_draw) == (2, 8)


@pytest.mark.filterwarnings("error")
def test_a_study_may_have_measured_no_more_than_selected_and_random_neurons():
    made = made_up_fresh(tasks=4, prompts=24, draws={"random": 6})
    gains = made.gains[made.gains["kind"].isin(["selected", "random"])]
    found = measure_fresh(made.prompts, gains, None, vocabulary=50_000, zones=ZONES, settings=SETTINGS)
    assert found.layers.specialization == UNDEFINED
    assert {task.prose for task in found.by_task.values()} == {None}
    arranged = measure_arranged(arrange_tasks(made.prompts, gains), None, 50_000, ZONES, SETTINGS)
    assert asdict(arranged) == asdict(found)


def test_the_baseline_predicts_from_one_half_what_is_gained_on_the_other():
    baselines = {name: 0.02 * 1.3**rank for rank, name in enumerate(CATEGORIES)}
    gains = {name: 0.02 / baseline for name, baseline in baselines.items()}
    found = measure(made_up_fresh(gain=gains, baselines=baselines, draws={"random": 10}, noise=0.1, prompts=120))
    assert found.predictors.baseline.r_squared > 0.8
    assert found.predictors_logit.baseline.r_squared > 0.8


def test_each_model_and_task_is_a_row_with_what_was_measured(effective):
    table = tabulate_fresh({"large": effective, "small": effective})
    assert len(table) == 24
    assert table.columns.is_unique
    row, task = table.set_index(["model", "task"]).loc["small", "rhymes"], effective.by_task["rhymes"]
    assert (row["category"], row["prompts"], row["layer"], row["holds"]) == ("poetry", 240, 2, task.holds)
    assert row["improvement_low"] == task.improvement.low
    assert row["logit_gain_random"] == task.random.logit_gain.value
    assert row["pvalue_corrected"] == task.random.pvalue_corrected
    assert row["perplexity_after"] == task.prose.perplexity_after
    assert row["perplexity_after_random"] == task.prose_random.perplexity_after
