from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from drawn import headings
from made_up_transition import TOO_SMALL, TRANSITION, made_up_course
from plot_transition import ALL, describe, draw, main, tabulate

from sna.inputs.config import Statistics
from sna.statistics.results import write_results
from sna.statistics.transition import measure_transition

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)


@pytest.fixture(scope="module")
def study():
    found = measure_transition(made_up_course(prompts=120), (0.07, 0.1), SETTINGS)
    return found, draw({"small": found}, 0.9)


def lines(axes):
    return {line.get_gid(): line.get_xydata() for line in axes.lines if line.get_gid()}


@pytest.mark.parametrize(("row", "name"), [(0, "logit_gain"), (1, "improvement")])
def test_the_curve_and_the_composed_tasks_are_where_they_were_measured(study, row, name):
    found, figure = study
    curve, parts = figure.axes[2 * row : 2 * row + 2]
    assert lines(curve)["curve"].T[1] == pytest.approx([each.value for each in getattr(found.curve, name)])
    assert lines(curve)["curve"].T[0] == pytest.approx(found.curve.baseline)
    for category, own in {ALL: found.change.composed, **found.categories}.items():
        drawn = lines(parts)[f"{name} {category}"].T[1]
        assert drawn == pytest.approx([getattr(part, name).value for part in own.parts.values()])


def test_the_zone_and_the_fitted_boundaries_are_marked(study):
    found, figure = study
    (zone,) = [patch for patch in figure.axes[0].patches if patch.get_gid() == "zone"]
    assert [zone.get_x(), zone.get_x() + zone.get_width()] == pytest.approx(found.boundaries)
    assert lines(figure.axes[0])["boundary"][0][0] == pytest.approx(found.fitted.upper.value)


def test_what_was_found_is_said(study):
    found, figure = study
    assert describe(found) in [text.get_text() for text in figure.axes[0].texts]
    assert "Fitted boundaries: 0.068" in describe(TRANSITION)
    at_edge = replace(TRANSITION, fitted=replace(TRANSITION.fitted, lower=TOO_SMALL.fitted.lower, lower_at_edge=True))
    assert "Fitted boundaries: none and 0.11" in describe(at_edge)


@pytest.mark.filterwarnings("error")
def test_a_study_of_few_prompts_is_drawn_without_curves():
    figure = draw({"large": TRANSITION, "small": TOO_SMALL}, 0.95)
    assert headings(figure.axes[::4]) == ["large", "small"]
    assert "curve" in lines(figure.axes[0])
    assert "curve" not in lines(figure.axes[4])
    assert describe(TOO_SMALL).startswith("Too few prompts in the zone")


def test_every_part_is_in_the_table_with_its_number_of_prompts():
    table = tabulate({"large": TRANSITION, "small": TOO_SMALL})
    parts = table[table["kind"] == "part"].set_index(["model", "category", "part"])["prompts"]
    assert parts["large", "logic", "transition"] == 30
    assert parts["small", ALL, "transition"] == 10


def test_two_runs_write_the_same_bytes(tmp_path, study):
    write_results({"small": study[0]}, tmp_path / "transition.json")
    tables = SimpleNamespace(transition=tmp_path / "transition.json")
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(tables, output, SimpleNamespace(confidence_level=0.9))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert set(pd.read_csv(tmp_path / "one.csv")["kind"]) == {"curve", "part"}
