"""One set of pins: conda's environments, pip's requirements and what is installed agree."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest
import yaml
from workflow_rules import STUDIES, rules_of

ROOT = Path(__file__).parents[2]
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
# Conda's name of a package where pip has another.
PIP_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}
# Interpreter and installer, which a requirements file cannot name.
OF_CONDA_ALONE = {"python", "pip"}
PYTHON = "3.11"
LIBRARY = ROOT / "scripts" / "sna"
# Modules of the library that an installed one cannot import: only the workflow has what they need.
OF_WORKFLOW_ALONE = ("bank/", "planning", "provenance/crate", "report/")
#: Those for which the library has an extra.
OF_AN_EXTRA = ("interventions/harness",)


def requirements(name: str) -> dict[str, str]:
    """Return the pins of a requirements file, without those of the file that it includes."""
    lines = (ROOT / "envs" / name).read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith(("#", "-r "))]
    unpinned = [line for line in lines if not re.fullmatch(r"[\w.-]+==\d+(\.\d+)+", line)]
    assert unpinned == []
    return dict(line.split("==") for line in lines)


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


def normalized(name: str) -> str:
    """Write a distribution's name as pip compares it."""
    return name.lower().replace("_", "-")


def direct_dependencies(distribution: str) -> set[str]:
    """Return the distributions that one always brings along."""
    always = [entry for entry in requires(distribution) or [] if "extra ==" not in entry]
    return {normalized(re.match(r"[\w.-]+", entry).group()) for entry in always}


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
def test_an_environment_takes_packages_from_conda_forge_alone(env):
    assert yaml.safe_load(env.read_text(encoding="utf-8"))["channels"] == ["conda-forge", "nodefaults"]


def test_every_pip_pin_is_in_some_conda_environment():
    named = {PIP_NAMES.get(name, name) for env in ENVS for name in dependencies(env)}
    assert set(requirements("requirements.txt")) <= named


def test_the_installed_library_is_content_with_the_pins_and_nothing_older_than_their_series():
    pinned = requirements("requirements.txt")
    series = {name: ".".join(pinned[name].split(".")[:2]) for name in library_dependencies()}
    assert library_dependencies() == series


def test_the_installed_library_has_all_that_its_modules_import_but_for_the_workflows_own():
    there = {normalized(name) for name in library_dependencies()}
    there |= set().union(*map(direct_dependencies, library_dependencies()))
    distributions = packages_distributions()

    def lacks(path: Path) -> bool:
        # What is not installed here has no distribution.
        return any(there.isdisjoint(map(normalized, distributions.get(package, ()))) for package in imports(path))

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
    there = {normalized(name) for name in pinned} | set().union(*map(direct_dependencies, pinned))
    distributions = packages_distributions()
    for script in envs_of_rules().get(env.relative_to(ROOT).as_posix(), ()):
        for package in imports(ROOT / script):
            assert there & set(map(normalized, distributions[package])), f"{script} imports {package}"
