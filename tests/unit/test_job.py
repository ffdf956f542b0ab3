import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from sna.files import sha256
from sna.provenance.code import hash_code
from sna.provenance.record import read_record

SCRIPTS = Path(__file__).parents[2] / "scripts"
# Whatever a job does, it is recorded as one of a stage of this project.
CODE = {"script": "scripts/statistics/analyze_layers.py", "environment": "envs/statistics.yaml", "sha256": ""}
# Namedlist is what Snakemake gives to a script.
SCRIPT = """
import os, subprocess, sys, types
sys.path.insert(0, {scripts!r})
from snakemake.iocontainers import Namedlist
from sna.errors import InputError
from sna.job import job
snakemake = types.SimpleNamespace(
    log=["job.log"],
    rule="stage",
    wildcards=Namedlist(fromdict={{"model": "small"}}),
    input=Namedlist(fromdict={{"table": "table"}}),
    output=Namedlist(fromdict={{"figure": "figure", "record": "results/study/records/stage.json"}}),
    params=Namedlist(fromdict={{"code": {code!r}, "level": 0.95}}),
    threads=1,
)
{more}
with job(snakemake) as record:
{block}
"""
RECORD = Path("results", "study", "records", "stage.json")
DRAW = "open('figure', 'w').write(record.id)"


@pytest.fixture
def run(tmp_path):
    """Run a block of code as a job of a small project; return the finished process and what its log holds."""
    (tmp_path / "table").write_text("table", encoding="utf-8")
    log = tmp_path / "job.log"

    def run_block(block: str, more: str = "", typed: str = "") -> tuple[subprocess.CompletedProcess, str]:
        script = SCRIPT.format(scripts=str(SCRIPTS), code=CODE, more=more, block=f"    {block}")
        command = [sys.executable, "-c", script]
        finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, input=typed)
        return finished, log.read_text(encoding="utf-8") if log.exists() else ""

    return run_block


@pytest.mark.parametrize(
    "block",
    [
        "print('grüße')",
        "print('grüße', file=sys.stderr)",
        "os.write(1, 'grüße'.encode())",
        "subprocess.run(['printf', 'grüße'])",
    ],
    ids=["stdout", "stderr", "descriptor", "child"],
)
def test_whatever_a_job_prints_goes_to_its_log(run, block):
    finished, log = run(f"{DRAW}; {block}")
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    assert "grüße" in log


def test_bad_input_ends_with_its_message_and_no_traceback(run):
    finished, log = run("raise InputError('config.yaml: study: there is no such study')")
    assert finished.returncode == 1
    assert log == "error: config.yaml: study: there is no such study\n"
    assert finished.stderr == ""


def test_an_error_of_ours_keeps_its_traceback(run):
    finished, log = run("1 / 0")
    assert finished.returncode == 1
    assert "Traceback" in log
    assert "ZeroDivisionError" in log


def test_a_log_holds_the_last_run_only(run):
    run(f"{DRAW}; print('first')")
    _, log = run(f"{DRAW}; print('second')")
    assert log == "second\n"


def test_a_job_that_ends_well_is_recorded(run, tmp_path):
    run(DRAW)
    record = read_record(tmp_path / RECORD)
    assert (record.rule, record.wildcards, record.params) == ("analyze_layers", {"model": "small"}, {"level": 0.95})
    assert record.inputs["table"]["sha256"] == sha256(tmp_path / "table")
    assert record.outputs == {"figure": {"sha256": sha256(tmp_path / "figure"), "size": 64}}
    assert record.script == CODE["script"]
    assert record.code == hash_code(SCRIPTS.parent / record.script)
    assert record.environment["file"] == CODE["environment"]
    assert record.packages["pydantic"] == version("pydantic")
    assert {"scipy", "torch", "pytest"}.isdisjoint(record.packages)


def test_a_job_in_the_foreground_prints_and_reads_where_it_was_started(run, tmp_path):
    finished, log = run(f"{DRAW}; print(input())", "snakemake.in_foreground = True", "grüße\n")
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "grüße\n", "")
    assert log == ""
    assert read_record(tmp_path / RECORD).outputs["figure"]["sha256"] == sha256(tmp_path / "figure")


def test_the_work_knows_the_id_of_its_record(run, tmp_path):
    run(DRAW)
    assert (tmp_path / "figure").read_text(encoding="utf-8") == read_record(tmp_path / RECORD).id


@pytest.mark.parametrize("block", ["1 / 0", "raise InputError('wrong')", "sys.exit(1)"])
def test_a_job_that_fails_leaves_no_record(run, tmp_path, block):
    run(block)
    assert not (tmp_path / RECORD).exists()
