import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
SCRIPT = """
import os, subprocess, sys, types
sys.path.insert(0, {scripts!r})
from sna.errors import InputError
from sna.job import job
with job(types.SimpleNamespace(log=[{log!r}])):
{block}
"""


@pytest.fixture
def run(tmp_path):
    """Run a block of code as a job; return the finished process and what its log holds."""
    log = tmp_path / "job.log"

    def run_block(block: str) -> tuple[subprocess.CompletedProcess, str]:
        code = SCRIPT.format(scripts=str(SCRIPTS), log=str(log), block=f"    {block}")
        finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        return finished, log.read_text(encoding="utf-8")

    return run_block


@pytest.mark.parametrize(
    "block",
    [
        "print('grüße')",
        "print('grüße', file=sys.stderr)",
        "os.write(1, 'grüße'.encode())",
        "subprocess.run(['printf', 'grüße'])",
    ],
    ids=["stdout", "stderr", "descriptor", "child"],
)
def test_whatever_a_job_prints_goes_to_its_log(run, block):
    finished, log = run(block)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    assert "grüße" in log


def test_bad_input_ends_with_its_message_and_no_traceback(run):
    finished, log = run("raise InputError('config.yaml: study: there is no such study')")
    assert finished.returncode == 1
    assert log == "error: config.yaml: study: there is no such study\n"
    assert finished.stderr == ""


def test_an_error_of_ours_keeps_its_traceback(run):
    finished, log = run("1 / 0")
    assert finished.returncode == 1
    assert "Traceback" in log
    assert "ZeroDivisionError" in log


def test_a_log_holds_the_last_run_only(run):
    run("print('first')")
    _, log = run("print('second')")
    assert log == "second\n"
