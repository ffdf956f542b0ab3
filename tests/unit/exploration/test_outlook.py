"""What the study's data say one can expect: its figures, of the tasks of that zone alone."""

from dataclasses import asdict

import pytest
from made_up import experiments_of, made_up_prompts
from made_up_fresh_evidence import fresh_task, fresh_zone

from sna.errors import InputError
from sna.experiments.summary import summarize_tasks
from sna.exploration.outlook import fresh_gain, look_up
from sna.exploration.results import at_layer, best_view, configuration, layer_map
from sna.exploration.views import ResultsView

BOUNDARIES = (0.07, 0.10)


@pytest.fixture(scope="module")
def experiments():
    return experiments_of(made_up_prompts(tasks=12, layers=3))


@pytest.mark.parametrize("zone", [1, 2, 3])
def test_a_zones_figures_are_those_of_its_tasks(experiments, zone):
    low, high = {1: (0, 0.07), 2: (0.07, 0.10), 3: (0.10, 1)}[zone]
    tasks = summarize_tasks(experiments, "best")
    expected = tasks[(tasks["baseline"] >= low) & (tasks["baseline"] < high)]
    found = look_up(experiments, zone, BOUNDARIES, None)
    assert found.tasks == expected["task"].tolist() != []
    assert found.mean == pytest.approx(expected["best_improvement"].mean())
    assert (found.least, found.most) == (expected["best_improvement"].min(), expected["best_improvement"].max())
    successes = experiments.loc[experiments["task"].isin(found.tasks), "success"]
    assert found.success_rate == pytest.approx(successes.mean())


def test_a_zone_without_tasks_has_no_figures(experiments):
    assert look_up(experiments, 2, (0.0001, 0.0002), None) is None


def test_what_remains_on_other_prompts_is_the_studys_own_figure(experiments):
    held_out = {"zones": {"1": {"mean": {"value": 3.5}}}}
    assert look_up(experiments, 1, BOUNDARIES, held_out).held_out == 3.5
    assert look_up(experiments, 1, BOUNDARIES, None).held_out is None


def test_on_fresh_prompts_a_zone_and_a_task_have_the_studys_own_figures(experiments):
    fresh = {
        "zones": {"1": asdict(fresh_zone(3)), "2": asdict(fresh_zone(0))},
        "by_task": {"rhymes": asdict(fresh_task())},
    }
    found = look_up(experiments, 1, BOUNDARIES, None, fresh).fresh
    assert (found.tasks, found.mean) == (fresh_zone(3).tasks, fresh_zone(3).mean)
    assert look_up(experiments, 2, BOUNDARIES, None, fresh).fresh is None
    assert look_up(experiments, 1, BOUNDARIES, None).fresh is None
    gain, task = fresh_gain(fresh, "rhymes"), fresh_task()
    assert (gain.prompts, gain.configuration) == (task.n, task.configuration)
    assert (gain.improvement, gain.random) == (task.improvement, task.random.improvement)
    assert fresh_gain(fresh, "verses") is None
    assert fresh_gain(None, "rhymes") is None


def test_the_screen_opens_with_the_best_configuration(experiments):
    view = best_view(experiments, "study", "small")
    assert configuration(experiments, view)["improvement"] == experiments["improvement"].max()


def test_what_is_chosen_stays_and_the_rest_is_its_best(experiments):
    view = best_view(experiments, "study", "small", task="rhymes", layer=1)
    rows = experiments[(experiments["task"] == "rhymes") & (experiments["layer"] == 1)]
    assert (view.task, view.layer) == ("rhymes", 1)
    assert configuration(experiments, view)["improvement"] == rows["improvement"].max()


def test_the_map_and_the_grid_show_the_experiments(experiments):
    best = layer_map(experiments)
    assert len(best) == 12 * 3
    cell = best[(best["task"] == "rhymes") & (best["layer"] == 1)]["improvement"].item()
    grid = at_layer(experiments, "rhymes", 1)
    assert len(grid) == 4
    assert cell == grid["improvement"].max()


def test_a_configuration_that_the_study_has_not_is_refused_with_those_it_has(experiments):
    view = ResultsView(study="study", model="small", task="rhymes", layer=7, neurons=5, multiplier=1.5)
    with pytest.raises(InputError, match="layer: the study has no 7; choose one of 0, 1, 2"):
        configuration(experiments, view)
