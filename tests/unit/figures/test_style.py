from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from sna.figures.style import (
    COLOURS,
    DIVERGING,
    MARKERS,
    in_order,
    percent_limits,
    percent_norm,
    percent_ticks,
    probability_axis,
    save_figure,
    styled,
    text_colour,
)
from sna.formats import signed
from sna.inputs.tasks import Category

percents = st.floats(-100, 1e5)


@styled()
def figure_with_text() -> Figure:
    figure = Figure(figsize=(2, 1))
    figure.subplots().set_title("python idioms")
    return figure


def test_every_category_has_its_own_colour_and_marker():
    assert set(COLOURS) == set(MARKERS) == set(get_args(Category))
    assert len(set(COLOURS.values())) == len(set(MARKERS.values())) == len(COLOURS)


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for name in ("one.svg", "two.svg"):
        save_figure(figure_with_text(), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_saved_figure_needs_no_font_and_no_date(tmp_path):
    save_figure(figure_with_text(), tmp_path / "figure.svg")
    svg = (tmp_path / "figure.svg").read_text()
    assert "<text" not in svg
    assert "dc:date" not in svg


def test_a_figure_names_the_record_of_its_job(tmp_path):
    save_figure(figure_with_text(), tmp_path / "figure.svg", "0123abcd")
    assert "<dc:identifier>0123abcd</dc:identifier>" in (tmp_path / "figure.svg").read_text(encoding="utf-8")


def test_tasks_are_ordered_by_category_then_by_name():
    tasks = pd.DataFrame({"category": ["coding", "logic", "arithmetic", "arithmetic"], "task": ["d", "c", "b", "a"]})
    assert in_order(tasks)["task"].tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("percent", "shown"),
    [(0.04, "0.0"), (-0.04, "0.0"), (0.25, "+0.2"), (-4.06, "\N{MINUS SIGN}4.1"), (9.96, "+10"), (72.6, "+73")],
)
def test_a_percentage_is_shown_with_no_more_digits_than_mean_something(percent, shown):
    assert signed(percent) == shown


@given(st.lists(percents, min_size=1))
def test_percent_limits_show_every_value_and_zero(values):
    low, high = percent_limits(values)
    assert low < min(0, *values)
    assert high > max(0, *values)


@given(percents, percents)
def test_percent_ticks_are_few_inside_the_limits_and_hold_zero(one, other):
    low, high = percent_limits([one, other])
    ticks = percent_ticks(low, high)
    assert 0 in ticks
    assert ticks == sorted(set(ticks))
    assert all(low <= tick <= high for tick in ticks)
    assert len(ticks) <= 12


@given(st.lists(st.floats(1e-30, 1), min_size=1))
def test_a_probability_axis_shows_every_value_and_little_beyond_certainty(values):
    axes = Figure().subplots()
    probability_axis(axes, iter(values))
    low, high = axes.get_xlim()
    assert low < min(values)
    assert max(values) < high <= 1.1


@given(st.lists(percents, min_size=1))
def test_no_improvement_is_the_middle_of_the_colours(values):
    assert percent_norm(values)(0.0) == pytest.approx(0.5)


def test_text_stands_out_from_every_colour_of_the_map():
    assert text_colour(DIVERGING(0.5)) != "white"
    assert {text_colour(DIVERGING(end)) for end in np.array([0.0, 1.0])} == {"white"}
