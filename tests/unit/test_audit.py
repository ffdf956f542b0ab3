"""What the audit is asked for, that it is about all of it, and the command that it gives back."""

from pathlib import Path

import audit
import pytest
import torch
from made_up_jobs import FIGURE, RECORDS, REPORT, TABLE, MadeUpProject, made_up_project

from sna.errors import InputError
from sna.files import write_text

PLAIN = {"as_json": False, "expected": None}


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ([], {}, PLAIN)),
        (["--json"], ([], {}, PLAIN | {"as_json": True})),
        (["results/paper", "--expect", "12ab"], ([], {"study": "paper"}, PLAIN | {"expected": "12ab"})),
        (["results/paper"], ([], {"study": "paper"}, PLAIN)),
        (["results/paper/report.html"], (["results/paper/report.html"], {"study": "paper"}, PLAIN)),
        (["./results/../results/paper/a.svg"], (["results/paper/a.svg"], {"study": "paper"}, PLAIN)),
        (["results/calibrations/gpt2/a/a.json"], (["results/calibrations/gpt2/a/a.json"], {}, PLAIN)),
        (["results/models/gpt2/config.json"], (["results/models/gpt2/config.json"], {}, PLAIN)),
        (
            ["results/paper/a.svg", "results/reviews/sst2/origin.json"],
            (["results/paper/a.svg", "results/reviews/sst2/origin.json"], {"study": "paper"}, PLAIN),
        ),
    ],
)
def test_a_result_names_its_study(root, monkeypatch, arguments, expected):
    monkeypatch.setattr("sna.places.ROOT", root)
    assert audit.parse_arguments(arguments) == (root, *expected)


def test_a_result_is_found_from_any_folder_and_names_that_where_it_was_made(root, monkeypatch):
    (root / "results" / "results" / "records").mkdir(parents=True)
    monkeypatch.chdir(root / "results" / "results")
    assert audit.parse_arguments(["a.svg"])[:2] == (root, ["results/results/a.svg"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tasks/addition.yaml"], "is no result"),
        (["results"], "is no result"),
        (["/etc/passwd"], "is no result"),
        (["results/paper/a.svg", "results/smoke/a.svg"], "results of several studies: paper, smoke"),
        (["results/paper", "results/paper/a.svg"], "give a study's folder alone"),
        (["results/paper/a.svg", "--expect", "12ab"], "--expect is about a whole study"),
        (["results/paper/a.svg", "other/results/paper/a.svg"], "results of several folders: "),
    ],
)
def test_what_cannot_be_audited_is_refused(root, capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        audit.parse_arguments(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("results", "config", "command"),
    [
        ([], {}, "snakemake --cores all report"),
        ([], {"study": "smoke"}, "snakemake --cores all report --config study=smoke"),
        (["results/smoke/a.svg"], {"study": "smoke"}, "snakemake --cores all results/smoke/a.svg --config study=smoke"),
    ],
)
def test_the_command_makes_what_was_audited(root, monkeypatch, results, config, command):
    monkeypatch.setattr(audit, "ROOT", root)
    assert audit.repair(results, config) == command


def test_the_command_names_the_workflow_where_it_is_not(root, monkeypatch):
    monkeypatch.setattr(audit, "ROOT", root / "a checkout")
    assert audit.repair([], {}) == f"snakemake --snakefile '{root}/a checkout/Snakefile' --cores all report"


# Whatever the plan lacks is audited by its record, and makes the audit fail.

STUDY = {"study": "study"}


@pytest.fixture
def project(root, monkeypatch) -> MadeUpProject:
    """A project that is planned as it was run."""
    project = made_up_project()
    monkeypatch.setattr(audit, "ROOT", root)
    monkeypatch.setattr(audit, "plan", lambda results, config: list(project.jobs.values()))
    return project


def refuse(results, config) -> None:
    raise InputError("the workflow cannot be planned: draw cannot be planned: there is no scripts/rendering/draw.py")


def test_a_study_that_is_planned_whole_is_ok(project):
    well, printed = audit.main([], STUDY)
    assert well
    assert printed.splitlines()[-1] == "11 files of 4 jobs: ok"


def test_devices_of_two_kinds_are_told_and_are_not_wrong(project, monkeypatch):
    project.run("draw", [TABLE], {FIGURE: "figure"}, device="auto")
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "high")
    project.run("report", [FIGURE], {REPORT: "report"}, device="auto")
    well, printed = audit.main([], STUDY)
    assert well
    assert "models ran on 2 kinds of device: cpu; cpu, float32 products: high" in printed


def test_a_study_is_that_on_which_its_report_rests(project, monkeypatch):
    asked = []
    monkeypatch.setattr(audit, "plan", lambda results, config: asked.append((results, config)) or [])
    audit.main([], STUDY)
    assert asked == [(["report"], STUDY)]


@pytest.mark.parametrize("planned", [["report"], ["draw", "report"], ["fetch_model", "draw", "report"]])
def test_a_plan_that_lacks_what_is_recorded_is_not_ok_though_every_file_is(project, planned):
    for stage in set(RECORDS) - set(planned):
        del project.jobs[stage]
    found, problem = audit.audit([], STUDY)
    assert set(found.jobs) == set(RECORDS.values())
    assert f"does not plan {4 - len(planned)} of the jobs that are recorded" in problem
    well, printed = audit.main([], STUDY)
    assert not well
    assert "11 files of 4 jobs: not ok" in printed


@pytest.mark.parametrize("results", [[], [FIGURE]])
def test_a_study_that_cannot_be_planned_is_audited_by_its_records_and_not_ok(project, monkeypatch, results):
    monkeypatch.setattr(audit, "plan", refuse)
    write_text(TABLE, "tampered")
    Path("scripts/rendering/draw.py").unlink()
    well, printed = audit.main(results, STUDY)
    assert not well
    assert f"of {3 if results else 4} jobs: 2 jobs not ok" in printed
    assert f"! {TABLE} has another checksum than was recorded" in printed
    assert "! scripts/rendering/draw.py is gone, or cannot be read" in printed
    assert "there is no scripts/rendering/draw.py" in printed


def test_a_study_without_a_plan_and_without_a_record_of_its_report_is_audited_by_the_others(project, monkeypatch):
    monkeypatch.setattr(audit, "plan", refuse)
    Path(RECORDS["report"]).unlink()
    well, printed = audit.main([], STUDY)
    assert not well
    assert " files of 3 jobs: not ok" in printed


def test_a_path_that_no_job_makes_is_refused_although_results_beside_it_are_not(project, monkeypatch):
    monkeypatch.setattr(audit, "plan", refuse)
    with pytest.raises(InputError, match="results/study/figures is no result: no record"):
        audit.main([FIGURE, "results/study/figures"], STUDY)


def test_nothing_at_all_is_refused(root, monkeypatch):
    monkeypatch.setattr(audit, "plan", refuse)
    with pytest.raises(InputError, match="there are no records, and the workflow cannot be planned"):
        audit.main([], {})
