"""The selected neurons against random ones, on made-up studies whose truth is known."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import CATEGORIES, made_up_controls
from scipy import stats

from sna.errors import InputError
from sna.experiments.aggregation import aggregate_controls
from sna.inputs.config import Statistics
from sna.statistics.controls import (
    KINDS,
    Comparison,
    ControlsResult,
    Overall,
    RhoControl,
    TaskControl,
    compare,
    correlate,
    measure_controls,
    summarize_draws,
    tabulate_controls,
)
from sna.statistics.estimate import UNDEFINED, Estimate

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
STUDIES = 200


def compared(selected, drawn, baselines=None):
    """Compare improvements of shapes (tasks,) and (tasks, draws)."""
    names = [f"task {number}" for number in range(len(selected))]
    baselines = np.linspace(0.1, 0.5, len(names)) if baselines is None else baselines
    drawn = pd.DataFrame(drawn, index=names)
    return compare(baselines, pd.Series(selected, index=names), drawn, np.ones(drawn.shape[1]), SETTINGS)


def measure(controls):
    return measure_controls(controls, CATEGORIES, SETTINGS)


# What a study finds


def test_where_selected_neurons_are_like_any_others_few_studies_find_a_task():
    # With 3 tasks and 99 draws one task alone can be found: its p-value of 0.01 is 0.03 corrected.
    rng = np.random.default_rng(1)
    found = [compared(rng.normal(size=3), rng.normal(size=(3, 99))) for _ in range(STUDIES)]
    share = np.mean([comparison.tasks_beaten > 0 for comparison in found])
    assert share <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / STUDIES)
    assert any(task.pvalue < 0.02 for comparison in found for task in comparison.by_task.values())


def test_where_selected_neurons_are_like_any_others_few_studies_find_all_tasks_together():
    rng = np.random.default_rng(2)
    pvalues = [compared(rng.normal(size=12), rng.normal(size=(12, 20))).overall.pvalue for _ in range(STUDIES)]
    assert np.mean(np.array(pvalues) < 0.05) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / STUDIES)
    assert stats.kstest(pvalues, "uniform").pvalue > 0.001


def test_a_planted_advantage_is_found_in_the_tasks_that_have_it():
    rng = np.random.default_rng(3)
    drawn = rng.normal(size=(4, 199))
    comparison = compared([10, 10, 0, 0], drawn)
    beaten = [task.pvalue_corrected < 0.05 for task in comparison.by_task.values()]
    assert beaten == [True, True, False, False]
    assert comparison.tasks_beaten == 2


def test_an_advantage_too_small_for_any_task_alone_is_found_over_all():
    rng = np.random.default_rng(4)
    comparison = compared(np.ones(12), rng.normal(size=(12, 20)))
    assert comparison.tasks_beaten == 0
    assert comparison.overall.pvalue <= 0.01


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_table_shows_what_was_planted(kind):
    comparison = measure(made_up_controls(draws=99, advantage=1.0)).kinds[kind]
    assert comparison.tasks == comparison.tasks_beaten == 4
    assert comparison.overall.share_beaten == 1
    assert all(task.selected > task.drawn.high for task in comparison.by_task.values())
    harmful = measure(made_up_controls(draws=99, advantage=-1.0)).kinds[kind]
    assert harmful.tasks_beaten == 0
    assert harmful.overall.share_beaten == 0


# The figures


def test_the_pvalue_is_the_rank_among_the_draws_and_ties_count_against_the_selected():
    comparison = compared([2.0, 9.0], [[1, 2, 3, 1], [1, 2, 3, 1]])
    first, second = comparison.by_task.values()
    assert (first.share_beaten, first.pvalue) == (0.5, 3 / 5)
    assert (second.share_beaten, second.pvalue) == (1, 1 / 5)
    assert [first.pvalue_corrected, second.pvalue_corrected] == pytest.approx([3 / 5, 2 / 5])
    assert comparison.correction == "Benjamini-Hochberg"


def test_draws_are_summarized_by_their_mean_and_central_interval():
    drawn = np.arange(101.0)
    task = compared([0.0], drawn[None]).by_task["task 0"].drawn
    assert [task.value, task.low, task.high] == pytest.approx([50, 2.5, 97.5])


@pytest.mark.parametrize(("choice", "expected"), [("best", 150.0), ("mean", 50.0), ("median", 25.0)])
def test_selected_neurons_and_draws_are_summarized_alike_over_layers_counts_and_multipliers(choice, expected):
    controls = made_up_controls(tasks=1, draws=1, layers=(0, 2), neurons=(5,), multipliers=(2.0, 3.0))
    gains = {(0, 2.0): 0.0, (0, 3.0): 50.0, (2, 2.0): 150.0, (2, 3.0): 0.0}
    places = zip(controls["layer"], controls["multiplier"], strict=True)
    controls["probability"] = controls["baseline"] * [1 + gains[place] / 100 for place in places]
    draws = summarize_draws(aggregate_controls(controls), choice)
    assert draws["kind"].to_list() == ["matched", "random", "selected"]
    assert draws["improvement"].to_list() == pytest.approx([expected] * 3)


def test_an_improvement_is_that_of_the_mean_probability_over_prompts():
    controls = made_up_controls(tasks=1, draws=1, layers=(0,), neurons=(5,), multipliers=(2.0,), prompts=2)
    controls["baseline"], controls["probability"] = [0.1, 0.3] * 3, [0.2, 0.4] * 3
    assert aggregate_controls(controls)["improvement"].to_list() == pytest.approx([50] * 3)


def test_a_baseline_of_zero_is_refused():
    controls = made_up_controls(tasks=2, draws=1)
    controls.loc[controls["task"] == "addition", "baseline"] = 0.0
    with pytest.raises(InputError, match="'addition': small gives its targets a probability of exactly 0"):
        measure(controls)


def test_the_sub_grid_is_said():
    found = measure(made_up_controls(layers=(1, 3), neurons=(5, 50), multipliers=(1.5, 3.0)))
    assert (found.layers, found.neurons, found.multipliers, found.draws) == ([1, 3], [5, 50], [1.5, 3.0], 8)


def test_it_is_said_how_active_drawn_neurons_are_beside_the_selected():
    kinds = measure(made_up_controls()).kinds
    assert kinds["random"].activation.value == pytest.approx(0.25)
    assert kinds["matched"].activation.value == pytest.approx(0.9)


# The correlation with the baseline


def test_a_correlation_that_any_neurons_give_is_not_more_negative_with_the_selected():
    controls = made_up_controls(tasks=12, draws=20, slope=0.5, advantage=0.2)
    rho = measure(controls).kinds["random"].rho
    assert rho.selected < -0.8
    assert rho.drawn.high < -0.8
    assert rho.share_as_negative > 0.02


def test_a_correlation_that_only_the_selected_give_is_more_negative_than_that_of_draws():
    rng = np.random.default_rng(5)
    baselines = np.linspace(0.1, 0.6, 12)
    rho = compared(1 - baselines, rng.normal(size=(12, 50)), baselines).rho
    assert rho.selected == -1
    assert abs(rho.drawn.value) < 0.2
    assert rho.share_as_negative == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=9))
def test_rho_is_scipys_where_both_vary_and_undefined_elsewhere(pairs):
    baselines, improvements = np.array(pairs, dtype=float).T
    [rho] = correlate(baselines, improvements[None])
    if np.ptp(baselines) and np.ptp(improvements):
        assert rho == pytest.approx(stats.spearmanr(baselines, improvements).statistic)
    else:
        assert np.isnan(rho)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tasks", [1, 3])
def test_too_few_tasks_have_no_correlation(tasks):
    rho = measure(made_up_controls(tasks=tasks)).kinds["matched"].rho
    assert (rho.selected, rho.drawn, rho.share_as_negative) == (None, UNDEFINED, None)


@pytest.mark.filterwarnings("error")
def test_nothing_that_varies_has_neither_correlation_nor_advantage():
    controls = made_up_controls(tasks=5, draws=1)
    controls["probability"], controls["activation"] = controls["baseline"], 0.0
    found = measure(controls).kinds["random"]
    assert found.rho.selected is None
    assert found.activation.value is None
    assert found.overall.share_beaten == 0
    assert {task.pvalue for task in found.by_task.values()} == {1}


@pytest.mark.filterwarnings("error")
def test_over_all_tasks_every_sign_of_their_distance_from_one_half_counts():
    assert compared([0.0, 0.0], [[-1, 1], [-1, 1]]).overall.pvalue == 1
    assert compared([2.0] * 5, [[-1, 1]] * 5).overall.pvalue == 1 / 2**5
    assert compared([2.0], [[-1, 1]]).overall.pvalue is None


def test_the_order_of_rows_does_not_matter():
    controls = made_up_controls(tasks=5)
    shuffled = controls.sample(frac=1, random_state=2)
    assert asdict(measure(shuffled)) == asdict(measure(controls))


def test_every_draw_is_kept_in_its_order_with_its_improvement_and_correlation():
    controls = made_up_controls(tasks=5)
    draws = summarize_draws(aggregate_controls(controls), "best")
    found = measure(controls)
    baselines = draws.groupby("task")["baseline"].first()
    assert {task: known.baseline for task, known in found.by_task.items()} == baselines.to_dict()
    assert {task: known.category for task, known in found.by_task.items()} == dict(list(CATEGORIES.items())[:5])
    for kind in KINDS:
        improvements = draws[draws["kind"] == kind].pivot(index="draw", columns="task", values="improvement")
        assert {task: each.draws for task, each in found.kinds[kind].by_task.items()} == improvements.to_dict("list")
        rhos = correlate(baselines.to_numpy(), improvements.to_numpy())
        assert found.kinds[kind].rho.draws == pytest.approx(rhos.tolist())


def test_each_kind_of_draws_and_task_is_a_row():
    task = TaskControl(
        selected=12.5, drawn=Estimate(1 / 3, -2.0, 4.0), share_beaten=0.95, pvalue=0.04, pvalue_corrected=0.08, draws=[]
    )
    comparison = Comparison(
        {"addition": task, "rhymes": task},
        tasks=2,
        tasks_beaten=0,
        correction="Benjamini-Hochberg",
        overall=Overall(0.95, 0.5),
        rho=RhoControl(None, UNDEFINED, None, []),
        activation=UNDEFINED,
    )
    results = {"small": ControlsResult([], [], [], 20, {"random": comparison, "matched": comparison}, {})}
    figures = f"12.5,{1 / 3},-2.0,4.0,0.95,0.04,0.08,Benjamini-Hochberg"
    assert tabulate_controls(results).to_csv(index=False).splitlines() == [
        "model,kind,task,selected,drawn,drawn_low,drawn_high,share_beaten,pvalue,pvalue_corrected,correction",
        f"small,random,addition,{figures}",
        f"small,random,rhymes,{figures}",
        f"small,matched,addition,{figures}",
        f"small,matched,rhymes,{figures}",
    ]
