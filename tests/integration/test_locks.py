"""Two runs at once: of one study the second is refused, of two studies both go on."""

import os
import signal
import subprocess
import time

import pytest
from project import Project, tiny_config

STUDIES = ["--config", "study=other"]
TABLE = "results/tiny/amplified/tiny/layer_0.parquet"


@pytest.fixture
def project(ranked, tmp_path) -> Project:
    """A project with two studies of one model, which is fetched."""
    copy = Project.copy(tmp_path / "project", ranked.folder)
    config = tiny_config(["tiny"])
    config["studies"]["other"] = config["studies"]["tiny"]
    copy.write_config(config)
    return copy


def start(project: Project, target: str = "aggregate_experiments", **options) -> subprocess.Popen:
    """Start a run of the study tiny, and wait until it holds the study's lock."""
    run = project.start(target, **options)
    file, deadline = project.folder / "results" / ".locks" / "tiny", time.monotonic() + 60
    while f"process {run.pid} " not in file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return run


def stop(run: subprocess.Popen) -> None:
    """Kill a run, unless it has ended well."""
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert run.returncode in {0, -signal.SIGKILL}


def test_a_second_run_of_a_study_is_refused_in_one_line_and_the_first_goes_on(project):
    first = start(project, TABLE)
    code, printed = project.run("--forcerun", "rank_neurons", "--", "aggregate_experiments")
    assert code == 1
    assert f"the study tiny is in use by another run (process {first.pid} on" in printed
    assert "Traceback" not in printed
    printed, _ = first.communicate()
    assert first.returncode == 0, printed


def test_a_run_of_another_study_goes_on_beside_it(project):
    first = start(project, cores=1)
    project.succeed("results/other/baseline/tiny.parquet", *STUDIES)
    stop(first)


def test_a_model_that_another_run_reads_is_not_fetched_again(project):
    first = start(project, cores=1)
    code, printed = project.run("--forcerun", "fetch_model", *STUDIES, "--", "results/other/baseline/tiny.parquet")
    assert code == 1
    assert "results/models/tiny is in use by another run" in printed
    stop(first)


def test_a_lock_dies_with_its_run(project):
    first = start(project)
    stop(first)
    project.succeed(TABLE)


def test_a_dry_run_asks_for_no_lock(project):
    first = start(project)
    project.planned("aggregate_experiments")
    stop(first)
