"""Where a figure comes from: every stage behind it and no other, drawn so that nothing lies on anything else."""

from itertools import combinations

import pytest
from made_up_records import made_up_record

from sna.provenance.lineage import Lineage
from sna.report.ancestry import BOX, draw_graph, find_stage, gather_stages, trace_files

# fetch -> two layers -> experiments -> test -> plot, which reads the experiments too; and a table that reads them.
RECORDS = {
    "fetch.json": made_up_record("fetch", ["s/weights"], sources=["elsewhere/weights"]),
    "layer_1.json": made_up_record(
        "amplify", ["s/layer_1"], ["fetch.json"], ["tasks/a.yaml"], params={"k": 1, "n": [5]}
    ),
    "layer_2.json": made_up_record(
        "amplify", ["s/layer_2"], ["fetch.json"], ["tasks/b.yaml"], params={"k": 2, "n": [5]}
    ),
    "experiments.json": made_up_record("aggregate", ["s/experiments.parquet"], ["layer_1.json", "layer_2.json"]),
    "test.json": made_up_record("test", ["s/statistics/zones.json"], ["experiments.json"]),
    "plot.json": made_up_record("plot", ["s/figures/zones.svg"], ["experiments.json", "test.json"]),
    "table.json": made_up_record("table", ["s/tables/zones.csv"], ["experiments.json"]),
}
LINEAGE = Lineage(RECORDS, dict.fromkeys(RECORDS, "1" * 64))


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
    assert stage.params == '{"n": [5]}'  # what differs is no parameter of the stage


def test_a_file_without_a_record_comes_from_nowhere():
    assert gather_stages(LINEAGE, ["s/figures/other.svg"]) == {}
    assert trace_files(LINEAGE, {"figures/other": "s/figures/other.svg"}) == {}


def test_every_edge_of_the_graph_goes_to_the_right_and_no_box_covers_another():
    graph = draw_graph(gather_stages(LINEAGE, ["s/figures/zones.svg", "s/tables/zones.csv"]))
    assert len(graph.edges) == 5  # not that from the experiments to the plot, which the test goes through
    for edge in graph.edges:
        start, end = int(edge[1:].split()[0]), int(edge.split()[-2])
        assert start < end
    for one, other in combinations(graph.nodes, 2):
        assert abs(one.x - other.x) > BOX[0] or abs(one.y - other.y) > BOX[1]
    for node in graph.nodes:
        assert 0 <= node.x < node.x + BOX[0] <= graph.width
        assert 0 <= node.y < node.y + BOX[1] <= graph.height
    assert {node.stage: node.jobs for node in graph.nodes}["amplify"] == 2


def test_a_trace_has_the_files_checksum():
    trace = trace_files(LINEAGE, {"figures/zones": "s/figures/zones.svg"})["figures/zones"]
    assert trace.sha256 == RECORDS["plot.json"].outputs["s/figures/zones.svg"]["sha256"]


@pytest.mark.parametrize(
    ("evidence", "stage"), [("zones", "test"), ("experiments", "aggregate"), ("figures", "plot"), ("layers", None)]
)
def test_the_evidence_of_a_claim_is_found(evidence, stage):
    assert find_stage(LINEAGE, "s", evidence) == stage
