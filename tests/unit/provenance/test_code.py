"""The list of code that a stage runs is complete, and every edit of it shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sna.errors import InputError
from sna.provenance.code import (
    by_module,
    count_modules,
    describe_code,
    hash_code,
    local_modules,
    module_file,
    read_pins,
)

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "scripts"
STAGES = [
    path for path in sorted(SCRIPTS.glob("*/*.py")) if path.parent.name not in {"sna", "explorer_pages", "__pycache__"}
]
# Imports each script in a process of its own, forked where the slow packages of others are there already and nothing of
# this project is; prints the files of the project that are loaded then.
LOADER = """
import importlib.util, json, os, sys
import matplotlib.pyplot, pandas, pandera.pandas, scipy.stats, seaborn, statsmodels.api, torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
folder, scripts = sys.argv[1], sys.argv[2:]
sys.path.insert(0, folder)
for script in scripts:
    if os.fork() == 0:
        spec = importlib.util.spec_from_file_location("script", script)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        print(json.dumps([script, sorted(file for file in files if file.startswith(folder))]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[Path]]:
    """The project's files that are loaded after each script was imported, by the script's name."""
    scripts = list(map(str, STAGES))
    command = [sys.executable, "-W", "ignore", "-c", LOADER, str(SCRIPTS), *scripts]
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=quiet).stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [script for script, _ in lines] == scripts
    return {Path(script).name: {Path(script), *map(Path, files)} for script, files in lines}


@pytest.mark.parametrize("script", STAGES, ids=lambda script: script.stem)
def test_the_list_of_a_stages_modules_is_what_python_loads(loaded, script):
    assert set(local_modules(script)) == loaded[script.name]


@pytest.fixture
def scripts(tmp_path) -> Path:
    """The folder of the scripts of a small project, whose one stage imports in all the ways that there are."""
    files = {
        "scripts/stage.py": "import os, json\nimport lib.plain\nfrom lib.deep import inner\nfrom lib import first\n"
        "lib.plain.late(first)\n",
        "scripts/lib/__init__.py": "",
        "scripts/lib/plain.py": "def late():\n    from lib import lazy\n",
        "scripts/lib/lazy.py": "import numpy\n",
        "scripts/lib/first.py": "from . import second\n",
        "scripts/lib/second.py": "from .deep.other import *\n",
        "scripts/lib/deep/__init__.py": "from ..around import value\nprint(value)\n",
        "scripts/lib/deep/inner.py": "import lib.plain\n",
        "scripts/lib/deep/other.py": "from lib.first import f\n",
        "scripts/lib/around.py": "value = 1\n",
        "scripts/lib/unused.py": "",
        "scripts/json.py": "",
        "scripts/other.py": "import lib.unused\n",
        "envs/some.yaml": "dependencies:\n  - python=3.11\n  - numpy=2.4.6 # fast\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "scripts"


def names(script: Path) -> set[str]:
    return {path.relative_to(script.parent).as_posix() for path in local_modules(script)}


def test_every_kind_of_import_is_followed(scripts):
    library = {"__init__", "plain", "lazy", "first", "second", "around", "deep/__init__", "deep/inner", "deep/other"}
    # Beside the script, json.py is what the script imports: the standard library comes after it.
    assert names(scripts / "stage.py") == {"stage.py", "json.py", *(f"lib/{name}.py" for name in library)}
    assert names(scripts / "other.py") == {"other.py", "lib/__init__.py", "lib/unused.py"}


@pytest.mark.parametrize("edited", ["stage", "lib/__init__", "lib/lazy", "lib/deep/other"])
def test_an_edit_of_an_imported_module_changes_the_code_whatever_its_time(scripts, edited):
    path = scripts / f"{edited}.py"
    before = describe_code(scripts / "stage.py", "envs/some.yaml")
    stat = path.stat()
    path.write_text(path.read_text(encoding="utf-8") + "print()\n", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns - 10**15, stat.st_mtime_ns - 10**15))
    assert describe_code(scripts / "stage.py", "envs/some.yaml") != before


