from dataclasses import replace

import numpy as np
import pytest
from made_up import experiments_of, made_up_prompts
from scipy import stats

from sna.experiments.summary import ALL_MODELS, summarize_tasks, with_all_models, zone_ranges
from sna.experiments.sweep import TaskSweep, read_sweep, read_sweeps
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.zones import BestOfZone, Zone, ZonesResult, measure_zones, pick_best, tabulate_zones

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
QUICK = SETTINGS.model_copy(update={"resamples": 299})
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)
PROMPTS = made_up_prompts()
SWEEPS = [read_sweep(PROMPTS)]
TASKS = summarize_tasks(experiments_of(PROMPTS), "best")


def test_every_task_is_in_the_zone_of_its_baseline():
    tasks = TASKS.assign(baseline=[0.02, 0.0699, 0.07, 0.10, 0.1001, 0.9] + [0.5] * 6)
    zones = measure_zones(tasks, SWEEPS, ZONES, SETTINGS).zones
    names = tasks["task"].to_list()
    assert [zones[number].tasks for number in "123"] == [names[:2], names[2:4], names[4:]]
    assert [zones[number].n for number in "123"] == [2, 2, 8]


def test_a_zone_averages_its_tasks_and_counts_those_that_are_not_negligible():
    tasks = TASKS.head(4).assign(baseline=0.5, improvement=[0.0, 7.0, 8.0, 9.0])
    sweeps = [read_sweep(PROMPTS[PROMPTS["task"].isin(tasks["task"])])]
    zone = measure_zones(tasks, sweeps, ZONES, SETTINGS).zones["3"]
    interval = stats.t.interval(0.95, 3, 6, stats.sem([0.0, 7.0, 8.0, 9.0]))
    assert (zone.mean.value, zone.mean.low, zone.mean.high) == pytest.approx((6, *interval))
    assert zone.share_above_negligible == 0.5, "7 percent is negligible, 8 and 9 are not"


def test_the_best_of_a_zone_is_its_best_configuration_with_an_interval_over_prompts():
    zone = measure_zones(TASKS, SWEEPS, ZONES, SETTINGS).zones["1"]
    expected = TASKS[TASKS["task"].isin(zone.tasks)].nlargest(1, "best_improvement").iloc[0]
    assert zone.best.task == expected["task"]
    assert zone.best.value == pytest.approx(expected["best_improvement"])
    assert zone.best.low < zone.best.value < zone.best.high


@pytest.mark.filterwarnings("error")
def test_an_empty_zone_is_none_and_a_zone_of_one_task_has_no_interval():
    prompts = made_up_prompts(tasks=1)
    tasks = summarize_tasks(experiments_of(prompts), "best").assign(baseline=0.5)
    zones = measure_zones(tasks, [read_sweep(prompts)], ZONES, SETTINGS).zones
    assert zones["2"] == Zone(0, [], UNDEFINED, None, None)
    assert zones["3"].mean == Estimate(tasks["improvement"].iloc[0], None, None)


def test_the_order_of_prompts_does_not_matter():
    shuffled = [read_sweep(PROMPTS.sample(frac=1, random_state=4))]
    assert measure_zones(TASKS, shuffled, ZONES, SETTINGS) == measure_zones(TASKS, SWEEPS, ZONES, SETTINGS)


def noisy_task(rng: np.random.Generator, truth: np.ndarray, noise: float = 0.4, prompts: int = 12) -> TaskSweep:
    """Make a task whose configurations raise the mean probability by `truth` percent, seen through noise."""
    baseline = 0.05 * rng.lognormal(0, 0.5, prompts)
    fold = np.full(prompts, "first")
    scatter = rng.lognormal(-(noise**2) / 2, noise, (prompts, len(truth)))
    return TaskSweep("addition", "arithmetic", fold, baseline, baseline[:, None] * (1 + truth / 100) * scatter)


@pytest.mark.parametrize("truth", [np.zeros(200), np.full(200, 30.0), np.linspace(-50, 50, 200)])
def test_the_interval_of_the_best_holds_its_true_improvement_though_it_was_picked(truth):
    rng = np.random.default_rng(5)
    held, naive = [], []
    for _ in range(100):
        task = noisy_task(rng, truth)
        best, actual = pick_best([task], QUICK), truth[task.improvements().argmax()]
        alone = replace(task, probability=task.probability[:, [task.improvements().argmax()]])
        held.append(best.low <= actual <= best.high)
        naive.append(np.quantile(alone.improvements(alone.resample(199, rng)), 0.025) <= actual)
    assert np.mean(held) >= 0.9
    assert np.mean(naive) < 0.6, "what the allowance is for"


def test_without_a_choice_the_interval_of_the_best_is_no_wider_than_it_must_be():
    rng = np.random.default_rng(6)
    bounds = [pick_best([noisy_task(rng, np.array([20.0]))], QUICK) for _ in range(200)]
    held = np.mean([best.low <= 20 <= best.high for best in bounds])
    assert 0.85 <= held <= 0.98


def test_a_configuration_that_does_the_same_to_every_prompt_is_known_exactly():
    task = noisy_task(np.random.default_rng(7), np.zeros(3), noise=0.01)
    sure = replace(task, probability=np.column_stack([task.probability, task.baseline * 2]))
    best = pick_best([sure], QUICK)
    assert (best.value, best.low, best.high) == pytest.approx((100, 100, 100))


@pytest.mark.filterwarnings("error")
def test_targets_that_become_impossible_do_not_spoil_the_interval():
    task = noisy_task(np.random.default_rng(8), np.zeros(3))
    best = pick_best([replace(task, probability=task.probability * [1, 1, 0])], QUICK)
    assert -100 < best.low < best.value < best.high


@pytest.mark.filterwarnings("error")
def test_one_prompt_gives_no_interval():
    best = pick_best([noisy_task(np.random.default_rng(9), np.zeros(3), prompts=1)], QUICK)
    assert (best.low, best.high) == (None, None)


def test_of_all_models_the_best_of_either_counts():
    prompts = made_up_prompts(models=("large", "small"))
    experiments = with_all_models(experiments_of(prompts))
    tasks, sweeps = summarize_tasks(experiments, "best"), read_sweeps(prompts)
    zones = {
        model: measure_zones(tasks[tasks["model"] == model], found, ZONES, SETTINGS).zones
        for model, found in sweeps.items()
    }
    values = {model: found["1"].best.value for model, found in zones.items()}
    assert values[ALL_MODELS] == max(values["large"], values["small"])


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
