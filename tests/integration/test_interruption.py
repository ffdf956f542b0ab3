"""A killed run is started again: what was complete is kept, and the results are those of an undisturbed run."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from project import Project

SWEEP = "aggregate_experiments"


def tables(project: Project) -> dict[str, int]:
    """Return the time of the last change of each layer's table that is there, in nanoseconds."""
    return {path.name: path.stat().st_mtime_ns for path in (project.results / "amplified").rglob("layer_*.parquet")}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen) -> None:
    """Wait for something that must happen before the process ends."""
    while not condition():
        assert process.poll() is None, "Snakemake ended before it could be killed"
        time.sleep(0.02)


def kill_process_group(process: subprocess.Popen) -> None:
    """What a closed terminal, or a machine that runs out of memory, does at worst."""
    os.killpg(process.pid, signal.SIGKILL)


def kill_snakemake_only(process: subprocess.Popen) -> None:
    """Its job goes on, and may write its table while the next run is under way."""
    os.kill(process.pid, signal.SIGKILL)


def end_orphans(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_process_group, kill_snakemake_only])
def test_a_killed_sweep_goes_on_where_it_was_and_gives_the_same_bytes(ranked, swept, tmp_path, kill, request):
    project = Project.copy(tmp_path / "project", ranked.folder)
    process = project.start(SWEEP, cores=1, printed=subprocess.DEVNULL)
    request.addfinalizer(lambda: end_orphans(process))
    logs = project.results / "logs" / "amplify_layer"
    # The second job has begun, so Snakemake knows that the first has ended.
    wait_for(lambda: len(list(logs.rglob("layer_*.log"))) >= 2, process)
    kill(process)
    process.wait()
    complete = tables(project)
    assert 1 <= len(complete) < len(tables(swept))

    project.succeed(SWEEP)

    # Only the table that was being written may be new.
    kept = [name for name, changed in tables(project).items() if complete.get(name) == changed]
    assert kept
    assert len(complete) - len(kept) <= 1
    for name in ("experiments.parquet", "prompts.parquet"):
        assert read(project, name) == read(swept, name)


def read(project: Project, name: str) -> bytes:
    return Path(project.results, name).read_bytes()