def test_an_edit_of_the_same_length_in_a_file_with_its_old_time_is_seen(scripts):
    path = scripts / "lib" / "around.py"
    before, stat = hash_code(scripts / "stage.py"), path.stat()
    path.write_text("value = 2\n", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = hash_code(scripts / "stage.py")
    assert {name for name in before if before[name] != after[name]} == {"lib.around.value"}


def test_a_touch_and_another_stages_module_change_nothing(scripts):
    before = describe_code(scripts / "stage.py", "envs/some.yaml")
    (scripts / "lib" / "plain.py").touch()
    (scripts / "lib" / "unused.py").write_text("print()\n", encoding="utf-8")
    (scripts / "other.py").write_text("print()\n", encoding="utf-8")
    assert describe_code(scripts / "stage.py", "envs/some.yaml") == before


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (("numpy=2.4.6", "numpy=2.4.5"), True),
        (("  - python", "  - pip\n  - python"), True),
        (("# fast", "# slow"), False),
        (("dependencies", "channels:\n  - conda-forge\ndependencies"), False),
    ],
    ids=["another version", "another package", "a comment", "channels"],
)
def test_pins_count_and_comments_do_not(scripts, edit, changes):
    environment = scripts.parent / "envs" / "some.yaml"
    before = describe_code(scripts / "stage.py", "envs/some.yaml")
    environment.write_text(environment.read_text(encoding="utf-8").replace(*edit), encoding="utf-8")
    assert (describe_code(scripts / "stage.py", "envs/some.yaml") != before) == changes


def test_pins_are_read_as_conda_reads_them(scripts):
    assert read_pins(scripts.parent / "envs" / "some.yaml") == ["numpy=2.4.6", "python=3.11"]


@pytest.mark.parametrize("content", ["", "[python=3.11]", "dependencies: python=3.11", "dependencies:", "{"])
def test_a_file_that_pins_nothing_is_refused_by_name(scripts, content):
    path = scripts.parent / "envs" / "some.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"envs/some\.yaml"):
        read_pins(path)


def test_a_package_may_call_what_it_takes_from_a_module_by_the_modules_name(tmp_path):
    package = tmp_path / "scripts" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from package.part import part\n\ndef use():\n    return part()\n")
    (package / "part.py").write_text("def part():\n    return 1\n")
    script = tmp_path / "scripts" / "stage.py"
    script.write_text("from package import use\nuse()\n")
    before = hash_code(script)
    (package / "part.py").write_text("def part():\n    return 22\n")
    assert before != hash_code(script)


def test_an_editors_link_to_nowhere_is_no_module(scripts):
    before = hash_code(scripts / "stage.py")
    (scripts / ".#stage.py").symlink_to("somebody@somewhere.1234")
    assert hash_code(scripts / "stage.py") == before


@pytest.mark.parametrize("content", [b"def (:\n", b"x = 1\0"])
def test_a_module_that_is_not_python_counts_too(scripts, content):
    before = describe_code(scripts / "stage.py", "envs/some.yaml")
    (scripts / "lib" / "second.py").write_bytes(content)
    assert "lib/second.py" in names(scripts / "stage.py")
    assert describe_code(scripts / "stage.py", "envs/some.yaml") != before


def test_a_script_that_is_not_there_is_named(scripts):
    with pytest.raises(InputError, match=r"lost\.py: there is no such script"):
        local_modules(scripts / "lost.py")


def test_a_script_finds_what_is_beside_it_as_it_does_when_snakemake_runs_it(scripts):
    for name, content in {"stage": "import beside\nbeside.f()\n", "beside": "def f(): return 1\n"}.items():
        path = scripts / "chapter" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert set(hash_code(scripts / "chapter" / "stage.py")) == {"chapter.stage.<module>", "chapter.beside.f"}


def test_a_definition_leads_to_its_file(scripts):
    assert module_file(scripts.parent, "lib.deep.inner.f") == scripts / "lib" / "deep" / "inner.py"
    assert module_file(scripts.parent, "lib.deep.<module>") == scripts / "lib" / "deep" / "__init__.py"
    assert module_file(scripts.parent, "lib.gone.*") == scripts / "lib" / "gone.py"


def test_definitions_are_sorted_by_module():
    code = {"lib.a.<module>": "1", "lib.a.f": "2", "lib.b.g": "3"}
    assert by_module(code) == {"lib.a": {"<module>": "1", "f": "2"}, "lib.b": {"g": "3"}}
    assert count_modules(code) == 2


