from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import CATEGORIES, made_up_controls
from matplotlib.colors import to_hex
from plot_controls import draw, main, tabulate

from sna.experiments.aggregation import aggregate_controls
from sna.figures.style import COLOURS
from sna.formats import words
from sna.inputs.config import Statistics
from sna.statistics.controls import correlate, measure_controls, summarize_draws
from sna.statistics.results import write_results

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)
CONTROLS_OF_12 = made_up_controls(tasks=12, advantage=0.1)


def results_of(controls):
    return {model: measure_controls(rows, CATEGORIES, SETTINGS) for model, rows in controls.groupby("model")}


def drawn(controls):
    draws = summarize_draws(aggregate_controls(controls), "best")
    return draws, draw(results_of(controls), SETTINGS)


def lines(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


@pytest.fixture(scope="module")
def study():
    return drawn(CONTROLS_OF_12)


def test_every_task_shows_its_selected_neurons_in_its_categorys_colour(study):
    draws, figure = study
    selected = draws[draws["kind"] == "selected"].set_index("task")["improvement"]
    assert len(selected) == 12
    for task, improvement in selected.items():
        [line] = lines(figure.axes[0], f"selected {task}")
        assert line.get_ydata()[0] == pytest.approx(improvement)
        assert to_hex(line.get_color()) == COLOURS[CATEGORIES[task]].lower()


@pytest.mark.parametrize("kind", ["random", "matched"])
def test_every_draw_is_a_point_near_its_task(study, kind):
    draws, figure = study
    clouds = lines(figure.axes[0], f"{kind} draws")
    tasks = draws.groupby("task")["baseline"].first().sort_values().index
    for place, (task, cloud) in enumerate(zip(tasks, clouds, strict=True)):
        expected = draws[(draws["task"] == task) & (draws["kind"] == kind)]["improvement"]
        np.testing.assert_allclose(cloud.get_ydata(), expected)
        assert np.abs(cloud.get_xdata() - place).max() < 0.5


def test_tasks_stand_by_their_baseline(study):
    draws, figure = study
    tasks = draws.groupby("task")["baseline"].first().sort_values()
    shown = [label.get_text().split(" (")[0] for label in figure.axes[0].get_xticklabels()]
    assert shown == [words(task) for task in tasks.index]


def test_correlations_of_draws_stand_beside_that_of_the_selected(study):
    draws, figure = study
    axes = figure.axes[1]
    baselines = draws.groupby("task")["baseline"].first().to_numpy()
    improvements = draws.pivot(index=["kind", "draw"], columns="task", values="improvement")
    for kind in ("random", "matched"):
        [cloud] = lines(axes, f"{kind} draws")
        np.testing.assert_allclose(cloud.get_ydata(), correlate(baselines, improvements.loc[kind].to_numpy()))
    [line] = lines(axes, "selected rho")
    assert line.get_ydata()[0] == pytest.approx(correlate(baselines, improvements.loc["selected"].to_numpy())[0])
    assert axes.get_ylabel() == "Spearman's rho, n = 12 tasks"


def test_axes_name_unit_interval_and_number_of_draws(study):
    _, figure = study
    assert "(%)" in figure.axes[0].get_ylabel()
    assert "central 90\N{NO-BREAK SPACE}%" in figure.get_supxlabel()
    [key] = figure.legends
    assert sum("8 draws" in text.get_text() for text in key.get_texts()) == 2


def test_each_model_has_its_panels_with_what_the_tests_found():
    _, figure = drawn(made_up_controls(models=("large", "small"), advantage=2.0))
    panels = figure.axes[::2]
    assert [axes.get_title(loc="left").strip() for axes in panels] == ["large", "small"]
    for axes in panels:
        found = "\n".join(text.get_text() for text in axes.texts).replace("\N{NO-BREAK SPACE}", " ")
        assert "100.0 % of random draws" in found
        assert "100.0 % of matched draws" in found
        assert "in 0 of 4 tasks" in found, "8 draws are too few for any task by itself"


def test_few_tasks_and_a_single_draw_are_drawn_without_correlation_or_interval():
    _, figure = drawn(made_up_controls(tasks=2, draws=1))
    assert "undefined" in [text.get_text() for text in figure.axes[1].texts]


def test_two_runs_write_the_same_bytes(tmp_path):
    controls = made_up_controls(tasks=4)
    write_results(results_of(controls), tmp_path / "controls.json")
    tables = SimpleNamespace(controls=tmp_path / "controls.json")
    params = SimpleNamespace(statistics=SETTINGS.model_dump())
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), params)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 68
    draws = summarize_draws(aggregate_controls(controls), "best")
    pd.testing.assert_frame_equal(tabulate(results_of(controls)), draws)
