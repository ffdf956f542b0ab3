"""What the documentation takes from the project's files is there."""

import re

import pytest
import sources
from project import ROOT
from workflow_rules import rules_of

from sna import tables
from sna.tables import Table

DOCS = ROOT / "docs"

TABLES = {name: table for name, table in vars(tables).items() if isinstance(table, Table)}
WORDS = sources.read_words(sources.TABLES.read_text(encoding="utf-8"))
PAGES = sorted(DOCS.glob("*.md"))


def test_every_table_is_in_the_dictionary():
    assert list(WORDS) == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_comment_says_what_a_table_is_and_what_each_of_its_columns_holds(name):
    words = WORDS[name]
    assert words.table
    assert [column for column in TABLES[name].columns if column not in words.columns] == []


def test_the_files_that_the_comments_name_are_those_that_the_workflow_writes():
    named = [path for words in WORDS.values() for path in re.findall(r"`(\S+\.parquet)`", words.table)]
    written = [path for rule in rules_of().values() for path in rule["output"] if path.endswith(".parquet")]
    assert sorted(named) == sorted(path.removeprefix("results/embedded/") for path in written)


def test_a_column_without_a_comment_means_what_it_meant_in_the_last_table_that_has_one():
    source = """
# One.
ONE = Table({
    # The first.
    "a": 1,
    "b": 2,
})
# Two,
# on two lines.
TWO = Table(_shared | {"a": 1})
THREE = Table({
    # Another.
    "a": 1,
})
"""
    assert sources.read_words(source) == {
        "ONE": ("One.", {"a": "The first."}),
        "TWO": ("Two, on two lines.", {"a": "The first."}),
        "THREE": ("", {"a": "Another."}),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_takes_from_elsewhere_is_there(page):
    filled = sources.fill(page.read_text(encoding="utf-8"))
    assert "<!--" not in filled
    pictures = re.findall(r"!\[[^\]]*\]\((\S+)\)", filled)
    assert [picture for picture in pictures if not (DOCS / picture).is_file()] == []


def test_a_section_that_the_readme_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no section 'Exploding'"):
        sources.fill("<!-- readme: Exploding -->")


def test_a_file_of_the_project_is_named_where_the_site_cannot_link_it():
    filled = sources.fill("<!-- readme: Extending it -->")
    assert "an entry `figures/<name>` in\n`report/exhibits.yaml`" in filled


def test_a_column_is_described_with_its_type_and_its_values():
    lines = sources.describe_tables().splitlines()
    assert "| `rank` | int64 | 1 or more | Its place among the layer's neurons, from 1. |" in lines
    assert any(line.startswith("| `fold` | string | `first`, `second` | Which half") for line in lines)
    assert any(line.startswith("| `rho` | float64 | -1 to 1 or nothing | Spearman's") for line in lines)


@pytest.mark.parametrize(
    "element",
    ['<script src="https://host/a.js">', "<link rel=x href=//host/a.css>", '<img alt="" src="http://host/a.png">'],
)
def test_a_page_that_loads_something_from_elsewhere_is_refused(tmp_path, element):
    page = tmp_path / "part" / "page.html"
    page.parent.mkdir()
    page.write_text('<a href="https://host/"><img src="a.png"></a>')
    sources.check_site(tmp_path)
    page.write_text(element)
    with pytest.raises(ValueError, match=r"part/page\.html: would load"):
        sources.check_site(tmp_path)
