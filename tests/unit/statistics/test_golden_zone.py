import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts

from sna.inputs.config import GoldenZone
from sna.statistics.golden_zone import find_golden_zones

HALF = GoldenZone(share=0.5)
PROMPTS = made_up_prompts(tasks=1, layers=2, neurons=(5, 10, 25), multipliers=(1.5, 2.0))
GRID = experiments_of(PROMPTS)
TWO_PROMPTS = made_up_prompts(tasks=1, layers=1, neurons=(5, 10, 25), multipliers=(1.5, 2.0), prompts=2)


def zone_of_grid(improvements: list[float], share: GoldenZone = HALF):
    """Find the zone of one task: layer 0 improves nothing, layer 1 by 6 figures (counts of 5, 10, 25 by 1.5 and 2)."""
    found = find_golden_zones(GRID.assign(improvement=[-1000.0] * 6 + improvements), PROMPTS, share)
    return found.by_task["addition"]


def zone_of_folds(first: list[float], second: list[float]):
    """Find the zone of a task of two prompts, one a fold, which the grid's 6 configurations improve by so many %."""
    improvements = np.array([first, second]).T.ravel()
    prompts = TWO_PROMPTS.assign(baseline=0.1, probability=0.1 * (1 + improvements / 100))
    return find_golden_zones(experiments_of(prompts), prompts, HALF).by_task["addition"]


def test_the_zone_of_a_hand_made_grid():
    zone = zone_of_grid([1.0, 4.9, 5.0, 10.0, -3.0, 7.0])
    assert (zone.category, zone.layer, zone.best) == ("arithmetic", 1, 10.0)
    assert zone.members == [(10, 1.5), (10, 2.0), (25, 2.0)]
    assert zone.fraction_of_grid == 0.5
    assert (zone.neurons, zone.multipliers) == ([10, 25], [1.5, 2.0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("best", [0.0, -1.0])
def test_a_task_that_nothing_improves_has_no_zone(best):
    zone = zone_of_grid([best, -5.0, -5.0, -5.0, -5.0, -5.0])
    assert zone.best == best
    assert (zone.fraction_of_grid, zone.neurons, zone.multipliers, zone.members) == (None, None, None, [])
    assert (zone.stability, zone.stability_by_chance) == (None, None)


@settings(max_examples=30)
@given(st.lists(st.floats(-50, 100), min_size=6, max_size=6), st.floats(0.01, 0.98))
def test_a_higher_share_never_widens_the_zone(improvements, share):
    wide = zone_of_grid(improvements, GoldenZone(share=share)).members
    narrow = zone_of_grid(improvements, GoldenZone(share=share + 0.01)).members
    assert all(member in wide for member in narrow)


def test_every_task_has_its_zone_whatever_the_order_of_rows():
    prompts = made_up_prompts(tasks=4)
    experiments = experiments_of(prompts)
    found = find_golden_zones(experiments, prompts, HALF)
    shuffled = (table.sample(frac=1, random_state=9) for table in (experiments, prompts))
    assert len(found.by_task) == 4
    assert found == find_golden_zones(*shuffled, HALF)
    assert all(np.isfinite(zone.best) for zone in found.by_task.values())


def test_stability_is_what_the_zones_of_both_halves_share():
    zone = zone_of_folds([10, 10, 0, 0, 0, 0], [0, 10, 10, 0, 0, 0])
    assert zone.stability == pytest.approx(1 / 3)
    # Two of six and two of six: none shared in 6 of 15 cases, one in 8, both in 1.
    assert zone.stability_by_chance == pytest.approx((8 * 1 / 3 + 1) / 15)


@settings(max_examples=20)
@given(st.lists(st.floats(1, 100), min_size=6, max_size=6))
def test_halves_that_agree_are_wholly_stable(improvements):
    assert zone_of_folds(improvements, improvements).stability == 1


@pytest.mark.filterwarnings("error")
def test_a_zone_that_one_half_alone_makes_is_not_stable():
    zone = zone_of_folds([-1] * 6, [50, 50, 0, 0, 0, 0])
    assert (len(zone.members), zone.stability, zone.stability_by_chance) == (2, 0, 0)


def test_stability_is_that_of_the_best_layer_alone():
    prompts = made_up_prompts(tasks=1, layers=2, specialized=False, noise=0)
    other = prompts["layer"] == 1
    first = prompts["fold"] == "first"
    unstable = prompts.assign(probability=prompts["probability"].mask(other & first, 0.5 * prompts["baseline"]))
    assert find_golden_zones(experiments_of(unstable), unstable, HALF).by_task["addition"].stability == 1


def mean_stability(noise: float, *, planted: bool) -> tuple[float, float]:
    """Return mean stability and mean overlap by chance over 12 tasks in a wide grid, with or without the effect."""
    grid = {"layers": 1, "neurons": range(1, 8), "multipliers": np.arange(2.0, 10), "prompts": 24}
    prompts = made_up_prompts(**grid, noise=noise)
    if not planted:
        truth = made_up_prompts(**grid, noise=0)
        prompts["probability"] *= truth["baseline"] / truth["probability"]
    zones = find_golden_zones(experiments_of(prompts), prompts, HALF).by_task.values()
    return tuple(np.mean([getattr(zone, name) for zone in zones]) for name in ("stability", "stability_by_chance"))


def test_zones_of_noise_overlap_as_chance_has_it_and_a_planted_zone_more():
    by_noise, chance = mean_stability(0.5, planted=False)
    assert chance > 0.02
    assert by_noise == pytest.approx(chance, abs=0.05)
    planted, chance = mean_stability(0.001, planted=True)
    assert planted > 0.9 > 3 * chance


def test_a_category_holds_the_share_of_its_tasks_whose_zone_holds_a_configuration():
    prompts = made_up_prompts(neurons=(5, 50, 500), multipliers=(1.5, 3.0), noise=0.2)
    # One of the four arithmetic tasks improves nowhere and still counts.
    prompts.loc[prompts["task"] == "sequences", "probability"] = 0.5 * prompts["baseline"]
    found = find_golden_zones(experiments_of(prompts), prompts, HALF)
    arithmetic = [found.by_task[task].members for task in ("addition", "subtraction", "multiplication", "sequences")]
    assert list(found.by_category) == ["arithmetic", "coding", "logic", "poetry", "semantics"]
    assert found.by_category["arithmetic"] == [
        (neurons, multiplier, sum((neurons, multiplier) in members for members in arithmetic) / 4)
        for neurons in (5, 50, 500)
        for multiplier in (1.5, 3.0)
    ]
    assert {share for *_, share in found.by_category["arithmetic"]} > {0}
