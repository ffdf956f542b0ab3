"""A local file of SST-2, as GLUE has it, goes through the workflow."""

import pandas as pd
import pytest
from project import Project

TARGET = "results/tiny/reviews/llama.parquet"


@pytest.fixture
def project(reported, tmp_path) -> Project:
    """A project that has validated tiny models on a local file."""
    return Project.copy(tmp_path / "project", reported.folder)


def append(project: Project, line: str) -> None:
    with open(project.folder / "reviews.tsv", "a", encoding="utf-8") as file:
        file.write(line)


def test_the_parts_come_from_the_file(reported):
    table = pd.read_parquet(reported.folder / TARGET)
    assert table.groupby("part")["number"].nunique().to_dict() == {"test": 6, "tuning": 4}
    # Odd rows of the file are positive.
    assert (table["label"] == table["number"].mod(2).map({0: "negative", 1: "positive"})).all()


def test_an_edit_of_the_file_validates_again(project):
    before = pd.read_parquet(project.folder / TARGET)
    append(project, "".join(f"another film {number} \t{number % 2}\n" for number in range(200)))
    project.succeed(TARGET)
    assert set(pd.read_parquet(project.folder / TARGET)["number"]) != set(before["number"])


def test_a_malformed_line_is_refused_with_its_number(project):
    append(project, "a film without a label\n")
    code, printed = project.run(TARGET)
    assert code != 0
    assert "error: config.yaml: reviews.tiny.path: reviews.tsv:22: must hold sentence, label" in printed
    assert "Traceback" not in printed


def test_a_missing_file_names_its_key(project):
    (project.folder / "reviews.tsv").unlink()
    code, printed = project.run(TARGET)
    assert code != 0
    assert "config.yaml: reviews.tiny.path: there is no file reviews.tsv" in printed
