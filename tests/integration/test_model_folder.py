"""A model's local folder: the workflow watches what is read of it, and nothing else."""

import json
import re
from pathlib import Path

import pytest
from disks import small_disk
from project import Project, tiny_config
from tiny_models import build_tiny_model

TARGET = "results/tiny/baseline/tiny.parquet"
FOLDER = Path("models") / "tiny"


@pytest.fixture
def project(ranked, tmp_path) -> Project:
    """A project that has measured the baseline of a tiny model."""
    return Project.copy(tmp_path / "project", ranked.folder)


def test_files_that_nobody_reads_plan_nothing_added_edited_or_deleted(project):
    for name in ("NOTES.md", "pytorch_model.bin", "optimizer.pt", "generation_config.json", "modeling_tiny.py"):
        (project.folder / FOLDER / name).write_text("{}")
    assert project.planned(TARGET) == {}
    (project.folder / FOLDER / "NOTES.md").write_text("more")
    (project.folder / FOLDER / "generation_config.json").unlink()
    assert project.planned(TARGET) == {}


def test_a_file_that_is_written_again_with_the_same_bytes_plans_nothing(project):
    for path in (project.folder / FOLDER).iterdir():
        path.write_bytes(path.read_bytes())
    assert project.planned(TARGET) == {}


def test_an_edit_of_what_is_read_fetches_the_model_again(project):
    path = project.folder / FOLDER / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"chat_template": "{{ messages }}"}))
    assert project.planned(TARGET)["fetch_model"] == 1


def test_an_adapter_that_is_added_is_refused_and_not_ignored(project):
    (project.folder / FOLDER / "adapter_config.json").write_text("{}")
    code, printed = project.run(TARGET)
    assert code != 0
    assert "error: config.yaml: models.tiny.path: adapter_config.json belongs to an adapter" in printed
    assert "Traceback" not in printed


def test_a_fetch_of_the_same_model_leaves_the_same_bytes(project):
    folder = project.folder / "results" / "models" / "tiny"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    project.succeed("--force", "results/models/tiny/model.safetensors")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_disk_that_fills_up_ends_a_job_with_one_line_and_leaves_nothing(tmp_path):
    project = Project.copy(tmp_path / "project")
    build_tiny_model("llama", project.folder / FOLDER)
    project.write_config(tiny_config(["tiny"]))
    with small_disk(project.folder / "results", kilobytes=600):
        code, printed = project.run(TARGET)
        assert project.half_written() == []
    assert code != 0
    assert re.search(r"error: \S*results/models/\S*: No space left on device \(.* MB free, .* MB needed\)", printed)
    assert "Traceback" not in printed
