"""Exhibits: every figure and table in one place of the page, numbered in the page's order, with its texts."""

from pathlib import Path

import pandas as pd
import pytest

from sna.errors import InputError
from sna.inputs.exhibits import Exhibit, read_exhibits
from sna.report.exhibits import arrange_exhibits, read_figure, read_rows, write_texts
from sna.tables import write_csv
from sna.verdicts.claims import read_claims
from sna.verdicts.questions import read_questions

REPORT = Path(__file__).parents[3] / "report"
CLAIMS, QUESTIONS = read_claims(REPORT / "claims.yaml"), read_questions(REPORT / "questions.yaml")
#: All exhibits, with texts that need no study.
BARE = dict.fromkeys(read_exhibits(REPORT / "exhibits.yaml"), Exhibit(title="Bare", caption="Bare."))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"/>'


def test_an_exhibit_that_is_not_there_is_named_with_its_claim():
    claims = {"saturation": CLAIMS["saturation"]}
    there = {name: BARE[name] for name in ("figures/saturation", "tables/tasks")}
    with pytest.raises(InputError, match="claim-saturation: exhibits: there is no 'figures/null_model'"):
        arrange_exhibits(claims, {}, there, {})


def test_an_exhibit_is_shown_in_the_first_section_that_names_it_and_numbered_in_the_order_of_the_page():
    declared = BARE | {"tables/example": BARE["tables/zones"]}
    shown = arrange_exhibits(CLAIMS, QUESTIONS, declared, {})
    assert set(shown) == set(declared)
    assert shown["figures/saturation"].section == "claim-saturation"
    assert shown["figures/layers"].section == "claim-layer-arithmetic"
    assert shown["figures/choices"].section == "question-choices"
    assert shown["tables/example"].section == "results"
    assert shown["figures/saturation"].label == "Figure 1"
    assert list(dict.fromkeys(exhibit.section.partition("-")[0] for exhibit in shown.values())) == [
        "claim", "question", "results"
    ]  # fmt: skip


def test_no_two_exhibits_have_the_same_title():
    """Snakemake's own report lists them by it."""
    titles = [exhibit.title for exhibit in read_exhibits(REPORT / "exhibits.yaml").values()]
    assert len(titles) == len(set(titles))


def test_what_no_claim_or_question_shows_stands_in_the_section_that_it_names():
    of_tasks, of_verdicts = (Exhibit(title="Bare", caption="Bare.", section=name) for name in ("tasks", "verdicts"))
    declared = {"tables/zones": BARE["tables/zones"], "tables/tasks": of_tasks, "tables/fresh": of_verdicts}
    shown = arrange_exhibits({}, {}, declared, {})
    assert {name: (exhibit.section, exhibit.label) for name, exhibit in shown.items()} == {
        "tables/fresh": ("verdicts", "Table 1"),
        "tables/tasks": ("tasks", "Table 2"),
        "tables/zones": ("results", "Table 3"),
    }


def test_a_caption_goes_on_with_the_details_and_each_model_is_described_by_its_name():
    exhibit = Exhibit(
        title="Rates",
        caption="At {{ config.level | level }}.",
        details="Of {{ models | length }}.",
        alt="Bars of\n{{ statistics.success[model] | share }}, {{ tables['tables/rates'] }}",
    )
    known = {"config": {"level": 0.95}, "statistics": {"success": {"a": 0.5, "b": 1}}, "tables": {"tables/rates": "R"}}
    texts = write_texts("figures/rates", exhibit, known | {"models": ["a", "b"]})
    assert texts["caption"] == "At 95\N{NO-BREAK SPACE}%. Of 2."
    assert texts["alt"] == ("Rates. On a: Bars of 50.0\N{NO-BREAK SPACE}%, R On b: Bars of 100.0\N{NO-BREAK SPACE}%, R")
    assert write_texts("figures/rates", exhibit, known | {"models": ["a"]})["alt"].startswith("Rates. Bars of 50.0")


def test_a_text_that_cannot_be_rendered_is_named_with_file_exhibit_and_key():
    exhibit = Exhibit(title="Rates", caption="Rates.", details="{{ statistics.success.missing }}")
    known = {"config": {}, "models": ["a"], "statistics": {"success": {}}, "tables": {}}
    with pytest.raises(InputError, match=r"^report/exhibits\.yaml: figures/rates: details: .*missing"):
        write_texts("figures/rates", exhibit, known)


@pytest.mark.parametrize("content", ["<svg", "<svg/>", SVG.replace("72pt", "wide")])
def test_a_broken_figure_is_named(tmp_path, content):
    (tmp_path / "figure.svg").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"figure\.svg: not an SVG file"):
        read_figure(tmp_path / "figure.svg")


def test_a_figure_keeps_its_size(tmp_path):
    (tmp_path / "figure.svg").write_text(SVG, encoding="utf-8")
    (tmp_path / "figure.pdf").write_bytes(b"%PDF")
    figure = read_figure(tmp_path / "figure.svg")
    assert (figure.width, figure.height) == (96, 48)
    assert figure.pdf == "data:application/pdf;base64,JVBERg=="


@pytest.mark.parametrize("name", ["nan", "NA", "null", "None", "007", "1e5", "True", "m"])
def test_a_name_that_pandas_takes_for_a_number_or_for_nothing_is_read_as_it_was_written(tmp_path, name):
    row = {"model": name, "task": name, "names": name, "baseline": 0.5, "held_out": None, "zone": 1}
    write_csv(pd.DataFrame([row]), tmp_path / "tasks.csv")
    assert read_rows(tmp_path / "tasks.csv") == [row]
