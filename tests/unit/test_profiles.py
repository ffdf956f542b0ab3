"""Both profiles run the workflow alike, and what it asks of a cluster is what its jobs take."""

from pathlib import Path

import pytest
import yaml
from workflow_rules import MEASURED, rules_of

ROOT = Path(__file__).parents[2]
#: The most memory that a stage's jobs were seen to take on each of `MEASURED`, in megabytes, as their records have it.
TAKEN = {
    "measure_baseline": (1133, 2061, None),
    "measure_fresh_baseline": (1296, 2081, None),
    "rank_neurons": (1246, 2099, None),
    "check_reversibility": (1258, 2232, None),
    "measure_precision": (1237, 2104, None),
    "amplify_layer": (1614, 2313, None),
    "measure_interference": (1741, None, None),
    "confirm_choices": (1813, None, 3170),
    "validate_reviews": (2296, 3475, None),
}
#: What Snakemake itself takes in a job of a cluster, in which it runs twice.
SNAKEMAKE = 400


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


@pytest.mark.parametrize("stage", TAKEN)
def test_a_job_asks_for_the_memory_that_it_takes_and_at_most_a_quarter_more(stage):
    asked = rules_of()[stage]["measured"]
    shares = [megabytes / (taken + SNAKEMAKE) for megabytes, taken in zip(asked, TAKEN[stage], strict=True) if taken]
    assert len(asked) == len(MEASURED)
    assert all(1.05 < share < 1.25 for share in shares), shares


def test_a_job_that_a_cluster_ended_asks_for_twice_as_much():
    stage = rules_of()["amplify_layer"]
    assert stage["again"] == pytest.approx(2 * stage["measured"][-1], abs=1)


def test_what_needs_a_network_or_takes_seconds_runs_where_snakemake_does():
    rules = rules_of()
    local = {name for name, rule in rules.items() if rule["local"]}
    assert {"fetch_model", "fetch_reviews", "judge_claims", "report", "analyze_zones", "plot_grid"} <= local
    # Whatever loads a model, and what simulates.
    assert local.isdisjoint({*TAKEN, "simulate_studies", "aggregate_experiments"})


def test_a_job_that_loads_a_model_asks_for_a_gpu_where_the_configuration_says_so_and_no_other_does():
    assert {rule["gpu"] for rule in rules_of().values()} == {0, None}
    asking = {name for name, rule in rules_of(device="cuda").items() if rule["gpu"]}
    assert set(TAKEN) < asking
    assert asking.isdisjoint(name for name, rule in rules_of().items() if rule["local"])
