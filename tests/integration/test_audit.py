"""Whatever is changed after a run is named by the audit, and is what the next run makes again: that and no more."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from disks import read_only
from editing import add_comment, edit_function, replace
from project import FIGURES, Project

from sna.files import read_json, sha256, write_json, write_text
from sna.provenance.packages import LOCK

SATURATION = {"analyze_saturation": 1, "analyze_held_out": 1, "plot_saturation": 1}
LAYERS = {"analyze_layers": 1, "plot_layers": 1}
SWEEP = {"amplify_layer": 3, "aggregate_experiments": 1}
MEASURED = {"measure_baseline": 1, "rank_neurons": 1}


def change_byte(path: Path) -> None:
    """Change a byte in the middle of a file, which keeps its size and its time."""
    content, stat = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def in_the_past(edit: Callable[[Path], object]) -> Callable[[Path], None]:
    """Let an edit make its file older than all that was made with it."""

    def edit_in_the_past(path: Path) -> None:
        edit(path)
        os.utime(path, (0, 0))

    return edit_in_the_past


def unseen(edit: Callable[[Path], object]) -> Callable[[Path], None]:
    """Let an edit leave its file with the size and the time that it had."""

    def edit_unseen(path: Path) -> None:
        stat = path.stat()
        edit(path)
        assert path.stat().st_size == stat.st_size
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    return edit_unseen


def move_a_boundary(path: Path) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["zones"]["boundaries"] = [0.05, 0.10]
    path.write_text(yaml.safe_dump(config), encoding="utf-8")


def forge(path: Path) -> None:
    """Change a result, and its record to match."""
    change_byte(path)
    record = path.parents[1] / "records" / f"analyze_{path.name}"
    content = read_json(record)
    content["outputs"][f"results/tiny/statistics/{path.name}"]["sha256"] = sha256(path)
    write_json(record, content)


@dataclass(frozen=True)
class Change:
    """What is done to a file, how the audit marks it, and which jobs run again."""

    path: str
    do: Callable[[Path], object]
    mark: str
    jobs: dict[str, int]
    marked: str | None = None


CHANGES = {
    "a byte in a figure": Change(FIGURES[1], change_byte, "modified", {"plot_layers": 1}),
    "a byte in an intermediate table": Change(
        "results/tiny/neurons/tiny.parquet",
        change_byte,
        "modified",
        {"rank_neurons": 1, **SWEEP, **SATURATION, **LAYERS},
    ),
    "a byte in the weights": Change(
        "results/models/tiny/model.safetensors",
        change_byte,
        "modified",
        {"fetch_model": 1, **MEASURED, **SWEEP, **SATURATION, **LAYERS},
    ),
    "a task": Change("tasks/addition.yaml", add_comment, "modified", {**MEASURED, **SWEEP, **SATURATION, **LAYERS}),
    "a task, made to look old": Change(
        "tasks/addition.yaml", in_the_past(add_comment), "modified", {**MEASURED, **SWEEP, **SATURATION, **LAYERS}
    ),
    "an intermediate deleted": Change(
        "results/tiny/amplified/tiny/layer_2.parquet",
        Path.unlink,
        "missing",
        {"amplify_layer": 1, "aggregate_experiments": 1, **SATURATION, **LAYERS},
    ),
    "a script": Change(
        "scripts/rendering/plot_layers.py",
        edit_function("draw"),
        "stale code",
        {"plot_layers": 1},
        "rendering.plot_layers.draw",
    ),
    "a function of the library": Change(
        "scripts/sna/statistics/layers.py",
        edit_function("locate_layers"),
        "stale code",
        LAYERS,
        "sna.statistics.layers.locate_layers",
    ),
    "a function of the library, made to look old": Change(
        "scripts/sna/figures/labels.py",
        in_the_past(edit_function("label_points")),
        "stale code",
        {"plot_saturation": 1},
        "sna.figures.labels.label_points",
    ),
    "a character of a function, in a file with its size and its time": Change(
        "scripts/sna/statistics/layers.py",
        unseen(replace("1 < len(kinds)", "2 < len(kinds)")),
        "stale code",
        LAYERS,
        "sna.statistics.layers.measure_specialization",
    ),
    "a pin": Change(
        "envs/rendering.yaml",
        replace("seaborn=0.13.2", "seaborn=0.13.1"),
        "stale environment",
        {"plot_saturation": 1, "plot_layers": 1},
    ),
    "a value of the configuration": Change(
        "config.yaml", move_a_boundary, "stale config", {"analyze_held_out": 1, "plot_saturation": 1}
    ),
    "a record removed": Change("results/tiny/records/analyze_layers.json", Path.unlink, "no record", LAYERS),
    "a result forged, with its record": Change(
        "results/tiny/statistics/layers.json", forge, "forged", LAYERS, "results/tiny/records/analyze_layers.json"
    ),
}


@pytest.fixture
def copy(drawn, tmp_path) -> Project:
    return Project.copy(tmp_path / "project", drawn.folder)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_named_and_made_again_with_what_rests_on_it_alone(copy, change):
    change.do(copy.folder / change.path)
    code, printed = copy.audit("--json", *FIGURES)
    found = json.loads(printed)
    assert code == 1
    assert not found["ok"]
    assert named(printed) == {(change.mark, change.marked or change.path)}
    assert copy.planned(*FIGURES) == change.jobs


def named(printed: str) -> set[tuple[str, str]]:
    """Return the marks and paths of all that an audit printed as JSON."""
    return {(found["mark"], found["path"]) for job in json.loads(printed)["jobs"] for found in job["findings"]}


def test_a_figure_made_with_another_version_than_the_locks_is_named_and_made_again(copy, tmp_path):
    path = tmp_path / "elsewhere"
    information = path / "cycler-0.11.0.dist-info"
    write_text(information / "METADATA", "Metadata-Version: 2.1\nName: cycler\nVersion: 0.11.0\n")
    write_text(information / "top_level.txt", "cycler\n")
    (path / "cycler").symlink_to(Path(find_spec("cycler").origin).parent)
    printed = copy.succeed("--forcerun", "plot_saturation", "--", FIGURES[0], PYTHONPATH=str(path))
    assert f"Installed are cycler 0.11.0, not 0.12.1, as {LOCK} has it" in printed
    assert read_json(copy.results / "records" / "plot_saturation.json")["packages"]["cycler"] == "0.11.0"
    code, printed = copy.audit("--json", *FIGURES)
    assert (code, named(printed)) == (1, {("stale environment", LOCK)})
    assert copy.planned(*FIGURES) == {"plot_saturation": 1}


def test_a_lock_that_was_changed_and_not_installed_is_named_and_makes_nothing_run(copy):
    replace("seaborn==0.13.2", "seaborn==0.13.3")(copy.folder / LOCK)
    code, printed = copy.audit("--json", *FIGURES)
    assert (code, named(printed)) == (1, {("stale environment", LOCK)})
    assert copy.planned(*FIGURES) == {}


def test_a_record_that_is_none_is_named_and_made_again(copy):
    record = "results/tiny/records/analyze_layers.json"
    (copy.folder / record).write_bytes(b"\xff\xfe\x00")
    code, printed = copy.audit(*FIGURES)
    assert code == 1
    assert f"! {record} is missing or not a record" in printed
    assert copy.planned(*FIGURES) == LAYERS


def test_a_copy_of_results_beside_them_is_nobodys_and_may_go_again(copy):
    for folder in ("tiny", "models"):
        shutil.copytree(copy.folder / "results" / folder, copy.folder / "results" / f"{folder}.bak")
    assert copy.audit(*FIGURES)[0] == 0
    assert copy.planned(*FIGURES) == {}
    for folder in ("tiny", "models"):
        shutil.rmtree(copy.folder / "results" / f"{folder}.bak")
    assert copy.audit(*FIGURES)[0] == 0
    assert copy.planned(*FIGURES) == {}


def test_a_moved_study_is_ok_and_has_nothing_to_do(copy):
    code, printed = copy.audit(*FIGURES)
    *tree, verdict = printed.splitlines()
    assert code == 0
    assert verdict.endswith(" files of 12 jobs: ok")
    assert all(line.startswith("ok ") for line in tree)
    assert copy.planned(*FIGURES) == {}


def test_a_clone_without_times_or_snakemakes_own_notes_is_ok(drawn, tmp_path):
    ignore = shutil.ignore_patterns(".snakemake", "logs", "benchmarks", "__pycache__")
    clone = Project(shutil.copytree(drawn.folder, tmp_path / "clone", copy_function=shutil.copyfile, ignore=ignore))
    code, printed = clone.audit(*FIGURES)
    assert code == 0, printed


def test_the_command_that_the_audit_prints_repairs(copy):
    change_byte(copy.folder / FIGURES[1])
    before = (copy.folder / FIGURES[1]).read_bytes()
    _, printed = copy.audit("--json", FIGURES[1])
    command = json.loads(printed)["repair"].split()
    assert command[:3] == ["snakemake", "--cores", "all"]
    copy.succeed(*command[3:])
    assert (copy.folder / FIGURES[1]).read_bytes() != before
    assert copy.audit(*FIGURES)[0] == 0


def test_the_tree_leads_from_a_figure_to_weights_tasks_and_configuration(copy):
    change_byte(copy.folder / "results" / "models" / "tiny" / "model.safetensors")
    _, printed = copy.audit(FIGURES[1])
    lines = printed.splitlines()
    assert {line.split()[0] for line in lines if "(fetch_model)" in line} == {"modified"}
    assert len([line for line in lines if "models/tiny/model.safetensors has another checksum" in line]) == 1
    for named in ("tasks/: 2 files", "tasks/contrast/prose.yaml", "config.yaml (n_layers, device", "path: models/tiny"):
        assert any(line.startswith("ok ") and named in line for line in lines), named
    assert "snakemake --cores all results/tiny/figures/layers.svg --config study=tiny" in lines[-1]


def test_what_was_not_made_is_missing(copy):
    code, printed = copy.audit("results/tiny/figures/grid.svg")
    assert code == 1
    assert any(line.startswith("missing ") and "figures/grid.svg" in line for line in printed.splitlines())


def test_a_workflow_that_cannot_be_planned_is_no_ok(copy):
    (copy.folder / "tasks" / "addition.yaml").unlink()
    code, printed = copy.audit(*FIGURES)
    assert code == 1
    assert "cannot be planned: tasks/addition.yaml" in printed
    assert any(line.startswith("missing ") and line.endswith("tasks/addition.yaml") for line in printed.splitlines())


@pytest.mark.parametrize("path", ["tasks/addition.yaml", "results", "/tmp"])
def test_what_is_no_result_is_refused(copy, path):
    code, printed = copy.audit(path)
    assert code == 2
    assert "is no result" in printed


# Snakemake passes over a job that cannot be planned if its results are there.


def tamper(project: Project) -> None:
    """Edit a figure and a statistic, of which the jobs would be made again."""
    change_byte(project.results / "figures" / "saturation.svg")
    change_byte(project.results / "statistics" / "interference.json")


def test_a_study_with_a_job_that_cannot_be_planned_is_audited_whole_and_not_ok(reported, tmp_path):
    project = Project.copy(tmp_path / "project", reported.folder)
    tamper(project)
    (project.folder / "scripts" / "rendering" / "plot_layers.py").unlink()
    code, printed = project.audit("--json", "results/tiny")
    found = json.loads(printed)
    assert code == 1
    assert "plot_layers cannot be planned: " in found["problem"]
    assert "scripts/rendering/plot_layers.py: there is no such script" in found["problem"]
    assert named(printed) == {
        ("modified", "results/tiny/figures/saturation.svg"),
        ("modified", "results/tiny/statistics/interference.json"),
        ("stale code", "scripts/rendering/plot_layers.py"),
    }


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("reviews.tsv", None, "config.yaml: reviews.tiny.path: there is no file reviews.tsv"),
        ("report/comparisons.yaml", None, "judge_claims cannot be planned: there is no report/comparisons.yaml"),
        ("envs/statistics.yaml", "dependencies", "envs/statistics.yaml: dependencies: must be a list of pins"),
    ],
    ids=["reviews", "a source", "pins"],
)
def test_a_run_with_a_job_that_cannot_be_planned_is_refused_in_one_line(reported, tmp_path, path, content, said):
    project = Project.copy(tmp_path / "project", reported.folder)
    tamper(project)
    (project.folder / path).unlink() if content is None else (project.folder / path).write_text(content)
    code, printed = project.run("--dry-run")
    assert code == 1
    assert said in printed
    assert "Traceback" not in printed


def test_who_audits_need_not_be_allowed_to_write_nor_have_a_home(copy, monkeypatch):
    # Where not even root can make a folder.
    monkeypatch.setenv("HOME", "/proc/nobody")
    with read_only(copy.folder):
        code, printed = copy.audit(*FIGURES)
    assert code == 0, printed
