import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from made_up_fresh import made_up_fresh
from scipy import stats

from sna.experiments.summary import summarize_tasks
from sna.experiments.sweep import read_sweep
from sna.inputs.tasks import FOLDS
from sna.statistics.specifications import (
    AS_HERE,
    OTHERWISE,
    RATIOS,
    average_zone1,
    correlate,
    specify_fresh,
    specify_sweep,
)

BOUNDARY = 0.07
PROMPTS = made_up_prompts(layers=6, neurons=(5, 50, 500), multipliers=(1.5, 2.0, 5.0), noise=0.3)
SPECIFIED = specify_sweep(read_sweep(PROMPTS), "best", BOUNDARY)
OTHER_SCORES = ("standardized", "signed", "last_token", "without_first")


def chosen(specifications: pd.DataFrame, **choices: str) -> pd.Series:
    """Return the one specification with some choices, and the study's own besides."""
    own = {"configuration": "best", "ratio": "ratio of means"} | dict.fromkeys(
        ("layers", "multipliers", "counts", "prompts"), "all"
    )
    rows = specifications[np.all([specifications[name] == choice for name, choice in (own | choices).items()], axis=0)]
    assert len(rows) == 1
    return rows.iloc[0]


def by_hand(prompts: pd.DataFrame, task_improvement: str = "best") -> tuple[float, float]:
    """Return rho and the mean of zone 1 of some rows of the table of prompts."""
    tasks = summarize_tasks(experiments_of(prompts), task_improvement)
    inside = tasks[tasks["baseline"] < BOUNDARY]
    return stats.spearmanr(tasks["baseline"], tasks["improvement"]).statistic, inside["improvement"].mean()


def test_there_is_one_specification_for_each_combination_of_choices():
    # 3 configurations, 4 ratios, 4 parts of the layers, 3 of the multipliers (up to 2.5 and 3 are up to 2), 3 of the
    # counts, 3 sets of prompts.
    assert len(SPECIFIED) == 3 * 4 * 4 * 3 * 3 * 3
    assert not SPECIFIED.duplicated(["configuration", "ratio", "layers", "multipliers", "counts", "prompts"]).any()
    assert SPECIFIED["ours"].sum() == 1


@pytest.mark.parametrize("task_improvement", ["best", "mean", "median"])
def test_the_studys_own_specification_is_what_the_statistics_measure(task_improvement):
    specified = specify_sweep(read_sweep(PROMPTS), task_improvement, BOUNDARY)
    [ours] = specified[specified["ours"]].itertuples()
    assert (ours.rho, ours.zone1_mean) == pytest.approx(by_hand(PROMPTS, task_improvement))


@pytest.mark.parametrize(
    ("choices", "query"),
    [
        ({"layers": "lower third"}, "layer <= 1"),
        ({"layers": "upper third"}, "layer >= 4"),
        ({"multipliers": "up to 2"}, "multiplier <= 2"),
        ({"counts": "from 50"}, "neurons >= 50"),
        ({"counts": "up to 50", "multipliers": "up to 1.5"}, "neurons <= 50 and multiplier <= 1.5"),
        ({"prompts": "second fold"}, "fold == 'second'"),
    ],
)
def test_a_choice_leaves_out_what_it_says(choices, query):
    found = chosen(SPECIFIED, **choices)
    assert (found["rho"], found["zone1_mean"]) == pytest.approx(by_hand(PROMPTS.query(query)))


def test_each_ratio_is_what_it_is_called():
    amplified, baseline = np.array([[0.2], [0.1], [0.8]]), np.array([[0.1], [0.1], [0.2]])
    found = {name: ratio(amplified, baseline).item() for name, ratio in RATIOS.items()}
    assert found == pytest.approx(
        {
            "ratio of means": 1.1 / 0.4,
            "mean of ratios": 7 / 3,
            "median of ratios": 2.0,
            "geometric mean of ratios": 2.0,
        }
    )


def test_p_values_are_those_of_scipy():
    rng = np.random.default_rng(1)
    baselines, improvements = rng.uniform(0, 0.14, (20, 12)), rng.normal(5, 10, (20, 12))
    rho, zone = correlate(baselines, improvements), average_zone1(baselines, improvements, BOUNDARY)
    for place in range(20):
        expected = stats.spearmanr(baselines[place], improvements[place])
        assert (rho["rho"][place], rho["rho_pvalue"][place]) == pytest.approx((expected.statistic, expected.pvalue))
        inside = improvements[place][baselines[place] < BOUNDARY]
        expected = stats.ttest_1samp(inside, 0)
        assert zone["zone1_tasks"][place] == len(inside)
        assert (zone["zone1_mean"][place], zone["zone1_pvalue"][place]) == pytest.approx(
            (inside.mean(), expected.pvalue)
        )


