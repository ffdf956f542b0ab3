import io
from typing import get_args
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from sna.figures.saving import save_figure
from sna.figures.style import (
    COLOURS,
    MARKERS,
    in_order,
    logit_axis,
    percent_limits,
    percent_norm,
    percent_ticks,
    probability_axis,
    styled,
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


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return the same figure saved twice, by the ending of its files."""
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp(name)
        save_figure(figure_with_text(), folder / "figure.svg", "0123abcd")
    return [
        {path.suffix[1:]: path.read_bytes() for path in each.iterdir()} for each in (folder, folder.parent / "one0")
    ]


def test_the_same_figure_gives_the_same_bytes(saved):
    assert set(saved[0]) == {"svg", "pdf", "png"}
    assert saved[0] == saved[1]


def test_a_saved_figure_holds_no_date(saved):
    assert b"dc:date" not in saved[0]["svg"]
    assert b"CreationDate" not in saved[0]["pdf"]


def test_text_stays_text_in_fonts_that_journals_take_and_browsers_have(saved):
    texts = [element for element in ElementTree.fromstring(saved[0]["svg"]).iter() if element.tag.endswith("}text")]
    (text,) = [text for text in texts if text.text == "python idioms"]
    assert "'DejaVu Sans', " in text.get("style")
    assert "sans-serif" in text.get("style")
    assert b"/FontFile2" in saved[0]["pdf"], "TrueType"
    assert b"/Type3" not in saved[0]["pdf"]


def test_a_printed_figure_has_300_dots_an_inch(saved):
    with Image.open(io.BytesIO(saved[0]["png"])) as image:
        assert image.size == (600, 300)


def test_a_figure_names_the_record_of_its_job(saved):
    assert b"<dc:identifier>0123abcd</dc:identifier>" in saved[0]["svg"]
    assert b"/Keywords (0123abcd)" in saved[0]["pdf"]
    with Image.open(io.BytesIO(saved[0]["png"])) as image:
        assert image.text["Identifier"] == "0123abcd"


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


@given(st.lists(st.floats(-30, 30), min_size=1))
def test_a_logit_axis_shows_every_value_and_zero(values):
    axes = Figure().subplots()
    logit_axis(axes, values)
    low, high = axes.get_ylim()
    assert low < min(0, *values)
    assert high > max(0, *values)
    assert 0 in axes.get_yticks()


def test_ticks_of_tiny_probabilities_are_powers_of_ten():
    axes = Figure().subplots()
    probability_axis(axes, [1e-6, 1])
    assert [axes.xaxis.get_major_formatter()(tick) for tick in (1e-5, 0.1, 1)] == ["10⁻⁵", "10⁻¹", "1"]
