"""One set of pins: conda's environments, pip's requirements, the locks and what is installed agree."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from workflow_rules import STUDIES, rules_of

from sna.provenance.packages import normalize

ROOT = Path(__file__).parents[2]
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
# Conda's name of a package where pip has another.
PIP_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}
#: The requirements that each lock is of.
LOCKS = {
    "workflow": ["requirements"],
    "explorer": ["requirements", "explorer"],
    "development": ["requirements", "explorer", "development", "docs"],
    "peers": ["requirements", "benchmark", "peers"],
}
# Interpreter and installer, which a requirements file cannot name.
OF_CONDA_ALONE = {"python", "pip"}
PYTHON = "3.11"
LIBRARY = ROOT / "scripts" / "sna"
# Modules of the library that an installed one cannot import: only the workflow has what they need.
OF_WORKFLOW_ALONE = ("bank/", "figures/heat_maps", "planning", "provenance/crate", "report/")
#: Those for which the library has an extra.
OF_AN_EXTRA = ("interventions/harness",)


def requirements(name: str) -> dict[str, str]:
    """Return the pins of a requirements file, without those of the file that it includes."""
    lines = (ROOT / "envs" / name).read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith(("#", "-r "))]
    unpinned = [line for line in lines if not re.fullmatch(r"[\w.-]+==\d+(\.\d+)+", line)]
    assert unpinned == []
    return dict(line.split("==") for line in lines)


def locked(name: str) -> dict[str, str]:
    """Return the version of each package of a lock, every one of which has checksums; of several versions the last."""
    text = (ROOT / "envs" / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    entry = r"([a-z0-9-]+)==(\S+)( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+"
    found = {text: re.fullmatch(entry, text) for text in entries}
    assert [text for text, matched in found.items() if not matched] == []
    return {matched[1]: matched[2] for matched in found.values()}


def dependencies(env: Path) -> dict[str, str]:
    """Return a conda environment's pins by conda's names, an empty one where there is none."""
    listed = yaml.safe_load(env.read_text(encoding="utf-8"))["dependencies"]
    # What it leaves to pip is an entry of its own, a mapping.
    of_conda = [entry for entry in listed if isinstance(entry, str)]
    return {name: pin for name, _, pin in (entry.partition("=") for entry in of_conda)}


def envs_of_rules() -> dict[str, set[str]]:
    """Return the scripts that run in each environment that a rule names, all from the project's root."""
    found: dict[str, set[str]] = {}
    for rule in (rule for study in STUDIES for rule in rules_of(study=study).values()):
        if rule["script"]:
            found.setdefault(rule["conda"], set()).add(rule["script"])
    return found


def imports(path: Path, seen: set[Path] | None = None) -> set[str]:
    """Return the packages that a file imports, itself or through the library."""
    seen = set() if seen is None else seen
    if path in seen or not path.is_file():
        return set()
    seen.add(path)
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    packages = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"sna"}
    for name in names:
        module = ROOT / "scripts" / Path(*name.split("."))
        packages |= imports(module.with_suffix(".py"), seen) | imports(module / "__init__.py", seen)
    return packages


