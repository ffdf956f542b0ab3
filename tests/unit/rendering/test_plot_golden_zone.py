from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from plot_golden_zone import describe, draw, main

from sna.inputs.config import GoldenZone
from sna.statistics.golden_zone import GoldenZones, TaskGoldenZone, find_golden_zones
from sna.statistics.results import write_results

GRID = {"neurons": (5, 50, 500), "multipliers": (1.5, 2.0, 3.0, 5.0)}


def golden_zones(**made):
    prompts = made_up_prompts(**GRID, **made)
    return {
        model: find_golden_zones(experiments_of(rows), rows, GoldenZone(share=0.5))
        for model, rows in prompts.groupby("model")
    }


def panels(figure):
    """Return the panels: every axes that has a title, which the colours' key has not."""
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


@pytest.fixture(scope="module")
def found():
    return golden_zones(models=("large", "small"), noise=0.3)


@pytest.fixture(scope="module")
def figure(found):
    return draw(found)


def test_each_model_has_a_panel_a_category_in_the_order_of_every_figure(figure):
    titles = [axes.get_title(loc="left").partition(",")[0] for axes in panels(figure)]
    assert titles == ["arithmetic", "logic", "semantics", "poetry", "coding"] * 2


def test_a_cell_is_the_share_of_the_tasks_in_percent_most_neurons_on_top(found, figure):
    arithmetic = panels(figure)[5]
    shares = {(neurons, multiplier): share for neurons, multiplier, share in found["small"].by_category["arithmetic"]}
    expected = [[100 * shares[neurons, multiplier] for multiplier in (1.5, 2, 3, 5)] for neurons in (500, 50, 5)]
    assert [label.get_text() for label in arithmetic.get_yticklabels()] == ["500", "50", "5"]
    assert [label.get_text() for label in arithmetic.get_xticklabels()] == ["1.5", "2", "3", "5"]
    assert np.asarray(arithmetic.collections[0].get_array()).reshape(3, 4) == pytest.approx(np.array(expected))
    assert {mesh.get_clim() for axes in panels(figure) for mesh in axes.collections} == {(0, 100)}


def test_a_title_says_how_many_tasks_there_are_and_how_stable_their_zones():
    without = TaskGoldenZone("logic", 3, -1.0, None, None, None, [], None, None)
    by_task = {
        "one": replace(without, stability=0.5, stability_by_chance=0.1),
        "two": replace(without, stability=0.7, stability_by_chance=0.2),
        "without a zone": without,
        "other": replace(without, category="poetry"),
    }
    found = GoldenZones(0.5, by_task, {})
    assert describe("logic", found) == "logic, 3 tasks\noverlap 60.0\N{NO-BREAK SPACE}%\nchance 15.0\N{NO-BREAK SPACE}%"
    assert describe("poetry", found) == "poetry, 1 task\nno golden zone"


def test_axes_and_colours_name_their_quantity_and_unit(figure):
    shown = panels(figure)
    assert [axes.get_ylabel() for axes in shown] == (["Neurons amplified"] + [""] * 4) * 2
    assert [axes.get_xlabel() for axes in shown] == [""] * 5 + ["Multiplier"] * 5
    assert "at least 50\N{NO-BREAK SPACE}% of their best improvement" in figure.axes[-1].get_xlabel()
    assert "(%)" in figure.axes[-1].get_xlabel()


def test_a_study_of_one_task_is_drawn():
    assert len(panels(draw(golden_zones(tasks=1)))) == 1


def test_two_runs_write_the_same_bytes(tmp_path):
    write_results(golden_zones(tasks=3), tmp_path / "golden_zone.json")
    tables = SimpleNamespace(golden_zone=tmp_path / "golden_zone.json")
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), None)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 36
