"""Whatever a stage runs counts as its code, and what an edit of anything plans is what the README says."""

import ast
import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from editing import add_comment, add_function, append, edit_docstrings, edit_function, edits_of_functions, replace
from project import ROOT, Project
from workflow_rules import WITHOUT_JOBS, stages_of

from sna.files import read_json
from sna.provenance.code import hash_code, local_modules
from sna.provenance.syntax import Module

#: Modules of every kind, whose definitions are edited one by one: their functions, and the methods of their classes.
EDITED = [
    "sna/tables.py",
    "sna/statistics/layers.py",
    "sna/statistics/permutation.py",
    "sna/experiments/summary.py",
    "sna/figures/style.py",
    "sna/engine/prefix_tree.py",
    "sna/inputs/fields.py",
    "sna/report/exhibits.py",
    "sna/provenance/lineage.py",
    "statistics/analyze_layers.py",
    "rendering/plot_layers.py",
]


@pytest.fixture(scope="module")
def project(reported, tmp_path_factory) -> Project:
    """A tiny study whose jobs ran under tracing."""
    return Project.copy(tmp_path_factory.mktemp("traced") / "project", reported.folder)


@pytest.fixture(scope="module")
def scripts(project) -> dict[str, Path]:
    """The script of each stage that ran."""
    records = [trace["record"] for trace in traces(project)]
    return {record["rule"]: project.folder / record["script"] for record in records}


