from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sna.figures.labels import label_points, spread
from sna.figures.style import styled


@styled()
def labelled(x, y, names):
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    labels = label_points(axes, x, y, names, fontsize=8)
    figure.draw_without_rendering()
    return axes, labels, [Text.get_window_extent(label) for label in labels]


def test_labels_of_crowded_points_cover_neither_each_other_nor_a_point():
    rng = np.random.default_rng(0)
    x, y = 0.5 + rng.uniform(-0.12, 0.12, (2, 12))
    axes, _, boxes = labelled(x, y, [f"some task {number}" for number in range(12)])
    assert not any(Bbox.intersection(one, other) for one, other in combinations(boxes, 2))
    points = axes.transData.transform(np.column_stack([x, y]))
    assert not any(box.contains(*point) for box in boxes for point in points)


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_line_to_a_label_crosses_no_other_point_or_label_where_there_is_room(seed):
    rng = np.random.default_rng(seed)
    x, y = 0.5 + rng.uniform(-0.08, 0.08, (2, 9))
    axes, labels, boxes = labelled(x, y, [f"some task {number}" for number in range(9)])
    points = axes.transData.transform(np.column_stack([x, y]))
    led = [number for number, label in enumerate(labels) if label.arrow_patch is not None]
    assert led
    for number in led:
        line = Path([points[number], np.clip(points[number], boxes[number].p0, boxes[number].p1)])
        assert not any(line.intersects_bbox(box) for other, box in enumerate(boxes) if other != number)
        nearest = [np.abs(line.interpolated(100).vertices - point).max(axis=1).min() for point in points]
        assert all(distance > 3 for other, distance in enumerate(nearest) if other != number)


def test_a_label_at_the_edge_stays_inside_the_axes():
    axes, _, boxes = labelled([0.99], [0.99], ["python expressions"])
    assert boxes[0].x1 <= axes.bbox.x1
    assert boxes[0].y1 <= axes.bbox.y1


def test_the_same_points_give_the_same_labels():
    points = [0.5, 0.51, 0.52], [0.5, 0.5, 0.5]
    first, second = (labelled(*points, ["a", "b", "c"])[1] for _ in range(2))
    assert [label.xyann for label in first] == [label.xyann for label in second]


@settings(max_examples=50)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=10))
def test_spread_positions_keep_their_distance_order_and_limits(positions):
    moved = spread(positions, 8, (0, 100))
    assert np.diff(np.sort(moved)) == pytest.approx(np.maximum(np.diff(np.sort(moved)), 8))
    assert (np.argsort(moved) == np.argsort(positions, kind="stable")).all()
    assert moved.min() >= -1e-9
    assert moved.max() <= 100 + 1e-9


def test_positions_that_are_far_apart_stay_where_they_are():
    assert spread([50, 10, 90], 8, (0, 100)).tolist() == pytest.approx([50, 10, 90])