LIBRARY = """
import math
from dataclasses import dataclass

import numpy

LIMIT = 1
UNUSED = math.pi


def by_name():
    return helper(LIMIT)


def helper(value):
    return value


def unused():
    return UNUSED, numpy.array


@dataclass
class Base:
    size: "Size"

    def method(self):
        return in_method()


class Size: ...


def in_method(): ...


class Derived(Base): ...


def decorator(function):
    return function


@decorator
def decorated(value=LIMIT): ...


def build(): ...


MADE = Derived(LIMIT)
BUILT = build()


def annotated(value: "Derived", other: list["Size"]) -> None: ...


def nested():
    def inner():
        from lib.lazy import late

        return late()

    return inner
"""
OF_DERIVED = {"lib.Derived", "lib.Base", "lib.Size", "lib.in_method"}
# What counts for whoever imports the library: what may change something else, and what runs on the way.
IMPORTED = {"lib.BUILT", "lib.build", "lib.decorator", *OF_DERIVED}


@pytest.mark.parametrize(
    ("script", "reached"),
    [
        ("import lib", set()),
        ("from lib import LIMIT\nprint(LIMIT)", {"lib.LIMIT"}),
        ("from lib import by_name as f\nf()", {"lib.by_name", "lib.helper", "lib.LIMIT"}),
        ("import lib as l\nl.by_name()", {"lib.by_name", "lib.helper", "lib.LIMIT"}),
        ("import lib\nlib.helper.attribute", {"lib.helper"}),
        ("def f():\n    import lib\n    return lib.helper()\nf()", {"stage.f", "lib.helper"}),
        ("def f():\n    return helper()\nfrom lib import helper\nf()", {"stage.f", "lib.helper"}),
        ("def f():\n    return 1", set()),
        ("from lib import MADE\nprint(MADE)", {"lib.MADE", "lib.LIMIT"}),
        ("from lib import decorated\ndecorated()", {"lib.decorated", "lib.LIMIT"}),
        ("from lib import annotated\nannotated()", {"lib.annotated"}),
        ("Alias = dict[str, 'Node']\nclass Node: ...\nprint(Alias)", {"stage.Alias", "stage.Node"}),
        ("from lib import nested\nnested()", {"lib.nested", "lib.lazy.late"}),
        ("import lib\nclass C(lib.Size):\n    x = lib.helper\nprint(C)", {"stage.C", "lib.helper"}),
        ("import lib.again\nlib.again.renamed()", {"lib.again.<module>", "lib.again.renamed", "lib.helper"}),
        ("import lib.again\nlib.again.rooted()", {"lib.again.<module>", "lib.again.rooted"}),
        ("if True:\n    from lib import helper\ndef f():\n    helper()\nf()", {"stage.f", "lib.helper"}),
        ("try:\n    import lib\nexcept ImportError:\n    lib = None\nlib.helper()", {"lib.helper"}),
        ("import lib\nlib.helper = 1", {"lib.helper"}),
        ("from lib import helper\nhelper.attribute = 1", {"lib.helper"}),
        ("def f():\n    global G\n    G = 2\nG = 1\nf()", {"stage.f", "stage.G"}),
    ],
)
def test_what_a_script_names_counts_directly_and_through_others(tmp_path, script, reached):
    code = reach(tmp_path, script)
    imported = IMPORTED if "import lib" in script or "from lib" in script else set()
    assert set(code) - {"stage.<module>"} == reached | imported


@pytest.mark.parametrize(
    "script",
    [
        "import lib\ngetattr(lib, 'hel' + 'per')()",
        "import lib\nprint(lib)",
        "import lib\nlib.__dict__['helper']()",
        "import lib\nlib.unknown",
        "from lib import *\nhelper()",
        "from lib import missing\nmissing()",
        "import lib as l\nm = l\nm.helper()",
        "from lib import helper\neval('helper()')",
        "import importlib\nimportlib.import_module('lib').helper()",
        "import lib, sys\nsys.modules['lib'].helper()",
    ],
)
def test_a_module_of_which_something_cannot_be_followed_counts_whole(tmp_path, script):
    before = reach(tmp_path, script)
    after = reach(tmp_path, script, LIBRARY.replace("return value", "return -value"))
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"lib.*", "lib.helper"}
    assert changed


