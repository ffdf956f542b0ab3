"""The README says what is so."""

import re

import pytest
from project import ROOT, Project
from workflow_rules import rules_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
ARROW = re.compile(r"^\s*(\w+) --> (\w+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project.copy(tmp_path_factory.mktemp("shipped") / "project")


def followers(arrows: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Return for each rule all that follow it, directly or not."""
    found = {end: set() for arrow in arrows for end in arrow}
    for _ in found:
        for start, end in arrows:
            found[start] |= {end} | found[end]
    return found


def test_the_picture_of_the_workflow_leaves_out_only_arrows_that_others_imply(project):
    drawn = project.succeed("--rulegraph", "mermaid-js", "report")
    rules = dict(re.findall(r"(id\d+)\[(\w+)\]", drawn))
    arrows = [(rules[start], rules[end]) for start, end in ARROW.findall(drawn)]
    picture = ARROW.findall(README.partition("```mermaid")[2].partition("```")[0])
    assert set(picture) <= set(arrows)
    assert followers(picture) == followers(arrows)


#: The jobs that sweep, of studies whose models are known: one a layer.
SWEPT = {"embedded": 30, "paper": 12 + 24, "pythia": 12}


@pytest.mark.parametrize(
    ("study", "experiments"), re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\d,]+) \|", README, re.MULTILINE)
)
def test_the_table_of_studies_counts_as_the_workflow_does(project, study, experiments):
    # What config.yaml says is what runs without a word.
    printed, jobs = project.dry_run(*([] if study == "embedded" else ["--config", f"study={study}"]))
    assert f"Study {study}: {experiments} experiments over " in printed
    assert jobs["amplify_layer"] == SWEPT.get(study, jobs["amplify_layer"])
    assert jobs["report"] == 1
    if told := re.search(rf"the study `{study}` submits (\d+) jobs", README):
        submitted = {name for name, rule in rules_of().items() if rule["script"] and not rule["local"]}
        assert int(told[1]) == sum(count for name, count in jobs.items() if name in submitted)


def test_every_file_that_is_linked_is_there():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
