"""What a run cost: every job of the study, none of another, and no figure where none was measured."""

import pytest
from made_up_study import write_benchmarks

from sna.report.costs import Cost, measure_costs, total


def test_a_stages_jobs_are_summed_and_the_longest_stage_comes_first(tmp_path):
    write_benchmarks(tmp_path, ["a"])
    sweep, zones = measure_costs(tmp_path / "benchmarks", {}, ["a"])
    assert sweep == Cost("amplify_layer", 3, pytest.approx(184.5), 61.5, 1500.2)
    assert zones == Cost("tabulate_zones", 1, 0.4, 0.4, None)


def test_another_models_jobs_do_not_count(tmp_path):
    write_benchmarks(tmp_path, ["a", "b"])
    assert measure_costs(tmp_path / "benchmarks", {}, ["a"])[0].jobs == 3


def test_what_studies_share_counts_where_it_was_measured(tmp_path):
    (tmp_path / "a.tsv").write_text("s\tmax_rss\n30\t900\n", encoding="utf-8")
    fetched = {"fetch_model": [tmp_path / "a.tsv", tmp_path / "b.tsv"]}
    assert measure_costs(tmp_path / "benchmarks", fetched, ["a", "b"]) == [Cost("fetch_model", 1, 30, 30, 900)]


def test_without_benchmarks_nothing_is_known(tmp_path):
    assert measure_costs(tmp_path, {}, ["a"]) == []
    assert total([]) == Cost("all", 0, 0, 0, None)


def test_all_stages_together():
    costs = [Cost("a", 2, 10, 8, 500), Cost("b", 1, 3, 3, None)]
    assert total(costs) == Cost("all", 3, 13, 8, 500)
