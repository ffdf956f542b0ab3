"""Where a figure comes from: every stage behind it and no other, drawn so that nothing lies on anything else."""

from itertools import combinations

from made_up_records import STUDY as LINEAGE

from sna.provenance.stages import gather_stages
from sna.report.ancestry import BOX, draw_graph, trace_files


def test_a_file_without_a_record_comes_from_nowhere():
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
    assert trace.sha256 == LINEAGE.records["plot.json"].outputs["s/figures/zones.svg"]["sha256"]
