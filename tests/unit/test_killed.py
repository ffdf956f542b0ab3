"""A job that the system killed leaves nothing in its log: what to do is said beside Snakemake's message."""

import logging
import subprocess

import pytest

from sna.killed import HINT, KilledHandler


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
    assert said(msg=killed(command), event="error") == [HINT]


def test_a_cluster_job_that_ran_out_of_memory_is_followed_by_what_to_do():
    status = "SLURM-job '7' failed, SLURM status is: 'OUT_OF_MEMORY'. "
    assert said(msg="Error in rule amplify_layer, jobid: 3", rule_msg=status, event="job_error") == [HINT]


@pytest.mark.parametrize("command", ["exit 1", "kill -15 $$", "exit 13"])
def test_a_job_that_failed_otherwise_is_not(command):
    assert said(msg=killed(command), event="error") == []
    assert said(msg="Error in rule amplify_layer, jobid: 3", rule_msg=None, event="job_error") == []
