"""A record says what a job read, ran and wrote, and has the id of its work."""

import hashlib
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

import pytest
from made_up_jobs import FIGURE, ORIGIN, RECORDS, TABLE, TASK, WEIGHTS, MadeUpProject, made_up_project

from sna.errors import InputError
from sna.files import read_json, sha256, write_text
from sna.provenance.record import Record, describe_files, find_makers, find_records, identity, read_record


@pytest.fixture
def project(tmp_path, monkeypatch) -> MadeUpProject:
    monkeypatch.chdir(tmp_path)
    return made_up_project()


def test_a_record_knows_what_was_read_and_written(project):
    record = read_record(RECORDS["measure"])
    assert record.rule == "measure"
    assert record.wildcards == {"model": "small"}
    assert record.inputs == {
        WEIGHTS: {"sha256": hashlib.sha256(b"weights").hexdigest(), "size": 7},
        TASK: {"sha256": sha256(TASK), "size": 16},
    }
    assert record.outputs == {TABLE: {"sha256": hashlib.sha256(b"table").hexdigest(), "size": 5}}


def test_a_record_holds_the_checksums_of_its_parents_records(project):
    assert read_record(RECORDS["fetch_model"]).parents == {}
    for stage, parent in (("measure", "fetch_model"), ("draw", "measure"), ("report", "draw")):
        assert read_record(RECORDS[stage]).parents == {RECORDS[parent]: sha256(RECORDS[parent])}


def test_a_record_knows_what_was_run(project):
    record = read_record(RECORDS["draw"])
    assert set(record.code) == {"scripts/draw.py", "scripts/shared.py", "scripts/style.py"}
    assert all(checksum == sha256(path) for path, checksum in record.code.items())
    assert record.environment["file"] == "envs/some.yaml"
    assert record.params == {"zones": [0.07, 0.1]}
    assert record.packages == {"numpy": version("numpy"), "torch": version("torch")}


def test_a_record_names_the_seeds_among_the_parameters(project):
    assert read_record(RECORDS["measure"]).seeds == {"statistics.seed": 7}
    assert read_record(RECORDS["draw"]).seeds == {}


def test_what_fetches_records_where_it_came_from(project):
    assert read_record(RECORDS["fetch_model"]).origin == read_json(ORIGIN)
    assert read_record(RECORDS["measure"]).origin is None


def test_times_are_utc_and_in_the_order_of_the_jobs(project):
    records = [read_record(path) for path in RECORDS.values()]
    times = [datetime.fromisoformat(time) for record in records for time in (record.started, record.ended)]
    assert times == sorted(times)
    assert all(time.tzinfo == UTC for time in times)
    assert all(record.cost["cpu_seconds"] > 0 and record.cost["peak_memory_mb"] > 1 for record in records)


def test_the_same_work_has_the_same_id_whenever_it_is_done(project):
    before = read_record(RECORDS["draw"])
    project.draw()
    after = read_record(RECORDS["draw"])
    assert (after.id, after.started != before.started) == (before.id, True)
    assert identity(after) == after.id


@pytest.mark.parametrize(
    "change",
    [
        lambda: write_text(TABLE, "another table"),
        lambda: write_text("scripts/style.py", "# edited\n"),
        lambda: write_text("envs/some.yaml", "dependencies:\n  - numpy=2.4.5\n"),
    ],
    ids=["input", "module", "pin"],
)
def test_other_work_has_another_id(project, change):
    before = read_record(RECORDS["draw"]).id
    change()
    project.draw()
    assert read_record(RECORDS["draw"]).id != before


def test_other_parameters_or_wildcards_give_another_id_and_the_place_and_time_do_not():
    record = Record("", "draw", {}, {}, {}, {}, {}, {"a": 1}, {}, {}, "3.11", "here", 1, "now", None)
    assert identity(replace(record, params={"a": 2})) != identity(record)
    assert identity(replace(record, wildcards={"model": "large"})) != identity(record)
    elsewhere = replace(
        record, started="later", platform="another", git=None, threads=8, packages={}, outputs={"a": {}}
    )
    assert identity(elsewhere) == identity(record)


def test_outside_of_git_there_is_no_commit_and_inside_it_is_known_whether_files_differ(project, tmp_path):
    assert read_record(RECORDS["draw"]).git is None
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *command], check=True, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull})
    project.run("draw", [TABLE], {FIGURE: "figure"})
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert read_record(RECORDS["draw"]).git == {"commit": commit, "clean": True}
    project.run("draw", [TABLE], {FIGURE: "figure"})  # its own record differs from the commit now
    assert read_record(RECORDS["draw"]).git == {"commit": commit, "clean": False}


def test_all_records_are_found_and_what_is_none_is_left_out(project):
    write_text("results/study/records/broken.json", "{")
    write_text("results/study/records/other.json", '{"id": "1"}')
    write_text("results/study/records/.draw.12.json", "{}")
    assert set(find_records()) == set(RECORDS.values())


def test_a_file_that_is_no_record_is_named(tmp_path):
    write_text(tmp_path / "record.json", '{"id": "1", "colour": "red"}')
    with pytest.raises(InputError, match=r"record\.json: not a record"):
        read_record(tmp_path / "record.json")


def test_the_maker_of_a_file_is_known_and_a_record_speaks_of_itself(project):
    makers = find_makers(find_records())
    assert makers[WEIGHTS] == makers[ORIGIN] == RECORDS["fetch_model"]
    assert makers[RECORDS["draw"]] == RECORDS["draw"]
    assert TASK not in makers


def test_a_large_file_may_be_hashed_from_memory(tmp_path):
    write_text(tmp_path / "large", "content")
    path = str(tmp_path / "large")
    assert describe_files([path, path], lambda _: "remembered") == {path: {"sha256": "remembered", "size": 7}}
