"""Both profiles run the workflow alike, and what it asks of a cluster is what its jobs take."""

from pathlib import Path

import pytest
import yaml
from workflow_rules import rules_of

ROOT = Path(__file__).parents[2]
#: The most that a job on weights of GPT-2 Medium's shape was seen to take, in megabytes.
TAKEN = 3_170


def profile(name: str) -> dict:
    return yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text(encoding="utf-8"))


def test_what_decides_about_reruns_and_locks_is_the_same_on_a_cluster():
    assert profile("default").items() <= profile("slurm").items()


@pytest.mark.parametrize("name", ["default", "slurm"])
def test_snakemakes_own_lock_which_outlives_a_killed_run_is_off(name):
    assert profile(name)["nolock"] is True


def test_a_cancelled_job_is_seen_by_a_command_that_knows_of_it():
    """snakemake-executor-plugin-slurm 2: the option of its settings' field `status_command`."""
    assert profile("slurm")["slurm-status-command"] == "squeue"


def test_a_job_on_gpt2_medium_asks_for_the_memory_that_it_takes():
    loading = {name: rule["of_medium"] for name, rule in rules_of().items() if rule["of_medium"] != rule["mem_mb"]}
    assert {"amplify_layer", "confirm_choices", "validate_reviews", "measure_interference"} <= set(loading)
    assert min(loading.values()) > 1.1 * TAKEN


def test_what_needs_a_network_runs_where_snakemake_does():
    assert {name for name, rule in rules_of().items() if rule["local"]} == {"fetch_model", "fetch_reviews"}
