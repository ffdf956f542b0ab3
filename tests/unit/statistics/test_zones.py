import pytest
from made_up import experiments_of, made_up_prompts

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.zones import Zone, measure_zones

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)
PROMPTS = made_up_prompts()
TASKS = summarize_tasks(experiments_of(PROMPTS), "best")


def test_every_task_is_in_the_zone_of_its_baseline():
    tasks = TASKS.assign(baseline=[0.02, 0.0699, 0.07, 0.10, 0.1001, 0.9] + [0.5] * 6)
    zones = measure_zones(tasks, PROMPTS, ZONES, SETTINGS).zones
    names = tasks["task"].to_list()
    assert [zones[number].tasks for number in "123"] == [names[:2], names[2:4], names[4:]]
    assert [zones[number].n for number in "123"] == [2, 2, 8]


def test_a_zone_averages_its_tasks_and_counts_those_that_are_not_negligible():
    tasks = TASKS.head(4).assign(baseline=0.5, improvement=[0.0, 7.0, 8.0, 9.0])
    zone = measure_zones(tasks, PROMPTS, ZONES, SETTINGS).zones["3"]
    assert zone.mean.value == pytest.approx(6)
    assert 0 <= zone.mean.low < 6 < zone.mean.high <= 9
    assert zone.share_above_negligible == 0.5, "7 percent is negligible, 8 and 9 are not"


def test_the_best_of_a_zone_is_its_best_configuration_with_an_interval_over_prompts():
    zone = measure_zones(TASKS, PROMPTS, ZONES, SETTINGS).zones["1"]
    expected = TASKS[TASKS["task"].isin(zone.tasks)].nlargest(1, "best_improvement").iloc[0]
    assert zone.best.task == expected["task"]
    assert zone.best.value == pytest.approx(expected["best_improvement"])
    assert zone.best.low < zone.best.value < zone.best.high


@pytest.mark.filterwarnings("error")
def test_an_empty_zone_is_none_and_a_zone_of_one_task_has_no_interval():
    zones = measure_zones(TASKS.head(1).assign(baseline=0.5), PROMPTS, ZONES, SETTINGS).zones
    assert zones["2"] == Zone(0, [], UNDEFINED, None, None)
    assert zones["3"].mean == Estimate(TASKS["improvement"].iloc[0], None, None)


def test_the_order_of_prompts_does_not_matter():
    shuffled = PROMPTS.sample(frac=1, random_state=4)
    assert measure_zones(TASKS, shuffled, ZONES, SETTINGS) == measure_zones(TASKS, PROMPTS, ZONES, SETTINGS)
