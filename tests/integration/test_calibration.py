"""A model is calibrated by a command, beside the studies."""

import shutil

import pytest
import yaml
from project import Project

from sna.calibration.results import Calibration

ASKED = ["--config", "model=tiny", "task=antonyms"]
FOLDER = "results/calibrations/tiny/antonyms"


@pytest.fixture(scope="module")
def project(ranked, tmp_path_factory) -> Project:
    """A project in which a task was calibrated."""
    copy = Project.copy(tmp_path_factory.mktemp("calibrated") / "project", ranked.folder)
    copy.succeed("calibrate", *ASKED)
    return copy


def refused(project: Project, *given: str) -> str:
    """Ask for a calibration, which must be refused before anything runs; return what was printed."""
    code, printed = project.run("calibrate", "--dry-run", "--config", *given)
    assert code != 0
    assert "Traceback" not in printed
    return printed


def test_a_calibration_is_there_and_is_not_made_again(project):
    assert Calibration.read(project.folder / FOLDER / "recommendation.json").searched.layers == [0, 2, 3]
    assert "Nothing to be done" in project.succeed("calibrate", *ASKED)


def test_a_calibration_is_audited_as_it_was_asked_for(project):
    code, printed = project.audit(f"{FOLDER}/calibration.html")
    assert code == 0, printed
    page = project.folder / FOLDER / "calibration.html"
    before = page.read_bytes()
    page.write_bytes(before + b" ")
    code, printed = project.audit(f"{FOLDER}/calibration.html")
    page.write_bytes(before)
    assert code != 0
    assert "modified" in printed
    assert "--config study=tiny model=tiny task=tasks/antonyms.yaml" in printed


def test_a_task_may_be_anybodys(project, tmp_path):
    own = yaml.safe_load((project.folder / "tasks" / "antonyms.yaml").read_text(encoding="utf-8"))
    file = tmp_path / "opposites.yaml"
    file.write_text(yaml.safe_dump(own | {"name": "opposites"}), encoding="utf-8")
    said = f"{file}: evaluation: 12 prompts given; a calibration needs 24 at least: add 12 more"
    assert said in refused(project, "model=tiny", f"task={file}")
    (tmp_path / "fresh").mkdir()
    shutil.copy(project.folder / "tasks" / "fresh" / "antonyms.tsv", tmp_path / "fresh" / "opposites.tsv")
    assert project.planned("calibrate", "--config", "model=tiny", f"task={file}") == {
        "calibrate_task": 1,
        "calibrate": 1,
    }


def test_without_a_model_and_a_task_the_command_says_that_it_takes_both(project):
    code, printed = project.run("calibrate", "--dry-run")
    assert code != 0
    assert "config.yaml: model and task: none given; name both: calibrate --config model=NAME" in printed


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["model=gpt3", "task=antonyms"], "config.yaml: model: there is no model 'gpt3'; choose one of tiny"),
        (["model=tiny", "task=opposites"], "config.yaml: task: there is no file tasks/opposites.yaml; "),
        (["task=antonyms"], "config.yaml: model: none given; calibrate takes both: "),
    ],
)
def test_what_cannot_be_calibrated_is_refused_before_anything_runs(project, given, said):
    assert said in refused(project, *given)
