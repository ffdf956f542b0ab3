from types import SimpleNamespace

import pandas as pd
import pytest
from drawn import headings
from made_up_alternatives import made_up_alternatives
from plot_alternatives import draw, main, tabulate

from sna.inputs.config import Statistics
from sna.statistics.alternatives_model import analyze_alternatives
from sna.statistics.results import by_model, write_results

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)


def study_of(**made):
    tables = made_up_alternatives(**made)
    return {
        model: analyze_alternatives(*rows, 20, SETTINGS)
        for model, *rows in by_model(tables.answers, tables.prose, tables.methods)
    }


@pytest.fixture(scope="module")
def results():
    return study_of(surprise={"lora": 0.5})


@pytest.fixture(scope="module")
def panels(results):
    return draw(results, 0.9).axes


def line(axes, gid):
    [found] = [line for line in axes.lines if line.get_gid() == gid]
    return found


def texts(axes, gid):
    return [text.get_text() for text in axes.texts if text.get_gid() == gid]


def test_every_method_but_doing_nothing_is_a_row(results, panels):
    titles = [method.title for method in results["small"].methods.values()][1:]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == titles
    for axes in panels[:3]:
        assert axes.get_ylim() == (len(titles) - 0.5, -0.5)


def test_means_are_hollow_where_they_cannot_be_told_from_nothing(results, panels):
    for name, method in list(results["small"].methods.items())[1:]:
        found = line(panels[0], f"logit {name}")
        assert found.get_xdata()[0] == pytest.approx(method.versus["nothing"].logit.value)
        hollow = found.get_markerfacecolor() == "white"
        assert hollow == (method.versus["nothing"].called == "cannot tell")


def test_every_task_is_a_point(results, panels):
    for name, method in list(results["small"].methods.items())[1:]:
        drawn = [line for line in panels[0].lines if str(line.get_gid()).startswith(f"tasks {name} ")]
        found = sorted(value for line in drawn for value in line.get_xdata())
        assert found == pytest.approx(sorted(own.logit for own in method.by_task.values()))


def test_beside_a_row_stands_what_it_is_called_beside_amplification_and_what_it_needs(results, panels):
    methods = list(results["small"].methods.values())[1:]
    assert texts(panels[3], "called")[:2] == ["\N{EN DASH}", "worse"]
    assert len(texts(panels[3], "called")) == len(methods)
    assert texts(panels[3], "stored") == ["7"] * len(methods)
    assert texts(panels[3], "read")[-1] == "3.0\N{MULTIPLICATION SIGN}"


def test_axes_name_units_and_the_key_the_interval(results):
    figure = draw(results, 0.9)
    labels = [axes.get_xlabel() for axes in figure.axes[:3]]
    assert ["nats" in labels[0], "points" in labels[1], "multiple" in labels[2]] == [True] * 3
    assert any("90\N{NO-BREAK SPACE}% interval" in text.get_text() for text in figure.legends[0].get_texts())


@pytest.mark.filterwarnings("error")
def test_a_single_task_and_two_models_are_drawn():
    results = study_of(models=("large", "small"), tasks=1)
    titles = headings(draw(results, 0.9).axes)
    assert [title.split(":")[0] for title in titles] == ["large", "small"]


def test_two_runs_write_the_same_bytes_and_all_that_is_drawn(tmp_path, results):
    write_results(results, tmp_path / "alternatives.json")
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(
            SimpleNamespace(alternatives=tmp_path / "alternatives.json"), output, SimpleNamespace(confidence_level=0.9)
        )
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    written = pd.read_csv(tmp_path / "one.csv")
    assert written["logit"].to_list() == pytest.approx(tabulate(results)["logit"].to_list())
    assert len(written) == (len(results["small"].methods) - 1) * 13
