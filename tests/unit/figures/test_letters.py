import pytest
from matplotlib.figure import Figure

from sna.figures.letters import panel_letters, title_panel
from sna.figures.style import styled
from sna.formats import letter, letters


def test_every_panel_has_a_letter_of_its_own_and_a_single_one_has_none():
    assert list(panel_letters(3)) == ["a", "b", "c"]
    assert list(panel_letters(1)) == [""]
    assert [letter(number) for number in (25, 26, 51, 52)] == ["z", "aa", "az", "ba"]
    assert len(set(panel_letters(120))) == 120


@pytest.mark.parametrize(
    ("numbers", "written"),
    [
        ([0], "(a)"),
        (range(2), "(a, b)"),
        (range(12), "(a to l)"),
        (range(1, 9, 4), "(b, f)"),
        ([0, 1, 2, 5], "(a to c, f)"),
    ],
)
def test_a_caption_names_panels_by_their_letters(numbers, written):
    assert letters(numbers) == written


@styled()
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_long_heading_stands_above_its_panel_and_takes_no_room_beside_it(scale):
    figure = Figure(figsize=(6, 3))
    panels, signs = figure.subplots(1, 2), panel_letters(2)
    title_panel(panels[0], signs, "A title", model="a model whose name is longer than the panel is wide, by far")
    title_panel(panels[1], signs, "A title")
    panels[0].set_xscale(scale)
    figure.draw_without_rendering()
    letter_a, name = (next(text for text in panels[0].texts if text.get_gid() == gid) for gid in ("letter", "model"))
    assert letter_a.get_text() == "a"
    assert letter_a.get_window_extent().x1 <= panels[0].bbox.x0
    assert name.get_window_extent().y0 > panels[0].bbox.y1
    assert name.get_window_extent().y1 <= figure.bbox.y1
    assert panels[0].bbox.width == pytest.approx(panels[1].bbox.width, rel=0.05)
