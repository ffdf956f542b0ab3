"""One job's script runs under a debugger, with what Snakemake would give it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from editing import replace
from project import FIGURES, Project

from sna.provenance.record import read_record


@pytest.fixture
def copy(drawn, tmp_path) -> Project:
    return Project.copy(tmp_path / "project", drawn.folder)


@pytest.fixture(scope="module")
def asked(drawn, tmp_path_factory) -> Project:
    """A project that is only asked."""
    return Project.copy(tmp_path_factory.mktemp("asked") / "project", drawn.folder)


def run_stage(project: Project, *arguments: str, typed: str = "", start: Path | None = None) -> tuple[int, str, str]:
    """Run a stage from any folder, with something typed; return the exit code and what was printed."""
    command = [warm.python(), str(project.folder / "scripts" / "run_stage.py"), *arguments]
    folder = start or project.folder
    done = subprocess.run(command, cwd=folder, input=typed, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_breakpoint_stops_in_the_script_and_what_is_typed_reaches_it(copy, tmp_path):
    figure, record = copy.folder / FIGURES[1], copy.results / "records" / "plot_layers.json"
    before, log = read_record(record), copy.results / "logs" / "plot_layers.log"
    figure.unlink()
    log.write_text("as it was")
    script = copy.folder / "scripts" / "rendering" / "plot_layers.py"
    replace('if __name__ == "__main__":\n', 'if __name__ == "__main__":\n    breakpoint()\n')(script)
    typed = "p snakemake.rule, snakemake.threads, dict(snakemake.input.items())\n"
    typed += "p 'record is', snakemake.output.record\nc\n"
    code, printed, errors = run_stage(copy, "plot_layers", "--study", "tiny", typed=typed, start=tmp_path)
    assert code == 0, errors
    assert "('plot_layers', 1, {" in printed
    assert "'layers': 'results/tiny/statistics/layers.json'" in printed
    assert "('record is', 'results/tiny/records/plot_layers.json')" in printed
    assert log.read_text() == "as it was"
    after = read_record(record)
    assert figure.exists()
    assert (after.inputs, after.params, after.parents) == (before.inputs, before.params, before.parents)
    assert after.started > before.started
    assert after.code["rendering.plot_layers.<module>"] != before.code["rendering.plot_layers.<module>"]


def test_a_job_is_told_by_its_wildcards_and_leaves_what_snakemake_does(copy):
    table = copy.results / "amplified" / "tiny" / "layer_2.parquet"
    before = table.read_bytes()
    table.unlink()
    code, printed, errors = run_stage(copy, "amplify_layer", "--wildcards", "layer=2")
    assert code == 0, printed + errors
    assert table.read_bytes() == before
    code, printed = copy.audit(str(table.relative_to(copy.folder)))
    assert code == 0, printed


#: What is asked for, and what is said of it.
MISTAKES = [
    (["plot_layer"], "there is no stage plot_layer; did you mean plot_layers or "),
    (["audit"], "there is no stage audit; "),
    (["amplify_layer"], "amplify_layer has 3 jobs; name one by --wildcards layer=0|2|3"),
    (
        ["amplify_layer", "--wildcards", "layer=7"],
        "amplify_layer has 0 jobs with layer=7; name one by --wildcards layer=0|2|3",
    ),
    (
        ["amplify_layer", "--wildcards", "colour=7"],
        "amplify_layer has no wildcard colour; it has layer, model",
    ),
    (["plot_layers", "--wildcards", "model=tiny"], "plot_layers has no wildcard model; it has none"),
    (
        ["plot_grid"],
        "1 of its inputs are missing; make them first: "
        "snakemake --cores all results/tiny/statistics/golden_zone.json --config study=tiny",
    ),
    (["crate"], "make them first: snakemake --cores all results/tiny/report.html results/tiny/manifest.json "),
    # The last, since Snakemake keeps the configuration of a process.
    (["plot_layers", "--study", "huge"], "there is no study 'huge'; choose one of tiny"),
]
#: Asks for one job after another in one process, which plans each study once; prints what is said of each.
ASK = """
import json, sys
from functools import cache

import run_stage
from sna.errors import InputError

planned = cache(lambda targets, config: run_stage_dry_run(list(targets), dict(config)))
run_stage_dry_run = run_stage.dry_run
run_stage.dry_run = lambda targets, config: planned(tuple(targets), tuple(config.items()))
for arguments in json.loads(sys.argv[1]):
    try:
        run_stage.main(*run_stage.parse_arguments(arguments))
    except InputError as error:
        print(json.dumps(str(error)))
"""


@pytest.fixture(scope="module")
def said(asked) -> list[str]:
    """What is said of each of the mistakes."""
    command = [sys.executable, "-c", ASK, json.dumps([arguments for arguments, _ in MISTAKES])]
    paths = {"PYTHONPATH": str(asked.folder / "scripts")}
    done = subprocess.run(command, cwd=asked.folder, env=os.environ | paths, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_whoever_asks_for_no_job_is_told_in_one_line_what_there_is(said, number):
    assert MISTAKES[number][1] in said[number]
    assert "\n" not in said[number]


def test_a_mistake_is_all_that_is_printed(asked):
    code, printed, errors = run_stage(asked, "plot_layer")
    assert (code, printed) == (1, "")
    assert errors.startswith("error: there is no stage plot_layer")
    assert errors.count("\n") == 1


def test_a_wildcard_without_a_value_is_refused(asked):
    code, _, errors = run_stage(asked, "amplify_layer", "--wildcards", "layer")
    assert code == 2
    assert "write NAME=VALUE" in errors


def test_bad_input_ends_with_its_message(copy):
    (copy.results / "experiments.parquet").write_text("damaged")
    code, _, errors = run_stage(copy, "analyze_saturation")
    assert code == 1
    assert "experiments.parquet: not a whole Parquet file" in errors
    assert "Traceback" not in errors
