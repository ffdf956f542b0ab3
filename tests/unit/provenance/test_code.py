"""The list of code that a stage runs is complete, and every edit of it shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sna.errors import InputError
from sna.provenance.code import describe_code, hash_code, local_modules, read_pins

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "scripts"
RULES = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk")))
STAGES = [SCRIPTS / name for name in re.findall(r'"\.\./scripts/(\w+\.py)"', RULES)]
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
        "scripts/stage.py": "import os, json\nimport lib.plain\nfrom lib.deep import inner\nfrom lib import first\n",
        "scripts/lib/__init__.py": "",
        "scripts/lib/plain.py": "def late():\n    from lib import lazy\n",
        "scripts/lib/lazy.py": "import numpy\n",
        "scripts/lib/first.py": "from . import second\n",
        "scripts/lib/second.py": "from .deep.other import *\n",
        "scripts/lib/deep/__init__.py": "from ..around import value\n",
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
    path.write_text(path.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns - 10**15, stat.st_mtime_ns - 10**15))
    assert describe_code(scripts / "stage.py", "envs/some.yaml") != before


def test_an_edit_of_the_same_length_in_a_file_with_its_old_time_is_seen(scripts):
    path = scripts / "lib" / "around.py"
    before, stat = hash_code(scripts / "stage.py"), path.stat()
    path.write_text("value = 2\n", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = hash_code(scripts / "stage.py")
    assert {name for name in before if before[name] != after[name]} == {"scripts/lib/around.py"}


def test_a_touch_and_another_stages_module_change_nothing(scripts):
    before = describe_code(scripts / "stage.py", "envs/some.yaml")
    (scripts / "lib" / "plain.py").touch()
    (scripts / "lib" / "unused.py").write_text("# a comment\n", encoding="utf-8")
    (scripts / "other.py").write_text("# a comment\n", encoding="utf-8")
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


@pytest.mark.parametrize("content", [b"def (:\n", b"x = 1\0"])
def test_a_module_that_is_not_python_counts_too(scripts, content):
    before = describe_code(scripts / "stage.py", "envs/some.yaml")
    (scripts / "lib" / "second.py").write_bytes(content)
    assert "lib/second.py" in names(scripts / "stage.py")
    assert describe_code(scripts / "stage.py", "envs/some.yaml") != before


def test_a_script_that_is_not_there_is_named(scripts):
    with pytest.raises(InputError, match=r"lost\.py: there is no such script"):
        local_modules(scripts / "lost.py")
