"""What rules ask of intervals: of either sign, at the edges, and where nothing is defined."""

import pytest

from sna.inputs.intervals import FILTERS, above, below, contains, inside, needed, pins, within_reach
from sna.statistics.estimate import UNDEFINED, Estimate


def test_an_interval_contains_its_ends():
    assert contains([1, 3], 1)
    assert contains(Estimate(2, 1, 3), 3)
    assert not contains([1, 3], 3.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_reach_of_a_figure_is_a_third_to_three_times_of_it(sign):
    def ends(low, high):
        return sorted([sign * low, sign * high])

    assert within_reach(ends(10, 90), sign * 30)
    assert not within_reach(ends(9, 90), sign * 30)
    assert not within_reach(ends(10, 91), sign * 30)
    assert not within_reach(ends(-20, 40), sign * 30)


def test_a_figure_is_pinned_by_what_contains_it_within_its_reach():
    assert pins([20, 40], 27.85)
    assert not pins([30, 40], 27.85)
    assert not pins([5, 60], 27.85)


def test_only_a_whole_interval_lies_on_one_side():
    assert above([1, 2], 0)
    assert not above([0, 2], 0)
    assert below([-2, -1], 0)
    assert not below([-2, 0], 0)


def test_two_are_equivalent_only_if_the_whole_interval_lies_inside_the_margin():
    assert inside([-2, 2], 2)
    assert not inside([-2.1, 1], 2)
    assert not inside([-1, 2.1], 2)


def test_half_the_width_needs_four_times_as_many():
    assert needed([-2, 2], 10, 1) == 40
    assert needed([-2, 2], 10, 2) == 10


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_undefined_fulfils_nothing(name):
    arguments = (10, 1) if name == "needed" else (1,)
    assert not FILTERS[name](UNDEFINED, *arguments)
    assert not FILTERS[name]([None, None], *arguments)
