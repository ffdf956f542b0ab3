import pytest
from made_up import experiments_of, made_up_prompts

from sna.experiments.summary import summarize_tasks, zone_ranges
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.zones import BestOfZone, Zone, ZonesResult, measure_zones, tabulate_zones

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


def test_each_zone_is_a_row_with_both_gains_and_what_is_undefined_is_empty():
    empty = Zone(0, [], UNDEFINED, None, None)
    first = Zone(2, ["addition", "rhymes"], Estimate(27.85, 1 / 3, 40.0), BestOfZone(70.3, 50.0, 90.5, "rhymes"), 0.5)
    results = {"small": ZonesResult([0.07, 0.1], 7.0, {"1": first, "2": empty, "3": empty})}
    held_out = Zone(
        2, ["addition", "rhymes"], Estimate(2 / 3, -4.0, 9.0), BestOfZone(12.5, -1.0, 30.0, "addition"), 0.0
    )
    table = tabulate_zones(results, {"small": {"1": held_out, "2": empty, "3": empty}})
    gains = ["mean", "mean_low", "mean_high", "best", "best_low", "best_high", "best_task", "share_above_negligible"]
    assert table.to_csv(index=False).splitlines() == [
        ",".join(["model,zone,range,tasks,names", *gains, *(f"held_out_{name}" for name in gains)]),
        f'small,1,below 0.07,2,"addition, rhymes",27.85,{1 / 3},40.0,70.3,50.0,90.5,rhymes,0.5,'
        f"{2 / 3},-4.0,9.0,12.5,-1.0,30.0,addition,0.0",
        "small,2,0.07 to 0.10,0,,,,,,,,,,,,,,,,,",
        "small,3,above 0.10,0,,,,,,,,,,,,,,,,,",
    ]


def test_ranges_show_as_many_decimals_as_the_boundaries_have():
    assert zone_ranges((0.075, 0.1)) == {1: "below 0.075", 2: "0.075 to 0.100", 3: "above 0.100"}
