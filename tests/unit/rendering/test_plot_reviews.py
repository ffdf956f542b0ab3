from types import SimpleNamespace

import pytest
from made_up import made_up_classified
from plot_reviews import SERIES, draw, main

from sna.formats import estimate, number
from sna.inputs.config import Statistics
from sna.statistics.results import write_results
from sna.statistics.reviews import Asked, Certainty, measure_reviews

CERTAINTY = Certainty(bins=[0.5, 0.7, 0.9, 1.0], uncertain=0.7, confident=0.9)
SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)


def measured(**made):
    return measure(made_up_classified(**made))


def measure(classified):
    return measure_reviews(classified, Asked("SST-2", True, {}), 100, CERTAINTY, SETTINGS)


@pytest.fixture(scope="module")
def reviews():
    return {"large": measured(model="large", truth="better"), "small": measured(truth="shift", test=100)}


@pytest.fixture(scope="module")
def figure(reviews):
    return draw(reviews, 0.9)


def points(axes):
    """Return the height of each point, by group and series."""
    shown = [line for line in axes.lines if line.get_marker() in {look["marker"] for look in SERIES.values()}]
    return [float(line.get_ydata()[0]) for line in shown]


def test_each_model_has_a_panel_by_confidence_and_one_by_label(figure):
    confidence, label, *_ = figure.axes
    assert len(figure.axes) == 4
    assert [text.get_text() for text in label.get_xticklabels()] == [
        "negative\nn = 200", "positive\nn = 200", "all\nn = 400",
    ]  # fmt: skip
    assert [text.get_text().partition("\n")[0] for text in confidence.get_xticklabels()] == [
        "0.5 to 0.7", "0.7 to 0.9", "0.9 to 1",
    ]  # fmt: skip
    assert confidence.get_title(loc="left") == "Layer 2, 50 neurons, multiplier 3"


def shares(group):
    """Return a group's three shares, and their intervals."""
    return [group.before, group.after, group.shift.right], [
        group.before_interval, group.after_interval, group.shift.interval,
    ]  # fmt: skip


def test_each_group_of_the_test_part_has_its_three_shares_in_percent(reviews, figure):
    test = reviews["small"].test
    by_confidence, by_label = figure.axes[2:]
    assert points(by_confidence) == pytest.approx([100 * share for group in test.bins for share in shares(group)[0]])
    assert points(by_label)[-3:] == pytest.approx([100 * share for share in shares(test.all)[0]])


def test_the_change_stands_above_each_group_with_its_interval(reviews, figure):
    changes = [text.get_text() for text in figure.axes[0].texts if text.get_gid() == "change"]
    first = reviews["large"].test.bins[0].difference
    assert len(changes) == 3
    assert changes[0].replace("\n", " ") == estimate(first, "points").replace("\N{NO-BREAK SPACE}points", "")
    assert changes[0].count("\n") == 1


def test_an_empty_group_is_named_and_left_blank():
    sure = made_up_classified(test=20).query("part == 'tuning' or positive_before > 9 * negative_before")
    found = measure(sure)
    confidence = draw({"small": found}, 0.9).axes[0]
    assert confidence.get_xticklabels()[0].get_text() == "0.5 to 0.7\nn = 0"
    assert len(points(confidence)) == 3


def test_each_share_has_its_interval(reviews, figure):
    bars = [list(line.get_ydata()) for line in figure.axes[2].lines if len(line.get_ydata()) == 2][1:]
    intervals = [interval for group in reviews["small"].test.bins for interval in shares(group)[1]]
    assert bars == [[100 * interval.low, 100 * interval.high] for interval in intervals]


def test_the_area_under_the_curve_is_told(reviews, figure):
    auc = reviews["small"].test.all.auc
    said = figure.axes[3].get_title(loc="left")
    assert number(auc.before) in said
    assert estimate(auc.difference) in said


def test_axes_and_key_name_quantity_and_unit(figure):
    assert figure.axes[0].get_ylabel() == "Sentences classified right (%)"
    assert figure.axes[2].get_xlabel() == "Confidence before amplification"
    key = figure.legends[0]
    assert [text.get_text() for text in key.get_texts()] == list(SERIES)
    assert "90\N{NO-BREAK SPACE}%" in key.get_title().get_text()


def test_two_runs_write_the_same_bytes(tmp_path, reviews):
    write_results(reviews, tmp_path / "reviews.json")
    tables = SimpleNamespace(reviews=tmp_path / "reviews.json")
    for name in ("one.svg", "two.svg"):
        main(tables, SimpleNamespace(exhibit=tmp_path / name), SimpleNamespace(confidence_level=0.9))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