@pytest.mark.filterwarnings("error")
def test_what_is_undefined_is_no_number():
    nothing = correlate(np.array([[0.1, 0.2, 0.3]]), np.array([[1.0, 2.0, 3.0]]))
    assert np.isnan([*nothing["rho"], *nothing["rho_pvalue"]]).all(), "three tasks"
    equal = correlate(np.full((1, 5), 0.1), np.arange(5.0)[None])
    assert np.isnan(equal["rho"]).all()
    perfect = correlate(np.arange(5.0)[None], -np.arange(5.0)[None])
    assert (perfect["rho"].item(), perfect["rho_pvalue"].item()) == (-1, 0)
    zone = average_zone1(np.array([[0.5, 0.5], [0.01, 0.5]]), np.array([[1.0, 2.0], [3.0, 4.0]]), BOUNDARY)
    assert np.isnan(zone["zone1_mean"][0])
    assert zone["zone1_mean"][1] == 3
    assert np.isnan(zone["zone1_pvalue"]).all()


@pytest.mark.filterwarnings("error")
def test_a_study_of_one_configuration_and_task_has_specifications_without_a_correlation():
    prompts = made_up_prompts(tasks=1, layers=1, neurons=(5,), multipliers=(2.0,))
    found = specify_sweep(read_sweep(prompts), "best", BOUNDARY)
    assert len(found) == 3 * 4 * 3, "a grid of one has no parts"
    assert found["rho"].isna().all()


@pytest.mark.filterwarnings("error")
def test_targets_that_are_impossible_leave_finite_figures():
    prompts = PROMPTS.copy()
    prompts.loc[prompts["prompt"] == 0, ["baseline", "probability"]] = 0.0
    found = specify_sweep(read_sweep(prompts), "best", BOUNDARY)
    assert np.isfinite(found["rho"]).all()


def fresh_with_scores(**made):
    """Make fresh prompts on which other scores' neurons do what the task's own do, and a little more."""
    fresh = made_up_fresh(prompts=48, draws={"random": 1}, **made)
    own = fresh.gains[fresh.gains["kind"] == "selected"]
    others = [own.assign(kind=kind, probability=own["probability"] ** 0.9) for kind in OTHER_SCORES]
    return fresh.prompts, pd.concat([fresh.gains, *others])


def test_fresh_prompts_vary_score_ratio_and_half():
    prompts, gains = fresh_with_scores(gain=0.3)
    found = specify_fresh(prompts, gains, BOUNDARY)
    assert len(found) == 5 * 4 * 3
    assert found["ours"].sum() == 1
    own, other = (found.query("score == @score and prompts == 'all' and ratio == 'ratio of means'").iloc[0]
                  for score in ("difference of means", "signed activation"))  # fmt: skip
    assert own["ours"]
    assert own["zone1_mean"] < other["zone1_mean"]
    measured = gains[gains["kind"] == "selected"].merge(prompts, on=["model", "task", "prompt"])
    means = measured.groupby("task")[["baseline", "probability"]].mean()
    inside = means[means["baseline"] < BOUNDARY]
    assert own["zone1_mean"] == pytest.approx((100 * (inside["probability"] / inside["baseline"] - 1)).mean())


def test_a_half_of_the_fresh_prompts_is_measured_alone():
    prompts, gains = fresh_with_scores(tasks=5)
    half = prompts[prompts["half"] == FOLDS[0]]
    own = gains[gains["kind"] == "selected"].merge(half[["model", "task", "prompt"]])
    alone = specify_fresh(half, own, BOUNDARY).query("prompts == 'all'")
    found = specify_fresh(prompts, gains, BOUNDARY).query("prompts == 'first half' and score == 'difference of means'")
    figures = ["ratio", "rho", "zone1_mean"]
    pd.testing.assert_frame_equal(alone[figures].reset_index(drop=True), found[figures].reset_index(drop=True))


def test_fresh_prompts_vary_how_texts_begin_with_the_baselines_of_each_way():
    fresh = made_up_fresh(prompts=48, draws={"random": 1}, gain=0.3, other_start=-2.5)
    found = specify_fresh(fresh.prompts, fresh.gains, BOUNDARY)
    assert len(found) == 2 * 4 * 3
    here, other = (
        found.query("start == @start and prompts == 'all' and ratio == 'ratio of means'").iloc[0]
        for start in (AS_HERE, OTHERWISE)
    )
    assert (here["ours"], other["ours"]) == (True, False)
    assert (here["zone1_tasks"], other["zone1_tasks"]) == (4, 12)
    means = fresh.prompts.groupby("task")["other_start"].mean()
    amplified = fresh.gains[fresh.gains["kind"] == "other_start"].groupby("task")["probability"].mean()
    improvement = 100 * (amplified / means - 1)
    assert other["zone1_mean"] == pytest.approx(improvement.mean())
    assert other["rho"] == pytest.approx(stats.spearmanr(means, improvement).statistic)


def test_scores_that_were_not_measured_are_left_out():
    fresh = made_up_fresh(prompts=24, tasks=4, draws={"random": 1})
    assert set(specify_fresh(fresh.prompts, fresh.gains, BOUNDARY)["score"]) == {"difference of means"}
