"""A job that was ended from outside leaves nothing in its log: what to do is said beside Snakemake's message."""

import logging
import subprocess

import pytest

from sna.killed import MEMORY_HINT, TIME_HINT, KilledHandler


def said(**record) -> list[str]:
    """Return what is said after a record of Snakemake's."""
    lines = []
    KilledHandler(lines.append).handle(logging.makeLogRecord({"levelno": logging.ERROR, "levelname": "ERROR"} | record))
    return lines


def killed(command: str) -> str:
    """Return how Python describes the end of a command."""
    with pytest.raises(subprocess.CalledProcessError) as caught:
        subprocess.run(["bash", "-c", command], check=True)
    return f"CalledProcessError in file rules/amplification.smk, line 30: {caught.value}"


@pytest.mark.parametrize("command", ["kill -9 $$", "sh -c 'kill -9 $$'; exit $?"], ids=["itself", "its child"])
def test_a_job_that_was_killed_is_followed_by_what_to_do(command):
    assert said(msg=killed(command), event="error") == [MEMORY_HINT]


@pytest.mark.parametrize(
    ("status", "logged", "hints"),
    [
        ("OUT_OF_MEMORY", "", [MEMORY_HINT]),
        ("FAILED", "slurmstepd: error: StepId=2.0 exceeded memory limit (585 > 524), being killed", [MEMORY_HINT]),
        ("TIMEOUT", "", [TIME_HINT]),
        ("FAILED", "slurmstepd: error: *** JOB 1 ON vm CANCELLED AT 03:47:20 DUE TO TIME LIMIT ***", [TIME_HINT]),
        ("FAILED", "error: tasks/addition.yaml: no such file", []),
        ("CANCELLED", "", []),
    ],
)
def test_a_cluster_job_that_was_ended_is_followed_by_what_to_do(tmp_path, status, logged, hints):
    log = tmp_path / "7.log"
    log.write_text(logged, encoding="utf-8")
    told = {"rule_msg": f"SLURM-job '7' failed, SLURM status is: '{status}'. ", "log": ["missing.log", str(log)]}
    assert said(msg="Error in rule amplify_layer, jobid: 3", event="job_error", **told) == hints


@pytest.mark.parametrize("command", ["exit 1", "kill -15 $$", "exit 13"])
def test_a_job_that_failed_otherwise_is_not(command):
    assert said(msg=killed(command), event="error") == []
    assert said(msg="Error in rule amplify_layer, jobid: 3", rule_msg=None, event="job_error") == []
