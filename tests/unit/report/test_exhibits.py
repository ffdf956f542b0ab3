"""Exhibits: every figure and table in one place of the page, numbered in the page's order."""

import pytest
from made_up_study import CLAIMS, FIGURES, QUESTIONS, SVG, TABLES

from sna.errors import InputError
from sna.report.exhibits import arrange_exhibits, read_figure
from sna.verdicts.claims import read_claims
from sna.verdicts.questions import read_questions


def test_an_exhibit_that_is_not_there_is_named_with_its_claim():
    claims = {"saturation": read_claims(CLAIMS)["saturation"]}
    with pytest.raises(InputError, match="claim-saturation: exhibits: there is no 'figures/null_model'"):
        arrange_exhibits(claims, {}, ["figures/saturation", "tables/tasks"])


def test_an_exhibit_is_shown_in_the_first_section_that_names_it_and_numbered_in_the_order_of_the_page():
    claims, questions = read_claims(CLAIMS), read_questions(QUESTIONS)
    names = ["tables/success", *(f"figures/{name}" for name in FIGURES), *(f"tables/{name}" for name in TABLES)]
    named = {name for entry in [*claims.values(), *questions.values()] for name in entry.exhibits}
    shown = arrange_exhibits(claims, questions, [*names, *sorted(named - set(names))])
    assert shown["figures/saturation"].section == "claim-saturation"
    assert shown["figures/layers"].section == "claim-layer-arithmetic"
    assert shown["tables/controls"].section == "question-random-neurons"
    assert shown["tables/success"].section == "results"
    assert shown["figures/saturation"].label == "Figure 1"
    assert list(dict.fromkeys(exhibit.section.partition("-")[0] for exhibit in shown.values())) == [
        "claim", "question", "results"
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["<svg", "<svg/>", SVG.replace("72pt", "wide")])
def test_a_broken_figure_is_named(tmp_path, content):
    (tmp_path / "figure.svg").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"figure\.svg: not an SVG file"):
        read_figure(tmp_path / "figure.svg")


def test_a_figure_keeps_its_size(tmp_path):
    (tmp_path / "figure.svg").write_text(SVG, encoding="utf-8")
    figure = read_figure(tmp_path / "figure.svg")
    assert (figure.width, figure.height) == (96, 48)
