"""Projects that several files of tests start from; each test works in a copy."""

import pytest
from project import FIGURES, Project, tiny_config
from tiny_models import build_tiny_model


@pytest.fixture(scope="session")
def ranked(tmp_path_factory) -> Project:
    """A project with one tiny model, ready to be swept."""
    project = Project.copy(tmp_path_factory.mktemp("ranked") / "project")
    build_tiny_model("llama", project.folder / "models" / "tiny")
    project.write_config(tiny_config(["tiny"]))
    project.succeed("results/tiny/baseline/tiny.parquet", "results/tiny/neurons/tiny.parquet")
    return project


@pytest.fixture(scope="session")
def swept(ranked, tmp_path_factory) -> Project:
    """The same, swept without a disturbance."""
    project = Project.copy(tmp_path_factory.mktemp("swept") / "project", ranked.folder)
    project.succeed("aggregate_experiments")
    return project


@pytest.fixture(scope="session")
def drawn(swept, tmp_path_factory) -> Project:
    """The same, with two figures."""
    project = Project.copy(tmp_path_factory.mktemp("drawn") / "project", swept.folder)
    project.succeed(*FIGURES)
    return project


@pytest.fixture(scope="session")
def reported(swept, tmp_path_factory) -> Project:
    """The same, with the whole report."""
    project = Project.copy(tmp_path_factory.mktemp("reported") / "project", swept.folder)
    project.succeed("report")
    return project
