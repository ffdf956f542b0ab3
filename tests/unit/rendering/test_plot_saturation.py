from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from drawn import headings
from made_up import experiments_of, made_up_prompts
from made_up_evidence import in_ascii
from plot_saturation import draw, main

from sna.experiments.summary import summarize_tasks
from sna.experiments.sweep import read_sweep
from sna.formats import words
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED as NOTHING
from sna.statistics.estimate import Estimate
from sna.statistics.held_out import HeldOut, HeldOutTask
from sna.statistics.results import write_results
from sna.statistics.saturation import RankCorrelation, measure_saturation

ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)
SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)
FOUND = RankCorrelation(12, Estimate(-0.762, -0.951, -0.3), 0.0041, "permutation test", "best")
HELD_OUT = replace(FOUND, rho=Estimate(-0.2, -0.5, 0.25), pvalue=0.5)
UNDEFINED = RankCorrelation(3, NOTHING, None, None, "best")
GAIN = Estimate(3.5, -4.0, 12.0)


def results_of(prompts, found=FOUND, held_out=HELD_OUT, gain=GAIN):
    """Return the summarized tasks, their saturation, and their held-out gains, each of them the same."""
    tasks = summarize_tasks(experiments_of(prompts), "best")
    saturation, gains = {}, {}
    for model, own in tasks.groupby("model"):
        measured = measure_saturation(own, [read_sweep(prompts[prompts["model"] == model])], SETTINGS)
        saturation[model] = replace(measured, n=found.n, rho=found.rho, pvalue=found.pvalue)
        by_task = dict.fromkeys(own["task"], HeldOutTask(0.0, gain, {}))
        gains[model] = HeldOut(held_out.n, held_out.rho, held_out.pvalue, None, by_task, {})
    return tasks, saturation, gains


def drawn(prompts, found=FOUND, held_out=HELD_OUT, gain=GAIN):
    tasks, *results = results_of(prompts, found, held_out, gain)
    return tasks, draw(*results, zones=ZONES, settings=SETTINGS)


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
        assert shown[row.task] == pytest.approx([row.baseline, GAIN.value])
        assert [[row.baseline, GAIN.low], [row.baseline, GAIN.high]] in lines
        assert [[row.baseline, row.improvement], [row.baseline, GAIN.value]] in lines
    hollow = [line for line in axes.lines if str(line.get_gid()).endswith(" held out")]
    assert {line.get_markerfacecolor() for line in hollow} == {"white"}
    assert [text.get_text() for text in figure.legends[0].get_texts()][:2] == [
        "in sample",
        "held out: chosen on the other fold of the prompts",
    ]


def test_held_out_gains_are_in_view_however_far_they_fall():
    _, figure = drawn(made_up_prompts(tasks=3), gain=Estimate(-60.0, -90.0, -40.0))
    assert figure.axes[0].get_ylim()[0] < -90


def test_a_gain_without_an_interval_is_drawn():
    tasks, figure = drawn(made_up_prompts(tasks=3), gain=Estimate(1.0, None, None))
    assert [gain for _, gain in points(figure.axes[0], tasks, " held out").values()] == pytest.approx([1.0] * 3)


def test_every_task_is_named_beside_its_point(study):
    tasks, figure = study
    assert {words(task) for task in tasks["task"]} <= set(texts(figure.axes[0]))


def test_each_model_has_its_panel_with_what_the_test_found():
    _, figure = drawn(made_up_prompts(tasks=4, models=("large", "small")))
    assert headings(figure.axes) == ["large", "small"]
    finding = (
        "In sample: Spearman's rho = -0.762 (-0.951 to -0.300), p = 0.004, n = 12 tasks\n"
        "Held out: Spearman's rho = -0.200 (-0.500 to 0.250), p = 0.500, n = 12 tasks"
    )
    assert [in_ascii(axes.get_title(loc="left")) for axes in figure.axes] == [finding] * 2


def test_axes_name_their_quantity_and_unit(study):
    _, figure = study
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert "probability" in axes.get_xlabel()
    assert "90\N{NO-BREAK SPACE}% interval" in axes.get_xlabel()
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
    undefined = "Spearman's \N{GREEK SMALL LETTER RHO} is undefined, n = 3 tasks"
    assert f"In sample: {undefined}\nHeld out: {undefined}" == figure.axes[0].get_title(loc="left")


def test_a_study_in_which_nothing_improves_is_drawn():
    prompts = made_up_prompts(tasks=3)
    prompts["probability"] = prompts["baseline"] * 0.8
    tasks, figure = drawn(prompts, UNDEFINED)
    assert [improvement for _, improvement in points(figure.axes[0], tasks).values()] == pytest.approx([-20] * 3)


def test_two_runs_write_the_same_bytes(tmp_path):
    _, saturation, held_out = results_of(made_up_prompts(tasks=3), UNDEFINED, UNDEFINED)
    write_results(saturation, tmp_path / "saturation.json")
    write_results(held_out, tmp_path / "held_out.json")
    tables = SimpleNamespace(saturation=tmp_path / "saturation.json", held_out=tmp_path / "held_out.json")
    params = SimpleNamespace(zones=ZONES.model_dump(), statistics=SETTINGS.model_dump())
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), params)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 3
