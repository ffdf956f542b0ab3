"""Several tasks at once as a picture: every figure is where it belongs."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_up import CATEGORIES, experiments_of, made_up_prompts
from made_up_together import made_up_together
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from plot_together import ASIDE, draw, main, order_tasks, tabulate

from sna.formats import words
from sna.inputs.config import Statistics
from sna.statistics.results import write_results
from sna.statistics.together import analyze_together
from sna.tables import read_csv

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)


def study(models=("large", "small"), tasks=6, **made_up):
    experiments = experiments_of(made_up_prompts(models=models, tasks=tasks))
    measured = made_up_together(models=models, tasks=tasks, **made_up)
    return {
        model: analyze_together(
            measured[measured["model"] == model], experiments[experiments["model"] == model], 0.1, SETTINGS
        )
        for model in models
    }


@pytest.fixture(scope="module")
def results():
    return study(truth="saturating")


@pytest.fixture(scope="module")
def figure(results):
    return draw(results, 0.95)


def panels(figure, title):
    return [axes for axes in figure.axes if axes.get_title(loc="left").startswith(title)]


def cells(axes):
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [label.get_text() for label in axes.get_xticklabels()] in (names, []), "the lower map names the columns"
    return {
        (names[int(text.get_position()[1])], names[int(text.get_position()[0])]): text
        for text in axes.texts
        if text.get_text() and not isinstance(text, Annotation)
    }


@pytest.mark.parametrize(("title", "name"), [("Change", "change"), ("Gain with both", "deviation")])
def test_a_cell_holds_what_becomes_of_the_rows_task_with_the_columns(results, figure, title, name):
    for axes, found in zip(panels(figure, title), results.values(), strict=True):
        shown = cells(axes)
        for task, others in found.matrix.items():
            for other, pair in others.items():
                text = shown.pop((words(task), words(other)))
                value = text.get_text().strip("*").replace("\N{MINUS SIGN}", "-")
                assert float(value) == pytest.approx(getattr(pair, name).value, abs=0.0051)
                significant = getattr(pair, f"{name}_pvalue") < 0.05
                assert text.get_text().endswith("*") == significant
                assert (text.get_fontweight() == "bold") == significant
        own = {(words(task), words(task)) for task in found.own} if name == "change" else set()
        assert set(shown) == own, "the diagonal holds the gain alone"


def test_the_gain_alone_is_outlined_on_the_diagonal(figure):
    for axes in panels(figure, "Change"):
        outlined = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_gid() == "own"]
        assert {(patch.get_x(), patch.get_y()) for patch in outlined} == {(place, place) for place in range(6)}


@pytest.mark.parametrize(("title", "name"), [("Logit gain", "gain"), ("Less the sum", "deviation")])
@pytest.mark.parametrize("kind", ["selected", "random"])
def test_lines_run_over_the_number_of_tasks(results, figure, title, name, kind):
    for axes, found in zip(panels(figure, title), results.values(), strict=True):
        [line] = [line for line in axes.lines if line.get_gid() == kind]
        assert np.divide(line.get_xdata(), ASIDE[kind]).round(6).tolist() == [1, 2, 3, 6]
        assert line.get_ydata() == pytest.approx([getattr(at, name).value for at in getattr(found, kind).values()])


def test_tasks_of_a_category_stand_together():
    order = order_tasks(study(("small",), tasks=8)["small"])
    kinds = [CATEGORIES[task] for task in order]
    assert kinds == sorted(kinds, key=kinds.index)


def test_the_fewest_tasks_are_drawn():
    figure = draw(study(("small",), tasks=2), 0.95)
    assert len(cells(panels(figure, "Gain with both")[0])) == 2


def test_the_table_holds_every_size_and_every_pair(results):
    table = tabulate(results)
    assert len(table) == 2 * (2 * 4 + 30)
    rows = table[(table["model"] == "small") & (table["other_task"] == "rhymes")].set_index("task")
    pair = results["small"].matrix["addition"]["rhymes"]
    assert rows.loc["addition", "deviation"] == pair.deviation.value
    assert rows.loc["addition", "change_pvalue"] == pair.change_pvalue
    sizes = table[table["task"].isna() & (table["model"] == "small") & (table["kind"] == "random")].set_index("at_once")
    assert sizes.loc[6, "sum_low"] == results["small"].random["6"].sum.low


def test_two_runs_write_the_same_bytes_and_what_they_draw(results, tmp_path):
    write_results(results, tmp_path / "together.json")
    for name in ("one", "two"):
        main(
            SimpleNamespace(together=tmp_path / "together.json"),
            SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"),
            SimpleNamespace(confidence_level=0.95),
        )
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert len(read_csv(tmp_path / "one.csv")) == len(tabulate(results))
