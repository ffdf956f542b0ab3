import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts

from sna.experiments.summary import summarize_tasks, zone_of

BOUNDARIES = (0.07, 0.10)


@pytest.mark.parametrize(
    ("baseline", "zone"),
    [(0.0, 1), (np.nextafter(0.07, 0), 1), (0.07, 2), (0.10, 2), (np.nextafter(0.10, 1), 3), (1.0, 3)],
)
def test_both_boundaries_belong_to_zone_2(baseline, zone):
    assert zone_of(baseline, BOUNDARIES) == zone


@given(st.lists(st.floats(0, 1), min_size=2))
def test_zones_ascend_with_the_baseline(baselines):
    zones = [zone_of(baseline, BOUNDARIES) for baseline in sorted(baselines)]
    assert zones == sorted(zones)


def experiments_with(improvements: list[float]) -> pd.DataFrame:
    """One task, one layer, one configuration for each improvement."""
    experiments = experiments_of(made_up_prompts(tasks=1, layers=1, neurons=range(1, len(improvements) + 1)))
    experiments = experiments[experiments["multiplier"] == experiments["multiplier"].min()]
    return experiments.assign(improvement=improvements, success=np.array(improvements) > 0)


@pytest.mark.parametrize(("task_improvement", "expected"), [("best", 30.0), ("mean", 8.0), ("median", 1.0)])
def test_a_task_is_summarized_as_configured(task_improvement, expected):
    summary = summarize_tasks(experiments_with([1.0, -10.0, 30.0, 0.0, 19.0]), task_improvement)
    assert summary["improvement"].item() == pytest.approx(expected)


def test_the_best_configuration_and_the_success_rate_are_found():
    task = summarize_tasks(experiments_with([1.0, -10.0, 30.0, 0.0]), "mean").iloc[0]
    assert (task["best_improvement"], task["best_neurons"]) == (30.0, 3)
    assert task["success_rate"] == 0.5, "an improvement of exactly 0 is no success"


def test_of_equally_good_configurations_the_smallest_speaks_for_the_task():
    experiments = experiments_with([5.0, 30.0, 30.0])
    assert summarize_tasks(experiments.iloc[::-1], "best")["best_neurons"].item() == 2


def test_each_model_and_task_has_one_row_whatever_the_order_of_the_experiments():
    experiments = experiments_of(made_up_prompts(models=("small", "large"), tasks=4))
    summary = summarize_tasks(experiments, "median")
    assert len(summary) == 8
    pd.testing.assert_frame_equal(summary, summarize_tasks(experiments.sample(frac=1, random_state=1), "median"))
