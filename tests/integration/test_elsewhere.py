"""One checkout serves many folders: studies that are run elsewhere, and workflows that use it as a module."""

import shutil
from pathlib import Path

import pytest
import yaml
from project import FIGURES, ROOT, Project, tiny_config

WORKFLOW = str(ROOT / "Snakefile")
FIGURE = FIGURES[1]
#: A workflow that draws a figure of a study, and does something with it.
PARENT = f"""
configfile: "own.yaml"


rule summary:
    input:
        "{FIGURE}",
    output:
        "summary.svg",
    shell:
        "cp {{input}} {{output}}"


module sna:
    snakefile:
        "{WORKFLOW}"
    config:
        config["amplification"]


use rule * from sna as sna_*
"""


def move(project: Project, folder: Path) -> Project:
    """Copy what a project's owner made, and nothing of what it was shipped with."""
    for part in ("models", "results"):
        shutil.copytree(project.folder / part, folder / part)
    shutil.copy2(project.folder / "reviews.tsv", folder)
    return Project(folder)


@pytest.fixture
def elsewhere(drawn, tmp_path) -> Project:
    """A folder with a configuration of its own, and results that were made in a project."""
    study = move(drawn, tmp_path)
    study.write_config(tiny_config(["tiny"]))
    return study


def test_a_study_goes_on_in_a_folder_that_has_a_configuration_alone(elsewhere, drawn):
    assert elsewhere.planned("--snakefile", WORKFLOW, *FIGURES) == {}
    (elsewhere.folder / FIGURE).unlink()
    printed = elsewhere.succeed("--snakefile", WORKFLOW, *FIGURES)
    assert "plot_layers runs again: missing" in printed
    for name in (FIGURE, "results/tiny/records/plot_layers.json"):
        assert (elsewhere.folder / name).is_file()
    assert (elsewhere.folder / FIGURE).read_bytes() == (drawn.folder / FIGURE).read_bytes()
    # From the project, whose own folder has no such study.
    code, printed = drawn.python(str(ROOT / "scripts" / "audit.py"), str(elsewhere.folder / FIGURE))
    assert code == 0, printed


def test_a_task_of_a_folders_own_goes_before_that_of_the_project(elsewhere):
    own = elsewhere.folder / "tasks" / "addition.yaml"
    own.parent.mkdir()
    own.write_text((ROOT / "tasks" / "addition.yaml").read_text(encoding="utf-8") + "# Ours.\n", encoding="utf-8")
    printed, jobs = elsewhere.dry_run("--snakefile", WORKFLOW, FIGURE)
    assert {"measure_baseline", "rank_neurons"} <= set(jobs)
    assert "tasks/addition.yaml has another checksum than was recorded" in printed


def test_another_workflow_uses_this_one_as_a_module(drawn, tmp_path):
    parent = move(drawn, tmp_path)
    (parent.folder / "Snakefile").write_text(PARENT, encoding="utf-8")
    (parent.folder / "own.yaml").write_text(yaml.safe_dump({"amplification": tiny_config(["tiny"])}), encoding="utf-8")
    (parent.folder / FIGURE).unlink()
    printed = parent.succeed("summary", "--workflow-profile", str(ROOT / "profiles" / "default"))
    assert "sna_plot_layers" in printed
    assert (parent.folder / "summary.svg").read_bytes() == (drawn.folder / FIGURE).read_bytes()
    assert parent.planned("summary", "--workflow-profile", str(ROOT / "profiles" / "default")) == {}
