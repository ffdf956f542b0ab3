"""A record says what a job read, ran and wrote, and has the id of its work."""

import hashlib
import json
import os
import re
import subprocess
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_jobs import FIGURE, ORIGIN, RECORDS, TABLE, TASK, WEIGHTS, MadeUpProject, made_up_project
from made_up_records import made_up_record

from sna.errors import InputError
from sna.files import read_json, sha256, write_text
from sna.provenance.check import check_job
from sna.provenance.code import hash_code
from sna.provenance.device import describe_device
from sna.provenance.graph import find_makers
from sna.provenance.lineage import Lineage
from sna.provenance.record import Record, describe_files, find_records, identity, read_record


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
    assert record.script == "scripts/rendering/draw.py"
    assert list(record.code) == ["rendering.draw.<module>", "shared.work", "style.colour"]
    assert record.code == hash_code(Path(record.script).resolve())
    assert record.environment["file"] == "envs/some.yaml"
    assert record.params == {"zones": [0.07, 0.1]}
    assert record.packages["pydantic"] == version("pydantic")


def test_a_record_names_the_seeds_among_the_parameters(project):
    assert read_record(RECORDS["measure"]).seeds == {"statistics.seed": 7}
    assert read_record(RECORDS["draw"]).seeds == {}


def test_a_record_says_on_what_a_model_ran_if_its_stage_is_told_a_device(project):
    assert read_record(RECORDS["draw"]).device is None
    project.run("draw", [TABLE], {FIGURE: "figure"}, device="auto")
    assert read_record(RECORDS["draw"]).device == describe_device()


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
        lambda: write_text("scripts/style.py", "def colour():\n    return 'red'\n"),
        lambda: write_text("envs/some.yaml", "dependencies:\n  - numpy=2.4.5\n"),
    ],
    ids=["input", "definition", "pin"],
)
def test_other_work_has_another_id(project, change):
    before = read_record(RECORDS["draw"]).id
    change()
    project.draw()
    assert read_record(RECORDS["draw"]).id != before


def test_other_parameters_or_wildcards_give_another_id_and_the_place_and_time_do_not():
    record = made_up_record("draw", [FIGURE], params={"a": 1})
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


#: What is done to a record, and the key that is named.
BROKEN = {
    "an unknown key": (lambda it: it.update(colour="red"), "colour"),
    "a missing key": (lambda it: it.pop("outputs"), "outputs"),
    "outputs null": (lambda it: it.update(outputs=None), "outputs"),
    "no outputs": (lambda it: it.update(outputs={}), "outputs"),
    "an output null": (lambda it: it["outputs"].update({TABLE: None}), f"outputs.{TABLE}"),
    "an input without its checksum": (lambda it: it["inputs"][TASK].pop("sha256"), f"inputs.{TASK}.sha256"),
    "an input with more": (lambda it: it["inputs"][TASK].update(time=1), f"inputs.{TASK}.time"),
    "a size below zero": (lambda it: it["inputs"][TASK].update(size=-1), f"inputs.{TASK}.size"),
    "a size that is text": (lambda it: it["inputs"][TASK].update(size="16"), f"inputs.{TASK}.size"),
    "a size that is true": (lambda it: it["inputs"][TASK].update(size=True), f"inputs.{TASK}.size"),
    "a checksum that is a number": (lambda it: it["parents"].update({RECORDS["fetch_model"]: 1}), "parents"),
    "a checksum that is none": (lambda it: it.update(id="g" * 64), "id"),
    "a list of wildcards": (lambda it: it.update(wildcards=["small"]), "wildcards"),
    "an environment without pins": (lambda it: it["environment"].pop("sha256"), "environment.sha256"),
    "a cost that is text": (lambda it: it["cost"].update(cpu_seconds="1"), "cost.cpu_seconds"),
    "a cost that is NaN": (lambda it: it["cost"].update(cpu_seconds=float("nan")), "cost.cpu_seconds"),
    "a parameter that is NaN": (lambda it: it["params"].update(level=float("nan")), "JSON"),
    "a time that is none": (lambda it: it.update(ended="2026-13-01T00:00:00.000000+00:00"), "ended"),
    "a time of another zone": (lambda it: it.update(ended="2026-12-01T00:00:00.000000+02:00"), "ended"),
    "a time that is a number": (lambda it: it.update(started=1), "started"),
    "a device without a name": (lambda it: it.update(device={"kind": "cpu"}), "device"),
    "a commit that is all": (lambda it: it.update(git="1234"), "git"),
}


@pytest.mark.parametrize(("change", "key"), BROKEN.values(), ids=BROKEN)
def test_a_record_that_is_none_any_more_is_named_with_its_key(project, change, key):
    content = read_json(RECORDS["measure"])
    change(content)
    Path(RECORDS["measure"]).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"{RECORDS['measure']}: not a record: ") + f".*{re.escape(key)}"):
        read_record(RECORDS["measure"])
    assert RECORDS["measure"] not in find_records()


#: Bytes that are no record, nor often JSON.
NONSENSE = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b"NaN",
    b"\xff\xfe",
    b"\x00",
    b"[" * 100_000,
    b"9" * 10_000,
    b'{"id": "\\ud800"}',
]


@pytest.mark.parametrize("content", NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_no_record_at_all_is_named(tmp_path, content):
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(InputError, match=r"record\.json: not a record: "):
        read_record(tmp_path / "record.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
)


@given(key=st.sampled_from([field.name for field in fields(Record)]), value=VALUES)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_at_a_key_is_refused_or_can_be_audited(project, key, value):
    content = asdict(made_up_record("draw", [FIGURE], [RECORDS["measure"]], [TASK])) | {key: value}
    Path(RECORDS["draw"]).write_text(json.dumps(content), encoding="utf-8")
    for job in project.jobs.values():
        check_job(job, Lineage.read())


def test_the_maker_of_a_file_is_known_and_a_record_speaks_of_itself(project):
    makers = find_makers(find_records())
    assert makers[WEIGHTS] == makers[ORIGIN] == RECORDS["fetch_model"]
    assert makers[RECORDS["draw"]] == RECORDS["draw"]
    assert TASK not in makers


def test_a_large_file_may_be_hashed_from_memory(tmp_path):
    write_text(tmp_path / "large", "content")
    path = str(tmp_path / "large")
    assert describe_files([path, path], lambda _: "remembered") == {path: {"sha256": "remembered", "size": 7}}
