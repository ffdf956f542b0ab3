"""Whatever is changed is found, with its own mark, at the file that was changed."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_up_jobs import (
    ENVIRONMENT,
    FIGURE,
    MANIFEST,
    ORIGIN,
    RECORDS,
    REPORT,
    TABLE,
    TASK,
    WEIGHTS,
    MadeUpProject,
    edit_record,
    made_up_project,
)

from sna.files import read_json, sha256, write_text
from sna.provenance.check import CONFIG, Finding, Job, check_job
from sna.provenance.lineage import Lineage
from sna.provenance.packages import LOCK


@pytest.fixture
def project(tmp_path, monkeypatch) -> MadeUpProject:
    monkeypatch.chdir(tmp_path)
    return made_up_project()


def found(project: MadeUpProject, **planned: Job) -> dict[str, set[tuple[str, str]]]:
    """Return the marks and paths of what is found wrong with each stage that has something wrong."""
    lineage = Lineage.read()
    marks = {
        stage: {(finding.mark, finding.path) for finding in check_job(job, lineage)}
        for stage, job in (project.jobs | planned).items()
    }
    return {stage: marked for stage, marked in marks.items() if marked}


def forge(stage: str, path: str) -> None:
    """Change a result and its record to match."""
    write_text(path, "forged")
    record = read_json(RECORDS[stage])
    record["outputs"][path] = {"sha256": sha256(path), "size": 6}
    edit_record(stage, record)


def test_nothing_is_wrong_with_what_nobody_touched(project):
    assert found(project) == {}


@pytest.mark.parametrize("path", [WEIGHTS, ORIGIN, TABLE, FIGURE, REPORT, MANIFEST])
@pytest.mark.parametrize(
    ("change", "mark"),
    [(lambda path: write_text(path, "x"), "modified"), (lambda path: Path(path).unlink(), "missing")],
)
def test_a_changed_result_is_found_with_its_job(project, path, change, mark):
    change(path)
    stage = next(stage for stage, job in project.jobs.items() if path in job.outputs)
    assert found(project) == {stage: {(mark, path)}}


@pytest.mark.parametrize("path", [WEIGHTS, TABLE, TASK])
def test_a_file_that_the_auditor_cannot_read_is_found(project, path):
    def hash_file(asked: str) -> str:
        if asked == path:
            raise PermissionError(13, "Permission denied", asked)
        return sha256(asked)

    lineage = Lineage.read()
    (finding,) = [it for job in project.jobs.values() for it in check_job(job, lineage, hash_file)]
    assert finding == Finding("unreadable", path, "cannot be read: Permission denied")


@pytest.mark.parametrize(
    ("path", "content", "found_at"),
    [
        ("scripts/rendering/draw.py", None, ("stale code", "scripts/rendering/draw.py")),
        (ENVIRONMENT, None, ("stale environment", ENVIRONMENT)),
        (ENVIRONMENT, "python=3.11", ("stale environment", ENVIRONMENT)),
        (ENVIRONMENT, "dependencies: {", ("stale environment", ENVIRONMENT)),
        (LOCK, None, ("stale environment", LOCK)),
        (LOCK, "# Nothing.", ("stale environment", LOCK)),
    ],
)
def test_a_job_whose_script_or_pins_are_gone_or_damaged_is_found(project, path, content, found_at):
    Path(path).unlink() if content is None else write_text(path, content)
    assert found(project)["draw"] == {found_at}


def test_a_byte_is_found_in_a_file_that_keeps_its_size(project):
    write_text(TABLE, "tablE")
    assert found(project) == {"measure": {("modified", TABLE)}}


def test_a_changed_source_is_found_with_the_job_that_read_it(project):
    write_text(TASK, "category: coding\n")
    assert found(project) == {"measure": {("modified", TASK)}}
    Path(TASK).unlink()
    assert found(project) == {"measure": {("missing", TASK)}}


def test_a_definition_marks_all_stages_that_reach_it(project):
    write_text("scripts/style.py", "def colour():\n    return 'red'\n")
    assert found(project) == {"draw": {("stale code", "style.colour")}}
    write_text("scripts/shared.py", "import style\n\n\ndef work(*given):\n    return style.colour()\n")
    both = {("stale code", "shared.work"), ("stale code", "style.colour")}
    assert found(project) == dict.fromkeys(project.jobs, both)


def test_it_is_said_what_became_of_a_definition(project):
    write_text("scripts/style.py", "SHADE = 1\n\n\ndef hue():\n    return SHADE\n")
    write_text("scripts/rendering/draw.py", "import style\n\nstyle.hue()\n")
    assert [(it.path, it.text) for it in check_job(project.jobs["draw"], Lineage.read())] == [
        ("rendering.draw.<module>", "changed"),
        ("shared.work", "is gone"),
        ("style.SHADE", "is new"),
        ("style.colour", "is gone"),
        ("style.hue", "is new"),
    ]


def test_what_a_job_does_not_run_marks_nothing(project):
    write_text("scripts/shared.py", "# A comment.\ndef work(*given):\n    'A docstring.'\n    return given\n")
    assert found(project) == {}


def test_a_pin_marks_the_stages_of_its_environment(project):
    write_text(ENVIRONMENT, "dependencies:\n  - numpy=2.4.5\n")
    assert found(project) == {stage: {("stale environment", ENVIRONMENT)} for stage in project.jobs}


def test_what_ran_in_another_version_than_is_locked_is_found_unless_it_would_run_so_again(project):
    write_text(LOCK, "numpy==1.0\npydantic==1.0\nsetuptools==1.0\n")
    project.run("draw", [TABLE], {FIGURE: "figure"}, zones=(0.07, 0.1))
    record = read_json(RECORDS["draw"])
    edit_record("draw", record | {"packages": {"NumPy": "2.0", "pydantic": "1.0", "setuptools": "2.0", "other": "1"}})
    (finding,) = check_job(project.jobs["draw"], Lineage.read())
    assert finding == Finding("stale environment", LOCK, "has NumPy 1.0; 2.0 ran")
    assert check_job(project.jobs["draw"], Lineage.read(), installed={"NumPy": "2.0"}.get) == []
    assert check_job(project.jobs["draw"], Lineage.read(), installed={"NumPy": "1.0"}.get) == [finding]


def test_of_what_conda_installed_only_the_environments_own_pins_are_compared(project):
    packages = {"numpy": "2.4.6", "torch": "2.13.0+cpu", "contourpy": "1.0"}
    write_text(LOCK, "contourpy==2.0\n")
    edit_record("report", read_json(RECORDS["report"]) | {"conda": True, "packages": packages})
    assert "report" not in found(project)
    edit_record("report", read_json(RECORDS["report"]) | {"packages": packages | {"torch": "2.12.0"}})
    assert ("stale environment", ENVIRONMENT) in found(project)["report"]


@pytest.mark.parametrize("params", [{"zones": [0.07, 0.2]}, {}, {"zones": [0.07, 0.1], "size": 1}])
def test_other_parameters_are_found(project, params):
    assert found(project, draw=replace(project.jobs["draw"], params=params)) == {"draw": {("stale config", CONFIG)}}


def test_parameters_that_exchanged_their_values_are_found(project):
    project.run("draw", [TABLE], {FIGURE: "figure"}, draws=20, seed=30)
    exchanged = replace(project.jobs["draw"], params={"draws": 30, "seed": 20})
    (finding, other) = check_job(exchanged, Lineage.read())
    assert finding == Finding("stale config", CONFIG, "draws changed")
    assert other == Finding("stale config", CONFIG, "seed changed")


def test_other_inputs_are_found(project):
    job = replace(project.jobs["measure"], inputs=(WEIGHTS, "tasks/second.yaml"))
    assert found(project, measure=job) == {"measure": {("stale config", TASK), ("stale config", "tasks/second.yaml")}}


def test_a_result_that_the_workflow_makes_by_now_is_found(project):
    job = replace(project.jobs["draw"], outputs=(FIGURE, "results/study/figures/figure.csv"))
    assert found(project, draw=job) == {"draw": {("stale config", "results/study/figures/figure.csv")}}


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_text("{")], ids=["removed", "damaged"])
def test_a_lost_record_is_found_there_and_by_what_was_made_with_it(project, lose):
    lose(Path(RECORDS["measure"]))
    lost = {("no record", RECORDS["measure"])}
    assert found(project) == {"measure": lost, "draw": lost}


def test_what_was_never_made_is_missing(project):
    for path in (RECORDS["report"], REPORT, MANIFEST):
        Path(path).unlink()
    assert found(project) == {"report": {("missing", REPORT), ("missing", MANIFEST)}}


@pytest.mark.parametrize(("stage", "path"), [("fetch_model", WEIGHTS), ("measure", TABLE), ("draw", FIGURE)])
def test_a_result_forged_with_its_record_breaks_the_chain(project, stage, path):
    forge(stage, path)
    assert ("forged", RECORDS[stage]) in found(project)[stage]


def test_a_record_whose_work_was_edited_has_not_its_id(project):
    record = read_json(RECORDS["report"])
    edit_record("report", record | {"rule": "another"})
    assert ("forged", RECORDS["report"]) in found(project)["report"]


def test_a_forged_chain_breaks_at_the_first_record_that_was_left(project):
    forge("measure", TABLE)
    record = read_json(RECORDS["draw"])
    record["parents"][RECORDS["measure"]] = sha256(RECORDS["measure"])
    edit_record("draw", record)
    assert ("forged", RECORDS["draw"]) in found(project)["draw"]


@pytest.mark.parametrize("stage", ["fetch", "measure", "draw"])
def test_a_job_that_ran_again_and_left_the_same_bytes_is_nothing_to_what_rests_on_it(project, stage):
    getattr(project, stage)()
    assert found(project) == {}


def test_what_rests_on_an_earlier_run_is_found(project):
    project.run("draw", [TABLE], {FIGURE: "another figure"}, zones=(0.07, 0.1))
    assert found(project) == {"report": {("stale input", FIGURE)}}
    project.report()
    assert found(project) == {}


def test_a_job_that_reads_a_record_rests_on_the_time_of_its_run(project):
    project.run("report", [FIGURE, RECORDS["draw"]], {REPORT: "report"})
    project.draw()
    assert found(project) == {"report": {("stale input", RECORDS["draw"])}}


@pytest.mark.parametrize("key", ["packages", "cost", "platform", "ended"])
def test_whatever_is_edited_in_a_record_is_known_to_the_next(project, key):
    changed = {"packages": {}, "cost": {"cpu_seconds": 1.0, "peak_memory_mb": 1.0}, "platform": "another"}
    record = read_json(RECORDS["draw"])
    edit_record("draw", record | {key: changed.get(key, record["started"])})
    assert found(project) == {"draw": {("forged", RECORDS["draw"])}}


def test_what_was_read_while_it_was_damaged_is_found_after_it_was_restored(project):
    write_text(TABLE, "damaged")
    project.draw()
    project.report()
    write_text(TABLE, "table")
    assert found(project) == {"draw": {("stale input", TABLE)}}


def test_a_moved_study_is_as_it_was(project, tmp_path, monkeypatch):
    moved = tmp_path.with_name(f"{tmp_path.name} moved")
    tmp_path.rename(moved)
    monkeypatch.chdir(moved)
    project.jobs = {stage: replace(job, root=moved) for stage, job in project.jobs.items()}
    assert found(project) == {}


@pytest.mark.parametrize("stage", list(RECORDS))
def test_a_job_is_planned_from_its_record_as_it_ran(project, stage):
    lineage = Lineage.read()
    job = Job.recorded(RECORDS[stage], lineage.records[RECORDS[stage]], Path().resolve())
    assert check_job(job, lineage) == []


def test_files_are_hashed_by_what_the_caller_gives(project):
    hashed = []

    def hash_file(path: str) -> str:
        hashed.append(path)
        return sha256(path)

    lineage = Lineage.read()
    for job in project.jobs.values():
        check_job(job, lineage, hash_file)
    assert set(hashed) == {TASK, *(path for job in project.jobs.values() for path in job.outputs)}
