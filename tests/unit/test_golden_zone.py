import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts

from sna.config import GoldenZone
from sna.statistics.golden_zone import find_golden_zones

HALF = GoldenZone(share=0.5)
GRID = experiments_of(made_up_prompts(tasks=1, layers=2, neurons=(5, 10, 25), multipliers=(1.5, 2.0)))


def zone_of_grid(improvements: list[float], share: GoldenZone = HALF):
    """Find the zone of one task: layer 0 improves nothing, layer 1 by 6 figures (counts of 5, 10, 25 by 1.5 and 2)."""
    found = find_golden_zones(GRID.assign(improvement=[-1000.0] * 6 + improvements), share)
    return found.by_task["addition"]


def test_the_zone_of_a_hand_made_grid():
    zone = zone_of_grid([1.0, 4.9, 5.0, 10.0, -3.0, 7.0])
    assert (zone.layer, zone.best) == (1, 10.0)
    assert zone.members == [[10, 1.5], [10, 2.0], [25, 2.0]]
    assert zone.fraction_of_grid == 0.5
    assert (zone.neurons, zone.multipliers) == ([10, 25], [1.5, 2.0])


@pytest.mark.parametrize("best", [0.0, -1.0])
def test_a_task_that_nothing_improves_has_no_zone(best):
    zone = zone_of_grid([best, -5.0, -5.0, -5.0, -5.0, -5.0])
    assert zone.best == best
    assert (zone.fraction_of_grid, zone.neurons, zone.multipliers, zone.members) == (None, None, None, [])


@given(st.lists(st.floats(-50, 100), min_size=6, max_size=6), st.floats(0.01, 0.98))
def test_a_higher_share_never_widens_the_zone(improvements, share):
    wide = zone_of_grid(improvements, GoldenZone(share=share)).members
    narrow = zone_of_grid(improvements, GoldenZone(share=share + 0.01)).members
    assert all(member in wide for member in narrow)


def test_every_task_has_its_zone_whatever_the_order_of_rows():
    experiments = experiments_of(made_up_prompts(tasks=4))
    found = find_golden_zones(experiments, HALF)
    assert len(found.by_task) == 4
    assert found == find_golden_zones(experiments.sample(frac=1, random_state=9), HALF)
    assert all(np.isfinite(zone.best) for zone in found.by_task.values())
