import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from plot_saturation import baseline_intervals, draw, main

from sna.experiments.summary import summarize_tasks
from sna.files import write_json
from sna.formats import words
from sna.inputs.config import Statistics, Zones
from sna.tables import EXPERIMENTS, PROMPTS, write_table

ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)
SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)
FOUND = {"n": 12, "rho": {"value": -0.762, "low": -0.951, "high": -0.3}, "pvalue": 0.0041}
HELD_OUT = {"n": 12, "rho": {"value": -0.2, "low": -0.5, "high": 0.25}, "pvalue": 0.5}
UNDEFINED = {"n": 3, "rho": {"value": None, "low": None, "high": None}, "pvalue": None}


GAIN = {"value": 3.5, "low": -4.0, "high": 12.0}


def held_out_of(tasks, found=HELD_OUT, gain=GAIN):
    """Return what was found of the held-out gains, each the same."""
    return {
        model: found | {"by_task": {task: {"held_out": gain} for task in own["task"]}}
        for model, own in tasks.groupby("model")
    }


def drawn(prompts, found=FOUND, held_out=HELD_OUT, gain=GAIN):
    tasks = summarize_tasks(experiments_of(prompts), "best")
    statistics = dict.fromkeys(tasks["model"], found), held_out_of(tasks, held_out, gain)
    return tasks, draw(tasks, baseline_intervals(prompts, SETTINGS), *statistics, zones=ZONES, settings=SETTINGS)


def points(axes, tasks, kind=""):
    found = {line.get_gid(): line.get_xydata()[0] for line in axes.lines}
    return {task: found[task + kind] for task in tasks["task"]}


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.fixture(scope="module")
def study():
    return drawn(made_up_prompts())


def test_every_task_is_a_point_at_its_baseline_and_improvement(study):
    tasks, figure = study
    shown = points(figure.axes[0], tasks)
    assert len(shown) == 12
    for row in tasks.itertuples():
        assert shown[row.task] == pytest.approx([row.baseline, row.improvement])


def test_every_task_has_a_hollow_point_at_its_held_out_gain_with_its_interval(study):
    tasks, figure = study
    axes = figure.axes[0]
    shown = points(axes, tasks, " held out")
    lines = [line.get_xydata().tolist() for line in axes.lines]
    for row in tasks.itertuples():
        assert shown[row.task] == pytest.approx([row.baseline, GAIN["value"]])
        assert [[row.baseline, GAIN["low"]], [row.baseline, GAIN["high"]]] in lines
        assert [[row.baseline, row.improvement], [row.baseline, GAIN["value"]]] in lines
    hollow = [line for line in axes.lines if str(line.get_gid()).endswith(" held out")]
    assert {line.get_markerfacecolor() for line in hollow} == {"white"}
    assert [text.get_text() for text in figure.legends[0].get_texts()][:2] == [
        "in sample",
        "held out: chosen on the other fold of the prompts",
    ]


def test_held_out_gains_are_in_view_however_far_they_fall():
    _, figure = drawn(made_up_prompts(tasks=3), gain={"value": -60.0, "low": -90.0, "high": -40.0})
    assert figure.axes[0].get_ylim()[0] < -90


def test_a_gain_without_an_interval_is_drawn():
    tasks, figure = drawn(made_up_prompts(tasks=3), gain={"value": 1.0, "low": None, "high": None})
    assert [gain for _, gain in points(figure.axes[0], tasks, " held out").values()] == pytest.approx([1.0] * 3)


def test_every_task_is_named_beside_its_point(study):
    tasks, figure = study
    assert {words(task) for task in tasks["task"]} <= set(texts(figure.axes[0]))


def test_each_model_has_its_panel_with_what_the_test_found():
    _, figure = drawn(made_up_prompts(tasks=4, models=("large", "small")))
    assert [axes.get_title(loc="left").strip() for axes in figure.axes] == ["large", "small"]
    minus = "\N{MINUS SIGN}"
    finding = (
        f"In sample: Spearman's rho = {minus}0.76 [{minus}0.95, {minus}0.30], p = 0.0041, n = 12 tasks\n"
        f"Held out: Spearman's rho = {minus}0.20 [{minus}0.50, 0.25], p = 0.5, n = 12 tasks"
    )
    assert all(finding in texts(axes) for axes in figure.axes)


def test_axes_name_their_quantity_and_unit(study):
    _, figure = study
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert "probability" in axes.get_xlabel()
    assert "90 % interval" in axes.get_xlabel()
    assert axes.get_ylabel().startswith("Improvement of the best configuration (%)")


def test_both_zone_boundaries_are_in_view_even_if_every_task_is_above_them():
    prompts = made_up_prompts(tasks=3)
    prompts["baseline"] = prompts["baseline"].clip(lower=0.3)
    _, figure = drawn(prompts)
    low, high = figure.axes[0].get_xlim()
    assert low < 0.07
    assert high > 0.10
    assert {"zone 1: below 0.07", "zone 2", "zone 3: above 0.10"} <= set(texts(figure.axes[0]))


def test_an_undefined_coefficient_is_said_to_be_so():
    _, figure = drawn(made_up_prompts(tasks=3), UNDEFINED, UNDEFINED)
    undefined = "Spearman's rho is undefined, n = 3 tasks"
    assert f"In sample: {undefined}\nHeld out: {undefined}" in texts(figure.axes[0])


def test_a_study_in_which_nothing_improves_is_drawn():
    prompts = made_up_prompts(tasks=3)
    prompts["probability"] = prompts["baseline"] * 0.8
    tasks, figure = drawn(prompts, UNDEFINED)
    assert [improvement for _, improvement in points(figure.axes[0], tasks).values()] == pytest.approx([-20] * 3)


def test_intervals_hold_the_mean_baseline():
    prompts = made_up_prompts()
    for estimate in baseline_intervals(prompts, SETTINGS).values():
        assert estimate.low <= estimate.value <= estimate.high


def test_two_runs_write_the_same_bytes(tmp_path):
    prompts = made_up_prompts(tasks=3)
    write_table(prompts, PROMPTS, tmp_path / "prompts.parquet")
    write_table(experiments_of(prompts), EXPERIMENTS, tmp_path / "experiments.parquet")
    write_json(tmp_path / "saturation.json", {"small": UNDEFINED})
    held_out = held_out_of(summarize_tasks(experiments_of(prompts), "best"), UNDEFINED)
    write_json(tmp_path / "held_out.json", held_out)
    inputs = [
        tmp_path / name for name in ("experiments.parquet", "prompts.parquet", "saturation.json", "held_out.json")
    ]
    for name in ("one", "two"):
        written = {"figure": tmp_path / f"{name}.svg", "data": tmp_path / f"{name}.csv"}
        main(*inputs, **written, zones=ZONES, settings=SETTINGS)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 3
