"""A real Slurm gives the bytes that this machine gives, also where it ends, cancels or forgets jobs on the way."""

import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from editing import replace
from project import ROOT, Project

from sna.killed import MEMORY_HINT, TIME_HINT

SLURM = ROOT / "tests" / "slurm.sh"
SWEEP = "aggregate_experiments"
#: The shipped profile, asking sooner how jobs are.
PROFILE = [
    "--workflow-profile=profiles/slurm", "--slurm-no-account", "--slurm-init-seconds-before-status-checks=3",
    "--latency-wait=20",
]  # fmt: skip
#: What befalls the first job of each layer.
MISHAPS = {"0": "too much memory", "2": "cancelled", "3": "too much time"}
#: Put into the script of the sweep.
TRAP = """if __name__ == "__main__":
    from pathlib import Path
    from time import sleep

    trap = Path("mishaps", snakemake.wildcards.layer)
    if trap.exists():
        mishap = trap.read_text()
        trap.unlink()
        held = b"x" * 2_500_000_000 if mishap == "too much memory" else b""
        sleep(600)
"""


#: Debian has daemons where only root looks for commands.
DAEMONS = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
CONFIGURATION = Path("/etc/slurm/slurm.conf")


def why_not() -> str | None:
    """Return why no Slurm can be had here."""
    if missing := [name for name in ("slurmctld", "slurmd", "munged") if not shutil.which(name, path=DAEMONS)]:
        return f"{', '.join(missing)} is not installed: apt-get install slurm-wlm munge"
    if os.getuid() != 0:
        return "only root can start Slurm"
    if CONFIGURATION.exists():
        return f"there is a Slurm here: {CONFIGURATION}"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "snakemake-executor-plugin-slurm is not installed: envs/slurm.txt"
    return None


REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture(scope="module")
def slurm(tmp_path_factory) -> Iterator[Callable[[str], None]]:
    """Start Slurm and stop it in the end; give what does something else with it."""
    folder = tmp_path_factory.mktemp("slurm")

    def control(command: str) -> None:
        subprocess.run([SLURM, command, folder], check=True, stdout=subprocess.DEVNULL)

    try:
        control("start")
        yield control
    finally:
        control("stop")


def job_of(layer: str) -> str:
    """Return the number of the job that computes a layer."""
    command = ["squeue", "--noheader", "--states=running", "--format=%i %k"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    [number] = [line.split()[0] for line in lines if line.endswith(f"_{layer}")]
    return number


def await_mishap(project: Project, layer: str, run: subprocess.Popen) -> str:
    """Return the number of a layer's job once it is where something befalls it."""
    deadline = time.monotonic() + 300
    while (project.folder / "mishaps" / layer).exists():
        assert run.poll() is None, run.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return job_of(layer)


def test_jobs_that_were_ended_cancelled_or_left_alone_are_run_again_and_the_tables_are_the_same(
    slurm, ranked, swept, tmp_path
):
    project = Project.copy(tmp_path / "project", ranked.folder)
    replace('if __name__ == "__main__":\n', TRAP)(project.folder / "scripts" / "amplification" / "amplify_layer.py")
    (project.folder / "mishaps").mkdir()
    for layer, mishap in MISHAPS.items():
        (project.folder / "mishaps" / layer).write_text(mishap, encoding="utf-8")
    run = project.start(SWEEP, *PROFILE)
    try:
        cancelled = await_mishap(project, "2", run)
        slurm("restart")
        subprocess.run(["scancel", cancelled], check=True)
        late = await_mishap(project, "3", run)
        subprocess.run(["scontrol", "update", f"JobId={late}", "EndTime=now"], check=True)
        printed, _ = run.communicate(timeout=400)
    finally:
        if run.poll() is None:
            run.terminate()
            run.communicate()
    assert run.returncode == 0, printed
    for said in (MEMORY_HINT, "SLURM status is: 'CANCELLED'", TIME_HINT):
        assert said in printed, printed
    for table in ("experiments.parquet", "prompts.parquet"):
        assert Path(project.results, table).read_bytes() == Path(swept.results, table).read_bytes()
