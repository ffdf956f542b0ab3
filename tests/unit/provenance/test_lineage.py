"""The graph of records leads from a result to all that it rests on."""

import shutil
from pathlib import Path

import pytest
from made_up_jobs import FIGURE, MANIFEST, RECORDS, REPORT, TABLE, TASK, edit_record, made_up_project

from sna.files import read_json, sha256
from sna.provenance.lineage import Lineage, seal


@pytest.fixture
def lineage(tmp_path, monkeypatch) -> Lineage:
    monkeypatch.chdir(tmp_path)
    made_up_project()
    return Lineage.read()


def test_ancestors_come_before_what_rests_on_them(lineage):
    assert lineage.ancestors([REPORT]) == list(RECORDS.values())
    assert lineage.ancestors([TABLE]) == [RECORDS["fetch_model"], RECORDS["measure"]]
    assert lineage.ancestors([FIGURE, TABLE]) == lineage.ancestors([FIGURE])


def test_a_record_has_the_ancestors_of_its_results(lineage):
    assert lineage.ancestors([RECORDS["draw"]]) == lineage.ancestors([FIGURE])


def test_what_no_job_made_has_no_ancestors(lineage):
    assert lineage.ancestors([TASK]) == []


def test_a_lost_record_ends_the_chain(lineage):
    Path(RECORDS["measure"]).unlink()
    assert Lineage.read().ancestors([REPORT]) == [RECORDS["draw"], RECORDS["report"]]


def test_a_records_children_are_known_even_if_it_is_lost(lineage):
    assert lineage.children[RECORDS["draw"]] == [RECORDS["report"]]
    assert lineage.children[RECORDS["report"]] == []
    Path(RECORDS["draw"]).unlink()
    assert Lineage.read().children[RECORDS["draw"]] == [RECORDS["report"]]


def test_sources_are_what_no_job_made(lineage):
    assert lineage.sources(RECORDS["measure"]) == [TASK]
    assert lineage.sources(RECORDS["report"]) == []


def test_the_checksums_are_those_of_the_record_files(lineage):
    assert lineage.checksums == {path: sha256(path) for path in RECORDS.values()}


def test_the_manifest_has_every_record_behind_a_result_and_whatever_is_edited_breaks_its_seal(lineage):
    assert read_json(MANIFEST).keys() == {*RECORDS.values(), "report"} - {RECORDS["report"]}
    assert read_json(MANIFEST).items() > {(path, sha256(path)) for path in read_json(MANIFEST) if path != "report"}
    assert seal(lineage.manifest(lineage.records[RECORDS["report"]])) == sha256(MANIFEST)


@pytest.mark.parametrize("stage", list(RECORDS))
def test_whatever_is_edited_in_a_record_breaks_the_manifests_seal(lineage, stage):
    edit_record(stage, read_json(RECORDS[stage]) | {"python": "2.7.18"})
    again = Lineage.read()
    assert seal(again.manifest(again.records[RECORDS["report"]])) != sha256(MANIFEST)


@pytest.mark.parametrize("folder", ["study", "models"])
def test_a_copy_of_a_folder_of_results_is_nobodys(lineage, folder):
    shutil.copytree(f"results/{folder}", f"results/{folder}.bak")
    again = Lineage.read()
    assert (again.makers, again.children) == (lineage.makers, lineage.children)
