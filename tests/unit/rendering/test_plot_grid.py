from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import contrasts
from made_up import experiments_of, made_up_prompts
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from plot_grid import draw, main, outline

from sna.experiments.summary import summarize_tasks
from sna.formats import percent
from sna.inputs.config import GoldenZone
from sna.statistics.golden_zone import find_golden_zones
from sna.statistics.results import write_results
from sna.tables import EXPERIMENTS, write_table

GRID = {"neurons": (5, 50, 500), "multipliers": (1.5, 2.0, 3.0, 5.0)}


def golden_zones(prompts):
    by_model = prompts.groupby("model")
    return {model: find_golden_zones(experiments_of(rows), rows, GoldenZone(share=0.5)) for model, rows in by_model}


def panels(figure):
    """Return the panels: every axes that has a title, which the colours' key has not."""
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def border_of(axes):
    return next(item for item in axes.collections if isinstance(item, LineCollection))


@pytest.fixture(scope="module")
def prompts():
    return made_up_prompts(**GRID)


@pytest.fixture(scope="module")
def experiments(prompts):
    return experiments_of(prompts)


@pytest.fixture(scope="module")
def figure(prompts, experiments):
    return draw(experiments, golden_zones(prompts))


def test_each_task_has_a_panel_that_names_its_best_layer(experiments, figure):
    titles = {axes.get_title(loc="left").strip() for axes in panels(figure)}
    assert titles == {
        f"{row.task.replace('_', ' ')}, layer {row.best_layer}: best {percent(row.best_improvement)}"
        for row in summarize_tasks(experiments, "best").itertuples()
    }


def test_a_panel_holds_the_improvements_at_the_best_layer_most_neurons_on_top(experiments, figure):
    best = summarize_tasks(experiments, "best").set_index("task").loc["addition"]
    rows = experiments[(experiments["task"] == "addition") & (experiments["layer"] == best["best_layer"])]
    expected = rows.pivot_table(index="neurons", columns="multiplier", values="improvement").iloc[::-1]
    axes = panels(figure)[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["500", "50", "5"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1.5", "2", "3", "5"]
    assert np.asarray(axes.collections[0].get_array()).reshape(3, 4) == pytest.approx(expected.to_numpy())


def test_the_bold_cell_is_the_best_configuration(experiments, figure):
    for axes in panels(figure):
        bold = [text for text in axes.texts if text.get_gid() == "best"]
        values = np.asarray(axes.collections[0].get_array()).ravel()
        column, row = (int(position) for position in bold[0].get_position())
        assert len(bold) == 1
        assert row * 4 + column == values.argmax()


def test_every_cell_can_be_read(figure):
    assert min(ratio for axes in panels(figure) for ratio in contrasts(axes)) >= 4.5


def test_the_golden_zone_is_outlined_along_its_own_border():
    axes = Figure().subplots()
    border = outline(axes, {(0, 0), (0, 1)})
    sides = {tuple(sorted(map(tuple, segment.tolist()))) for segment in border.get_segments()}
    assert ((1, 0), (1, 1)) not in sides
    assert len(sides) == 6


def test_a_task_without_a_golden_zone_has_no_outline():
    prompts = made_up_prompts(tasks=3)
    prompts["probability"] = prompts["baseline"] * 0.8
    figure = draw(experiments_of(prompts), golden_zones(prompts))
    assert [len(border_of(axes).get_segments()) for axes in panels(figure)] == [0, 0, 0]


def test_axes_and_colours_name_their_quantity_and_unit(figure):
    assert panels(figure)[0].get_ylabel() == "Neurons"
    assert panels(figure)[-1].get_xlabel() == "Multiplier"
    key = figure.axes[-1].get_xlabel()
    assert "(%; linear to ±10 %, logarithmic beyond)" in key
    assert "at least 50\N{NO-BREAK SPACE}% of the task's best" in key


def test_an_incomplete_last_row_leaves_no_empty_panel_and_every_column_labelled():
    prompts = made_up_prompts(tasks=4, models=("large", "small"))
    shown = panels(draw(experiments_of(prompts), golden_zones(prompts)))
    assert len(shown) == 8
    assert [axes.get_xlabel() for axes in shown] == ["", "", "Multiplier", "Multiplier"] * 2


def test_two_runs_write_the_same_bytes(tmp_path):
    prompts = made_up_prompts(tasks=3)
    write_table(experiments_of(prompts), EXPERIMENTS, tmp_path / "experiments.parquet")
    write_results(golden_zones(prompts), tmp_path / "golden_zone.json")
    tables = SimpleNamespace(experiments=tmp_path / "experiments.parquet", golden_zone=tmp_path / "golden_zone.json")
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), None)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 12