@cache
def traces(project: Project) -> list[dict]:
    """Return what ran in each job, with the job's record."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (project.folder / "traces").glob("*.json")]
    return [trace | {"path": trace["record"], "record": read_json(project.folder / trace["record"])} for trace in found]


@cache
def read_module(scripts: Path, file: str) -> Module:
    parts = file.removesuffix(".py").removesuffix("/__init__").split("/")
    return Module(tuple(parts), (scripts / file).read_bytes(), is_package=file.endswith("__init__.py"))


@cache
def statements(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_bytes()).body


@cache
def owners(scripts: Path, file: str, line: int, name: str) -> set[str]:
    """Return the definitions that code of a file may count as; none for a module without effects."""
    module = read_module(scripts, file)
    start = ".".join(module.name)
    if name == "<module>":
        return {f"{start}.<module>"} if module.hash_effects([]) else set()
    for top in statements(scripts / file):
        first = min([top.lineno, *(decorator.lineno for decorator in getattr(top, "decorator_list", []))])
        if first <= line <= top.end_lineno:
            known = [known for known, node in module.definitions.items() if node.lineno == top.lineno]
            return {f"{start}.{known}" for known in known or ["<module>"]}
    raise AssertionError(f"{file}:{line}: {name} is nowhere")


@pytest.fixture(scope="module")
def executed(project) -> dict[str, set[str]]:
    """The definitions that ran for each stage."""
    found = defaultdict(set)
    for trace in traces(project):
        for place in trace["executed"]:
            found[trace["stage"]] |= owners(project.folder / "scripts", *place)
    return found


def test_nothing_that_ran_is_missing_from_a_jobs_code(project):
    stages = set()
    for trace in traces(project):
        stages.add(trace["stage"])
        code = trace["record"]["code"]
        for place in trace["executed"]:
            counted = owners(project.folder / "scripts", *place)
            assert not counted or counted & code.keys(), (trace["stage"], place)
    # The traced study has no optional part.
    assert stages == set(stages_of()) - WITHOUT_JOBS | {"calibrate_task"}


def test_much_of_what_is_imported_does_not_count(project, scripts):
    """Counting everything would miss nothing either."""
    folder, shares = project.folder / "scripts", []
    for script in scripts.values():
        modules = [read_module(folder, str(path.relative_to(folder))) for path in local_modules(script)]
        shares.append(len(hash_code(script)) / sum(len(module.definitions) for module in modules))
    assert sum(shares) / len(shares) < 0.5


@pytest.mark.parametrize("file", EDITED)
def test_an_edit_of_a_function_concerns_the_stages_that_reach_it_and_all_that_ran_it(project, scripts, executed, file):
    path = project.folder / "scripts" / file
    before = {stage: hash_code(script) for stage, script in scripts.items()}
    importing = {stage for stage, script in scripts.items() if path in local_modules(script)}
    module, source = ".".join(file.removesuffix(".py").split("/")), path.read_text(encoding="utf-8")
    edited = 0
    try:
        for name, changed in edits_of_functions(source):
            # Whoever does not import the module does not read it: one edit shows it.
            looked_at = importing if edited else scripts
            edited += 1
            path.write_text(changed, encoding="utf-8")
            definition = f"{module}.{name}"
            assert not any(definition in executed[stage] for stage in scripts.keys() - importing)
            for stage in looked_at:
                after = hash_code(scripts[stage])
                differs = {it for it in before[stage].keys() | after.keys() if before[stage].get(it) != after.get(it)}
                assert differs == ({definition} & before[stage].keys())
                assert differs or definition not in executed[stage]
    finally:
        path.write_text(source, encoding="utf-8")
    assert edited


def test_comments_docstrings_layout_and_functions_that_nobody_calls_concern_no_stage(project, scripts, tmp_path):
    before = {stage: hash_code(script) for stage, script in scripts.items()}
    copy = Project.copy(tmp_path / "project", project.folder).folder
    for path in sorted((copy / "scripts").rglob("*.py")):
        edit_docstrings(path)
        add_function(path)
    moved = {stage: copy / script.relative_to(project.folder) for stage, script in scripts.items()}
    assert {stage: hash_code(script) for stage, script in moved.items()} == before


@dataclass(frozen=True)
class Edit:
    """What is done to files of a project.

    Attributes
    ----------
    said : str
        As a row of the README's table says it.
    files : list of str
    do : callable
        What is done to each.
    run : str
        Which edits are made before the same dry run: none of them may hide what another does.
    named : str
        What the dry run names as the reason; by default the first file.
    """

    said: str
    files: list[str]
    do: Callable[[Path], object]
    run: str
    named: str = ""

    @property
    def reason(self) -> str:
        return self.named or self.files[0]


def touch(path: Path) -> None:
    """Give everything in a folder another time, in an order that has nothing to do with that of its making."""
    for number, file in enumerate(sorted(path.rglob("*"))):
        os.utime(file, (4e9 - number, 4e9 - number))


def commit(path: Path) -> None:
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "--message", "a commit"]):
        subprocess.run(["git", *command], cwd=path, check=True, capture_output=True)


TABLES, LAYERS = "scripts/sna/tables.py", "scripts/sna/statistics/layers.py"
RECORDING = ["scripts/sna/job.py", "scripts/sna/provenance/record.py"]
EDITS = [
    Edit("a comment in `scripts/sna/tables.py`", [TABLES], add_comment, "nothing"),
    Edit("the docstrings and the layout of `scripts/sna/statistics/layers.py`", [LAYERS], edit_docstrings, "nothing"),
    Edit(
        "a new function in `scripts/sna/files.py` that nobody calls", ["scripts/sna/files.py"], add_function, "nothing"
    ),
    Edit(
        "the function `locate_layers` in `scripts/sna/statistics/layers.py`",
        [LAYERS],
        edit_function("locate_layers"),
        "statistics",
        "sna.statistics.layers.locate_layers",
    ),
    Edit(
        "the function `write_table` in `scripts/sna/tables.py`",
        [TABLES],
        edit_function("write_table"),
        "tables",
        "sna.tables.write_table",
    ),
    Edit(
        "the contract of the reviews' table in `scripts/sna/tables.py`",
        [TABLES],
        replace('"sentence": _text,', '"sentence": _text,\n        "again": _text,'),
        "tables",
        "sna.tables.REVIEWS",
    ),
    Edit(
        "the function `draw` in `scripts/rendering/plot_layers.py`",
        ["scripts/rendering/plot_layers.py"],
        edit_function("draw"),
        "page",
        "rendering.plot_layers.draw",
    ),
    Edit(
        "how jobs are logged and recorded: `scripts/sna/job.py`, `scripts/sna/provenance/record.py`",
        RECORDING,
        lambda path: path.write_text(
            re.sub(r"(?m)^( +)(record = (?:begin_record|Record)\()", r"\1edited = 1\n\1\2", path.read_text())
        ),
        "nothing",
    ),
    Edit("a template or the style sheet", ["report/templates/report.html.j2"], append("<!-- edited -->"), "page"),
    Edit("`report/exhibits.yaml`", ["report/exhibits.yaml"], replace("  title: ", "  title: Edited "), "page"),
    Edit("a claim's rule or words, in `report/claims.yaml`", ["report/claims.yaml"], add_comment, "statistics"),
    Edit("`report/questions.yaml`", ["report/questions.yaml"], add_comment, "statistics"),
    Edit(
        "a pin in `envs/rendering.yaml`",
        ["envs/rendering.yaml"],
        replace("seaborn=0.13.2", "seaborn=0.13.1"),
        "page",
    ),
    Edit(
        "a value of `config.yaml`: `sentiment.uncertain`",
        ["config.yaml"],
        replace("uncertain: 0.6", "uncertain: 0.7"),
        "sentiment",
    ),
    Edit("a value of `config.yaml`: `zones.boundaries`", ["config.yaml"], replace("- 0.07\n", "- 0.05\n"), "zones"),
    Edit("a task", ["tasks/addition.yaml"], add_comment, "tables"),
    Edit(
        "a task's fresh prompts, in `tasks/fresh/`",
        ["tasks/fresh/addition.tsv"],
        append("99 + 0 =\t 99\tsum\n"),
        "tables",
    ),
    Edit(
        "a result, by hand: `figures/layers.svg`",
        ["results/tiny/figures/layers.svg"],
        append("<!-- edited -->"),
        "page",
    ),
    Edit("a result, deleted: `experiments.parquet`", ["results/tiny/experiments.parquet"], Path.unlink, "tables"),
    Edit(
        "a record, edited or removed: `records/analyze_layers.json`",
        ["results/tiny/records/analyze_layers.json"],
        Path.unlink,
        "page",
    ),
    Edit("only times (`touch`)", ["."], touch, "nothing"),
    Edit("nothing, but there is a new commit", ["."], commit, "nothing"),
]


def rows_of_the_readme() -> dict[str, str]:
    """Return what runs again by what was edited, from the README's table."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Running it again")[2]
    table = section.partition("| --- | --- |\n")[2].partition("\n\n")[0]
    return dict(re.fullmatch(r"\| (.+?) \| (.+) \|", line).groups() for line in table.splitlines())


