"""The stages behind a result: their jobs taken together, from the first to the last."""

import pytest
from made_up_records import STUDY as LINEAGE

from sna.provenance.stages import find_stage, gather_stages


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


def test_a_file_without_a_record_comes_from_nowhere():
    assert gather_stages(LINEAGE, ["s/figures/other.svg"]) == {}


@pytest.mark.parametrize(
    ("evidence", "stage"), [("zones", "test"), ("experiments", "aggregate"), ("figures", "plot"), ("layers", None)]
)
def test_the_evidence_of_a_claim_is_found(evidence, stage):
    assert find_stage(LINEAGE, "s", evidence) == stage