def library_dependencies() -> dict[str, str]:
    """Return the oldest release series of each package that the library, installed by pip, is content with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(entry.split(">=") for entry in project["dependencies"])


def direct_dependencies(distribution: str) -> set[str]:
    """Return the distributions that one always brings along to a machine like this."""
    entries = [Requirement(entry) for entry in requires(distribution) or []]
    return {normalize(entry.name) for entry in entries if not entry.marker or entry.marker.evaluate({"extra": ""})}


@pytest.mark.parametrize("env", ENVS, ids=lambda env: env.stem)
def test_conda_and_pip_pin_the_same_versions(env):
    pinned = requirements("requirements.txt")
    for name, pin in dependencies(env).items():
        if name not in OF_CONDA_ALONE:
            assert pin == pinned[PIP_NAMES.get(name, name)], name


@pytest.mark.parametrize("env", ENVS, ids=lambda env: env.stem)
def test_an_environment_has_the_one_python(env):
    assert dependencies(env)["python"] == PYTHON


@pytest.mark.parametrize("env", ENVS, ids=lambda env: env.stem)
def test_an_environment_takes_packages_from_conda_forge_and_snakemake_from_bioconda(env):
    channels = ["conda-forge", *(["bioconda"] if "snakemake-minimal" in dependencies(env) else []), "nodefaults"]
    assert yaml.safe_load(env.read_text(encoding="utf-8"))["channels"] == channels


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_pinned_in_that_version_but_for_torch(lock):
    pinned = {normalize(name): pin for file in LOCKS[lock] for name, pin in requirements(f"{file}.txt").items()}
    del pinned["torch"]
    assert locked(lock).items() >= pinned.items() | locked("workflow").items()
    assert "torch" not in locked(lock)


def test_all_that_the_pins_need_is_installed_as_the_lock_has_it():
    waiting, needed = list(requirements("requirements.txt")), set()
    while waiting:
        if (name := normalize(waiting.pop())) not in needed:
            needed.add(name)
            waiting += direct_dependencies(name)
    there = locked("workflow")
    assert {name: version(name) for name in needed - {"torch"}} == {name: there[name] for name in needed - {"torch"}}


def test_torch_needs_what_the_lock_was_resolved_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (told,) = project["tool"]["uv"]["dependency-metadata"]
    # Besides those, a build for CUDA names its libraries for Linux.
    always = {entry for entry in requires("torch") if ";" not in entry}
    assert (told["version"], set(told["requires-dist"])) == (requirements("requirements.txt")["torch"], always)


def test_the_container_copies_all_that_makes_its_environment(tmp_path):
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    before = lines[: lines.index("RUN make .venv/workflow")]
    for source, target in (line.split()[1:] for line in before if line.startswith("COPY ")):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / target)
    make = ["make", "--dry-run", ".venv/workflow"]
    planned = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "--require-hashes --requirement envs/locks/workflow.txt" in planned


def test_every_pip_pin_is_in_some_conda_environment():
    named = {PIP_NAMES.get(name, name) for env in ENVS for name in dependencies(env)}
    assert set(requirements("requirements.txt")) <= named


def test_the_installed_library_is_content_with_the_pins_and_nothing_older_than_their_series():
    pinned = requirements("requirements.txt")
    series = {name: ".".join(pinned[name].split(".")[:2]) for name in library_dependencies()}
    assert library_dependencies() == series


def test_the_installed_library_has_all_that_its_modules_import_but_for_the_workflows_own():
    there = {normalize(name) for name in library_dependencies()}
    there |= set().union(*map(direct_dependencies, library_dependencies()))
    distributions = packages_distributions()

    def lacks(path: Path) -> bool:
        # What is not installed here has no distribution.
        return any(there.isdisjoint(map(normalize, distributions.get(package, ()))) for package in imports(path))

    lacking = {path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.py") if lacks(path)}
    assert {name for name in lacking if not name.startswith(OF_WORKFLOW_ALONE + OF_AN_EXTRA)} == set()


@pytest.mark.parametrize("file", ["requirements.txt", "explorer.txt", "development.txt"])
def test_what_is_installed_is_what_is_pinned(file):
    pinned = requirements(file)
    # A build's own mark, such as torch's +cpu, is not part of the version.
    assert {name: version(name).partition("+")[0] for name in pinned} == pinned


def test_a_rules_environment_is_there_and_every_environment_is_a_rules():
    elsewhere = {"envs/benchmark.yaml", "envs/explorer.yaml"}
    assert set(envs_of_rules()) | elsewhere == {env.relative_to(ROOT).as_posix() for env in ENVS}


@pytest.mark.parametrize("env", ENVS, ids=lambda env: env.stem)
def test_an_environment_has_all_that_its_scripts_import(env):
    """Run by conda, a script has only its own environment: an import that is forgotten there fails."""
    pinned = {PIP_NAMES.get(name, name) for name in dependencies(env)} - OF_CONDA_ALONE
    there = {normalize(name) for name in pinned} | set().union(*map(direct_dependencies, pinned))
    distributions = packages_distributions()
    for script in envs_of_rules().get(env.relative_to(ROOT).as_posix(), ()):
        for package in imports(ROOT / script):
            assert there & set(map(normalize, distributions[package])), f"{script} imports {package}"