def reach(folder: Path, script: str, library: str = LIBRARY) -> dict[str, str]:
    """Return what a script reaches in a project with a library."""
    files = {
        "stage.py": script,
        "lib/__init__.py": library,
        "lib/lazy.py": "def late(): ...\n",
        # Of imports that the module does not use itself, one from elsewhere may be there for what it does.
        "lib/again.py": "from lib import helper as renamed\nfrom math import floor as rooted\n",
    }
    for name, content in files.items():
        path = folder / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return hash_code(folder / "scripts" / "stage.py")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import math\n", "import math\nimport os\nimport re\n\n\ndef new():\n    return os, re\n\n"),
        ("UNUSED = math.pi", "# A comment.\nUNUSED = math.e"),
        ("return UNUSED, numpy", "return 3, numpy"),
        ("def helper(value):\n", 'def helper(value):  # comment\n    """A docstring."""\n'),
        ("import numpy\n", "import numpy.linalg\n"),
    ],
)
def test_what_nobody_runs_may_change(tmp_path, old, new):
    script = "from lib import by_name\nby_name()"
    assert LIBRARY.count(old) == 1
    before = reach(tmp_path, script)
    assert reach(tmp_path, script, LIBRARY.replace(old, new)) == before


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("return value", "return -value", {"lib.helper"}),
        ("LIMIT = 1", "LIMIT = 2", {"lib.LIMIT"}),
        ("LIMIT = 1", "from math import pi as LIMIT", {"lib.LIMIT", "lib.by_name"}),
        ("import math\n", "import math\nimport readline\n", {"lib.<module>"}),
        ("import math\n", "import math\nprint(1)\n", {"lib.<module>", "lib.by_name", "lib.helper", "lib.LIMIT"}),
        ("def build(): ...", "def build(): return 1", {"lib.build"}),
        ("BUILT = build()", "BUILT = build(1)", {"lib.BUILT"}),
        ("return helper(LIMIT)", "return in_method() + helper(LIMIT)", {"lib.by_name"}),
    ],
)
def test_what_somebody_runs_may_not(tmp_path, old, new, changed):
    script = "from lib import by_name\nby_name()"
    assert LIBRARY.count(old) == 1
    before, after = reach(tmp_path, script), reach(tmp_path, script, LIBRARY.replace(old, new))
    differs = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= differs
    assert changed == differs or "print" in new


def test_what_records_and_logs_is_no_part_of_a_stage(tmp_path):
    library = {
        "job.py": "from sna.record import begin\n\n\ndef job(it):\n    begin(it)\n",
        "record.py": "def begin(it): ...\n",
    }
    (tmp_path / "scripts" / "sna").mkdir(parents=True)
    for name, content in library.items():
        (tmp_path / "scripts" / "sna" / name).write_text(content, encoding="utf-8")
    assert set(reach(tmp_path, "from sna.job import job\nwith job(1): ...")) == {"stage.<module>"}
    assert set(reach(tmp_path, "from sna import job\nfrom sna.record import begin\nbegin(job.job)")) == {
        "stage.<module>", "sna.record.begin"
    }  # fmt: skip


def test_no_stage_of_this_project_counts_a_module_whole():
    """Where one did, an edit of anything in it would rerun the stage; give what it looks up a name instead."""
    whole = {script.stem: [name for name in hash_code(script) if name.endswith("*")] for script in STAGES}
    # Python expressions are evaluated, in which any name may stand.
    assert whole == {key: [] for key in whole} | {"tune_model": ["sna.bank.expressions.*"]}


def test_a_table_concerns_only_the_stages_that_read_or_write_it():
    readers = {script.stem for script in STAGES if "sna.tables.CLASSIFIED" in hash_code(script)}
    assert readers == {"validate_reviews", "analyze_reviews", "simulate_studies"}
    assert {script.stem for script in STAGES if "sna.tables.NEURONS" in hash_code(script)} >= {"rank_neurons"}
    assert "sna.tables.NEURONS" not in hash_code(SCRIPTS / "statistics" / "analyze_layers.py")
