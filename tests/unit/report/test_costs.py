"""What a run cost: every job behind the report, as its record has it."""

from made_up_records import STUDY, made_up_record

from sna.provenance.lineage import Lineage
from sna.provenance.stages import gather_stages
from sna.report.costs import Cost, measure_costs, total


def test_a_stages_jobs_are_summed_and_the_longest_stage_comes_first():
    costs = measure_costs(gather_stages(STUDY, ["s/statistics/zones.json"]))
    assert costs == [
        Cost("amplify", 2, 240, 120, 1500),
        Cost("aggregate", 1, 120, 120, 1500),
        Cost("fetch", 1, 120, 120, 1500),
        Cost("test", 1, 120, 120, 1500),
    ]


def test_the_longest_job_and_the_largest_are_known():
    short = made_up_record("draw", ["s/a"], started="2026-01-01T23:59:59.500000+00:00")
    large = made_up_record("draw", ["s/b"], cost={"cpu_seconds": 1.0, "peak_memory_mb": 2000.0})
    lineage = Lineage({"a.json": short, "b.json": large}, {})
    assert measure_costs(gather_stages(lineage, ["s/a", "s/b"])) == [Cost("draw", 2, 120.5, 120, 2000)]


def test_all_stages_together():
    assert total([]) == Cost("all", 0, 0, 0, 0)
    costs = [Cost("a", 2, 10, 8, 500), Cost("b", 1, 3, 3, 100)]
    assert total(costs) == Cost("all", 3, 13, 8, 500)
