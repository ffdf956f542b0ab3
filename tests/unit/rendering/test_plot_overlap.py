from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import headings
from made_up import CATEGORIES, made_up_neurons
from made_up_fresh_evidence import FRESH, fresh_task
from plot_overlap import describe, draw, main, order_tasks, tabulate

from sna.statistics.models import ModelBesideOthers
from sna.statistics.overlap import measure_overlaps
from sna.statistics.results import write_results

TASKS = list(CATEGORIES)[:6]


def measured(seed):
    ranking = made_up_neurons(tasks=6, layers=1, seed=seed)
    return ModelBesideOthers(measure_overlaps(ranking, dict.fromkeys(TASKS, 0), CATEGORIES, 20, 1000), {})


@pytest.fixture(scope="module")
def fresh():
    return replace(FRESH, by_task={task: replace(fresh_task(), category=CATEGORIES[task]) for task in TASKS})


@pytest.fixture(scope="module")
def models():
    return {"large": measured(1), "small": measured(2)}


def test_tasks_of_a_category_stand_together(fresh):
    order = order_tasks({"a": fresh})
    assert order[:2] == ["addition", "subtraction"]
    assert sorted(order) == sorted(TASKS)


def test_each_pair_is_a_cell_once_with_its_share_in_percent(fresh, models):
    order = order_tasks({"a": fresh})
    axes = draw(models, order).axes[0]
    cells = np.ma.filled(axes.collections[0].get_array().astype(float), np.nan).reshape(5, 5)
    names = [label.get_text().replace(" ", "_") for label in axes.get_yticklabels()]
    columns = [label.get_text().replace(" ", "_") for label in axes.get_xticklabels()]
    assert np.isfinite(cells).sum() == 15
    for row, column in zip(*np.nonzero(np.isfinite(cells)), strict=True):
        assert cells[row, column] == 100 * models["large"].overlaps.by_pair[names[row]][columns[column]]


def test_models_have_the_same_colours_and_say_what_pairs_share_beside_chance(fresh, models):
    large, small, _ = draw(models, order_tasks({"a": fresh})).axes
    assert large.collections[0].norm is small.collections[0].norm
    assert headings((large, small)) == ["large", "small"]
    said = describe(models["large"].overlaps).replace("\N{NO-BREAK SPACE}", " ")
    assert said.endswith("33.3 % within a category, 0.0 % between two, 1.0 % by chance")
    assert said.startswith("20 of 1,000 neurons;")


def test_a_study_of_one_task_is_drawn(models):
    alone = measure_overlaps(made_up_neurons(tasks=1, layers=1), {"addition": 0}, CATEGORIES, 20, 1000)
    figure = draw({"a": ModelBesideOthers(alone, {})}, ["addition"])
    assert not figure.axes[0].axison


def test_two_runs_write_the_same_bytes(tmp_path, fresh, models):
    write_results({"large": fresh, "small": fresh}, tmp_path / "fresh.json")
    write_results(models, tmp_path / "models.json")
    tables = SimpleNamespace(fresh=tmp_path / "fresh.json", models=tmp_path / "models.json")
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(tables, output, SimpleNamespace())
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == len(tabulate(models, TASKS)) == 2 * 15
