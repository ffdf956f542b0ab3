"""The stages behind a result: their jobs taken together, from the first to the last."""

import pytest
from made_up_records import CPU, GPU, made_up_record
from made_up_records import STUDY as LINEAGE

from sna.provenance.stages import Device, find_stage, gather_devices, gather_stages


def test_the_stages_behind_a_figure_come_after_their_parents_and_no_other_is_among_them():
    stages = gather_stages(LINEAGE, ["s/figures/zones.svg"])
    assert list(stages) == ["fetch", "amplify", "aggregate", "test", "plot"]
    assert stages["plot"].parents == ["aggregate", "test"]


def test_a_stages_jobs_are_taken_together():
    stage = gather_stages(LINEAGE, ["s/experiments.parquet"])["amplify"]
    assert list(stage.outputs) == ["s/layer_1", "s/layer_2"]
    assert list(stage.sources) == ["tasks/a.yaml", "tasks/b.yaml"]
    assert stage.seconds == 240
    assert stage.megabytes == 1500
    assert stage.code == {"scripts/amplify.py": ["main"], "scripts/sna/tables.py": ["read_table", "Table"]}
    assert stage.params == '{"n": [5]}'  # what differs is no parameter of the stage


def test_jobs_are_told_apart_by_the_kind_of_device_that_ran_their_model():
    used = [("rank", CPU), ("amplify", CPU | {"name": "Xeon"}), ("amplify", GPU), ("amplify", GPU), ("plot", None)]
    tf32 = made_up_record("amplify", ["tf32"], device=GPU | {"matmul": "high"})
    jobs = [made_up_record(rule, [str(number)], device=device) for number, (rule, device) in enumerate(used)]
    assert gather_devices([*jobs, tf32]) == [
        Device("cpu", ["EPYC, AVX2", "Xeon, AVX2"], {"rank": 1, "amplify": 1}),
        Device("cuda", ["H100, driver 580.1, CUDA 13.0"], {"amplify": 2}),
        Device("cuda, float32 products: high", ["H100, driver 580.1, CUDA 13.0"], {"amplify": 1}),
    ]


def test_a_file_without_a_record_comes_from_nowhere():
    assert gather_stages(LINEAGE, ["s/figures/other.svg"]) == {}


@pytest.mark.parametrize(
    ("evidence", "stage"), [("zones", "test"), ("experiments", "aggregate"), ("figures", "plot"), ("layers", None)]
)
def test_the_evidence_of_a_claim_is_found(evidence, stage):
    assert find_stage(LINEAGE, "s", evidence) == stage