def followers(project: Project, stages: set[str]) -> set[str]:
    """Return stages with all that rest on them, of what the report rests on."""
    records = [trace["record"] for trace in traces(project)]
    rules = {trace["path"]: trace["stage"] for trace in traces(project)}
    found = set(stages)
    for _ in rules:
        found |= {record["rule"] for record in records if {rules[parent] for parent in record["parents"]} & found}
    return found - {"crate"}


def test_the_readme_has_a_row_for_each_kind_of_edit():
    assert list(rows_of_the_readme()) == [edit.said for edit in EDITS]


@pytest.mark.parametrize("run", dict.fromkeys(edit.run for edit in EDITS))
def test_an_edit_plans_what_the_readme_says(project, tmp_path, run):
    edits, rows = [edit for edit in EDITS if edit.run == run], rows_of_the_readme()
    known = {trace["stage"] for trace in traces(project)}
    copy = Project.copy(tmp_path / "project", project.folder)
    for edit in edits:
        for file in edit.files:
            edit.do(copy.folder / file)
    printed, planned = copy.dry_run("report")
    reasons = re.findall(r"^(\w+) runs again: [^:]+: (\S+) ", printed, flags=re.MULTILINE)
    expected = set()
    for edit in edits:
        named = re.findall(r"`(\w[\w*]+)`", rows[edit.said])
        assert all(any(fnmatch(stage, name) for stage in known) for name in named)
        concerned = followers(project, {stage for stage in known for name in named if fnmatch(stage, name)})
        assert followers(project, {stage for stage, reason in reasons if reason == edit.reason}) == concerned, edit.said
        expected |= concerned
    assert set(planned) == expected
    assert {reason for _, reason in reasons} <= {edit.reason for edit in edits}
