"""A tuned model beside the one before: what was planted is found, and what was not is not."""

import pytest
from made_up_tuning import ON, tuned

from sna.statistics.estimate import Estimate
from sna.statistics.results import read_results, write_results
from sna.statistics.tuning import NOT_TUNED, Tuning
from sna.statistics.tuning_groups import judge_sum


@pytest.fixture(scope="module")
def planted() -> Tuning:
    return tuned()


def test_tasks_that_were_raised_leave_zone_1_and_the_others_stay(planted):
    assert (planted.tuned_on.in_zone1, planted.tuned_on.leaving) == (2, 2)
    assert (planted.others.in_zone1, planted.others.leaving) == (4, 0)
    assert {task for task, found in planted.by_task.items() if found.leaves} == set(ON)
    assert planted.by_task["addition"].tuning.low < 3.0 < planted.by_task["addition"].tuning.high


def test_large_changes_of_either_sign_leave_zone_1_by_noise_and_small_ones_do_not():
    # A probability rises by more than it can fall, so changes by chance raise their mean.
    assert tuned(tuning=6.0).tuned_on.leaving_by_noise == 1.0
    assert tuned(tuning=1.5).tuned_on.leaving_by_noise < 0.05


def test_gains_that_are_planted_as_independent_add_up_and_hold(planted):
    assert planted.others.sum == "add up"
    assert [group.holding for group in (planted.tuned_on, planted.others)] == [2, 4]
    assert max(group.holding_by_noise for group in (planted.tuned_on, planted.others)) < 0.05
    for task in planted.by_task.values():
        assert task.sum == "add up"
        assert task.together.value == pytest.approx(task.tuning.value + task.amplified_tuned.value)
        assert task.interaction.value == pytest.approx(task.together.value - task.tuning.value - task.amplified.value)


def test_a_gain_that_is_gone_after_tuning_no_longer_holds_and_comes_to_less():
    found = tuned(gain_after=0.0)
    assert found.tuned_on.held == 2
    assert found.tuned_on.holding == 0
    assert {task.sum for task in found.by_task.values()} == {"less"}


def test_the_same_neurons_are_told_from_others_and_from_chance(planted):
    other = tuned(same_neurons=False)
    assert planted.tuned_on.overlap == 1.0
    assert planted.tuned_on.neurons == "mostly the same"
    assert planted.tuned_on.overlap_of_others == pytest.approx(1 / 15)  # with one of five half of each
    assert planted.tuned_on.overlap_by_noise == 0.0
    assert other.tuned_on.neurons == "no more alike than by chance"
    assert other.tuned_on.overlap_by_noise > 0.05


@pytest.mark.parametrize(
    ("interval", "word"),
    [
        ((-0.1, 0.1), "add up"),
        ((-0.1, -0.02), "add up"),
        ((-0.5, -0.1), "less"),
        ((0.1, 0.5), "more"),
        ((-0.5, 0.5), "cannot tell"),
        ((None, None), "cannot tell"),
    ],
)
def test_two_gains_add_up_if_the_whole_interval_is_within_a_third_of_amplifications_own(interval, word):
    assert judge_sum(Estimate(0.0, *interval), Estimate(0.6, 0.5, 0.7)) == word


def test_what_is_found_is_read_as_it_was_written(planted, tmp_path):
    write_results({"small": NOT_TUNED, "tuned": planted}, tmp_path / "tuning.json")
    again = read_results(tmp_path / "tuning.json", Tuning)
    assert again == {"small": NOT_TUNED, "tuned": planted}
