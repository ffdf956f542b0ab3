"""Projects that several files of tests start from, each made once for all processes that test; a test takes a copy."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from project import FIGURES, Project, tiny_config
from tiny_models import build_tiny_model
from warm import TRACES

#: One with a plain and one with a gated MLP; engine and reference are compared for every family in the unit tests.
MODELS = ["gpt2", "llama"]


@pytest.fixture(scope="session")
def once(tmp_path_factory) -> Callable[[str, Callable[[Path], object]], Project]:
    """Give a project of a name, which the first who asks for it makes while the others wait."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def give(name: str, make: Callable[[Path], object]) -> Project:
        project, made = folder / name, folder / f"{name} is made"
        with open(folder / f"{name} is being made", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(project, ignore_errors=True)
                make(project)
                made.touch()
        return Project(project)

    return give


@pytest.fixture(scope="session")
def ranked(once) -> Project:
    """A project with one tiny model, ready to be swept."""

    def make(folder: Path) -> None:
        project = Project.copy(folder)
        build_tiny_model("llama", folder / "models" / "tiny")
        project.write_config(tiny_config(["tiny"]))
        project.succeed("results/tiny/baseline/tiny.parquet", "results/tiny/neurons/tiny.parquet")

    return once("ranked", make)


@pytest.fixture(scope="session")
def swept(once, ranked) -> Project:
    """The same, swept without a disturbance."""
    return once("swept", lambda folder: Project.copy(folder, ranked.folder).succeed("aggregate_experiments"))


@pytest.fixture(scope="session")
def drawn(once, swept) -> Project:
    """The same, with two figures."""
    return once("drawn", lambda folder: Project.copy(folder, swept.folder).succeed(*FIGURES))


@pytest.fixture(scope="session")
def reported(once) -> Project:
    """A project in which report and crate were made of two models, from fetching them on, and one was calibrated.

    The file ``printed.txt`` holds what Snakemake printed, the folder ``traces`` what of the code ran in each job.
    """

    def make(folder: Path) -> None:
        project = Project.copy(folder)
        for family in MODELS:
            build_tiny_model(family, folder / "models" / family)
        project.write_config(tiny_config(MODELS, tasks=["addition", "syllogisms", "antonyms"], layers=[1]))
        (folder / "traces").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(TRACES, "traces")
            (folder / "printed.txt").write_text(project.succeed("report", "crate"), encoding="utf-8")
            project.succeed("calibrate", "--config", f"model={MODELS[0]}", "task=antonyms")

    return once("reported", make)
