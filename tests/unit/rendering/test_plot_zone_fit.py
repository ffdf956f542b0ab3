from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from drawn import headings
from made_up import experiments_of, made_up_prompts
from plot_zone_fit import describe, draw, main

from sna.experiments.summary import summarize_tasks
from sna.experiments.sweep import read_sweep
from sna.inputs.config import Statistics
from sna.statistics.results import write_results
from sna.statistics.saturation import list_tasks, measure_saturation
from sna.statistics.zone_fit import measure_zone_fit

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)
BOUNDARIES = (0.07, 0.10)


def found_in(prompts):
    tasks = summarize_tasks(experiments_of(prompts), "best")
    return tasks, {model: measure_zone_fit(rows, BOUNDARIES, SETTINGS) for model, rows in tasks.groupby("model")}


def lines(axes):
    return {line.get_gid(): line.get_xydata() for line in axes.lines if line.get_gid()}


@pytest.fixture(scope="module")
def study():
    tasks, statistics = found_in(made_up_prompts())
    return tasks, statistics["small"], draw(tasks, statistics, BOUNDARIES, SETTINGS)


def test_every_task_is_a_point_at_its_baseline_and_improvement(study):
    tasks, _, figure = study
    shown = lines(figure.axes[0])
    for row in tasks.itertuples():
        assert shown[row.task][0] == pytest.approx([row.baseline, row.improvement])


def test_the_segments_meet_at_the_breakpoint_and_have_the_fitted_slopes(study):
    _, found, figure = study
    across, drawn = lines(figure.axes[0])["fit"].T
    assert drawn == pytest.approx(found.predict(across))
    assert lines(figure.axes[0])["breakpoint"][0][0] == found.breakpoint.value


def test_the_breakpoints_interval_and_the_papers_boundaries_are_drawn(study):
    _, found, figure = study
    (interval,) = [patch for patch in figure.axes[0].patches if patch.get_gid() == "interval"]
    assert [interval.get_x(), interval.get_x() + interval.get_width()] == pytest.approx(
        [found.breakpoint.low, found.breakpoint.high]
    )
    (boundaries,) = [marks for marks in figure.axes[0].collections if marks.get_gid() == "boundaries"]
    assert [segment[0][0] for segment in boundaries.get_segments()] == list(BOUNDARIES)
    labels = [text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in figure.legends[0].get_texts()]
    assert {"its 90 % interval over tasks", "paper: 0.07 and 0.1"} <= set(labels)


def test_the_boundaries_are_in_view_even_if_every_task_is_above_them():
    prompts = made_up_prompts(tasks=3)
    prompts["baseline"] = prompts["baseline"].clip(lower=0.3)
    low, high = draw(*found_in(prompts), BOUNDARIES, SETTINGS).axes[0].get_xlim()
    assert low < 0.07
    assert high > 0.3


def test_each_model_has_its_panel_with_what_was_fitted():
    tasks, statistics = found_in(made_up_prompts(models=("large", "small")))
    figure = draw(tasks, statistics, BOUNDARIES, SETTINGS)
    assert headings(figure.axes) == ["large", "small"]
    for axes, found in zip(figure.axes, statistics.values(), strict=True):
        assert axes.get_title(loc="left") == describe(found)
        assert f"Breakpoint at {found.breakpoint.value:.3f}" in describe(found)
        assert "n = 12 tasks" in describe(found)
        assert "(%)" in axes.get_ylabel()


@pytest.mark.filterwarnings("error")
def test_a_study_of_few_tasks_is_drawn_without_segments():
    tasks, statistics = found_in(made_up_prompts(tasks=3))
    axes = draw(tasks, statistics, BOUNDARIES, SETTINGS).axes[0]
    assert not {"fit", "breakpoint"} & set(lines(axes))
    assert describe(statistics["small"]) == "No two segments can be fitted, n = 3 tasks"


def test_a_breakpoint_at_the_edge_is_not_drawn_and_said_to_be_none():
    tasks, statistics = found_in(made_up_prompts(tasks=3))
    at_edge = {"small": replace(statistics["small"], at_edge=True, pvalue=0.3)}
    axes = draw(tasks, at_edge, BOUNDARIES, SETTINGS).axes[0]
    assert not {"fit", "breakpoint"} & set(lines(axes))
    assert describe(at_edge["small"]).startswith("No breakpoint inside the tasks' baselines")


def test_two_runs_write_the_same_bytes(tmp_path):
    prompts = made_up_prompts(tasks=8)
    tasks, fits = found_in(prompts)
    saturation = {"small": measure_saturation(tasks, [read_sweep(prompts)], SETTINGS)}
    assert list_tasks(saturation)["task"].to_list() == tasks["task"].to_list()
    write_results(saturation, tmp_path / "saturation.json")
    write_results(fits, tmp_path / "zone_fit.json")
    tables = SimpleNamespace(saturation=tmp_path / "saturation.json", zone_fit=tmp_path / "zone_fit.json")
    params = SimpleNamespace(boundaries=BOUNDARIES, statistics=SETTINGS.model_dump())
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), params)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 8
