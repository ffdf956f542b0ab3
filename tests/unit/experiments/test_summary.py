import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts

from sna.experiments.summary import ALL_MODELS, best_layers, summarize_tasks, with_all_models, zone_of

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


def test_a_categorys_best_layer_is_that_of_the_mean_over_its_tasks():
    experiments = experiments_of(made_up_prompts(tasks=12, layers=5))
    gains = experiments.groupby(["category", "task", "layer"])["improvement"].max()
    expected = gains.groupby(["category", "layer"]).mean().groupby("category").idxmax().str[1]
    found = best_layers(experiments, "best")
    assert found == expected.to_dict()
    assert len(set(found.values())) == 5, "each category has another one in what was made up"


def test_a_layer_is_as_good_as_configured_and_of_equally_good_ones_the_lowest_is_best():
    experiments = experiments_of(made_up_prompts(tasks=1, layers=2, neurons=[1, 2], multipliers=[2.0]))
    category = experiments["category"].iloc[0]
    assert best_layers(experiments.assign(improvement=[9.0, -5.0, 3.0, 3.0]), "best") == {category: 0}
    assert best_layers(experiments.assign(improvement=[9.0, -5.0, 3.0, 3.0]), "mean") == {category: 1}
    assert best_layers(experiments.assign(improvement=[3.0, 3.0, 3.0, 3.0]), "mean") == {category: 0}


def test_of_all_models_a_task_has_the_best_configuration_and_the_baseline_of_its_model():
    experiments = experiments_of(made_up_prompts(models=("large", "small"), noise=0.3))
    tasks = summarize_tasks(with_all_models(experiments), "best").set_index(["model", "task"])
    assert set(tasks.index.levels[0]) == {"large", "small", ALL_MODELS}
    for task, together in tasks.loc[ALL_MODELS].iterrows():
        alone = max((tasks.loc[model, task] for model in ("large", "small")), key=lambda row: row["improvement"])
        shared = ["baseline", "improvement", "best_layer", "best_neurons", "best_multiplier"]
        pd.testing.assert_series_equal(together[shared], alone[shared], check_names=False)


def test_a_single_model_is_not_taken_together_with_itself():
    experiments = experiments_of(made_up_prompts(tasks=2))
    assert with_all_models(experiments) is experiments
