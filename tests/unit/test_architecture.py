"""The house: which part of the code imports which, held against its floors."""

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
#: From the top. A part imports from the floors below its own alone.
FLOORS = [
    {"explorer", "serve_explorer", "audit", "replay", "run_stage", "rendering"}
    | {"write_config_schema", "write_fresh_prompts", "simulate_run"},
    {"explorer_pages"},
    {"models", "selection", "amplification", "validation", "calibration", "statistics", "reporting"},
    {"sna.simulation", "sna.calibration", "sna.exploration"},
    {"sna.statistics", "sna.figures"},
    {"sna.experiments", "sna.interventions"},
    {"sna.report", "sna.fetching", "sna.engine", "sna.tuning", "sna.job", "sna.planning"},
    {"sna.provenance", "sna.model", "sna.verdicts", "sna.bank"},
    {"sna.inputs", "sna.tables", "sna.progress"},
    {"sna.files", "sna.formats", "sna.killed", "sna.locks", "sna.piping", "sna.places"},
    {"sna.errors"},
]


def part_of(path: Path) -> str:
    """Return the part that a file is of: a folder or a file of scripts/, or a package or a module of the library."""
    parts = path.relative_to(SCRIPTS).with_suffix("").parts
    return ".".join(parts[:2] if parts[0] == "sna" else parts[:1])


def module_at(names: tuple[str, ...]) -> Path | None:
    """Return the file of a module of this project, if the names are one."""
    place = SCRIPTS.joinpath(*names)
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def imported(path: Path) -> set[Path]:
    """Return the files of this project that a file imports, also those that it imports when something is called."""
    found, package = set(), path.relative_to(SCRIPTS).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {module_at(tuple(alias.name.split("."))) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = (*start, *(node.module or "").split(".")) if node.module else start
            found |= {module_at((*module, alias.name)) or module_at(module) for alias in node.names}
    return found - {None}


def reached(path: Path) -> set[Path]:
    """Return the files of this project that a file imports, directly or through others."""
    found, waiting = set(), [path]
    while waiting:
        new = imported(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def arrows() -> Counter[tuple[str, str]]:
    """Count the imports from one part into another."""
    files = [path for path in SCRIPTS.rglob("*.py") if path != SCRIPTS / "sna" / "__init__.py"]
    drawn = Counter((part_of(path), part_of(other)) for path in files for other in imported(path))
    return Counter({(start, end): n for (start, end), n in drawn.items() if start != end})


ARROWS = arrows()
FLOOR = {part: len(FLOORS) - number for number, floor in enumerate(FLOORS) for part in floor}


def test_every_part_has_a_floor():
    parts = {part_of(path) for path in SCRIPTS.rglob("*.py") if path != SCRIPTS / "sna" / "__init__.py"}
    assert parts - set(FLOOR) == set()


@pytest.mark.parametrize("arrow", sorted(ARROWS), ids=" -> ".join)
def test_an_import_goes_down(arrow):
    start, end = arrow
    assert FLOOR[start] > FLOOR[end]


def test_no_part_imports_itself_by_way_of_others():
    graph = {}
    for start, end in ARROWS:
        graph.setdefault(start, set()).add(end)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize(
    "scripts",
    ["statistics/*.py", "rendering/*.py", "reporting/*.py", "explorer_pages/results.py", "explorer_pages/calibr*.py"],
)
def test_what_works_on_tables_loads_no_model(scripts):
    """A screen of results would else be kept waiting for all of torch."""
    for script in SCRIPTS.glob(scripts):
        parts = {part_of(path) for path in reached(script) if path.name != "__init__.py"}
        assert parts.isdisjoint({"sna.model", "sna.engine"}), script.name


def test_imports_were_found():
    """A test that finds no arrow would pass for any house."""
    assert {("rendering", "sna.figures"), ("sna.engine", "sna.model"), ("explorer_pages", "sna.exploration")} <= set(
        ARROWS
    )


def test_the_modules_of_a_package_import_one_another_in_no_circle():
    graph = {path: imported(path) for path in SCRIPTS.rglob("*.py")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(path.relative_to(SCRIPTS).as_posix() for path in error.args[1])}")
