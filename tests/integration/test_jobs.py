"""A job's script finds the library, in whatever process, folder and environment it runs."""

import os
import re
import subprocess
import sys

import pytest
from project import ROOT, Project

BASELINE = "results/tiny/baseline/tiny.parquet"
#: Stands in for conda, which is not on every machine that tests: its environments are Python's own, without packages.
#: What Snakemake does around it is real; it takes PYTHONPATH away from a job, for one.
CONDA = """#!/bin/sh
case "$*" in
    --version) echo conda 24.7.1 ;;
    "info --json") echo '{{"platform": "linux-64", "conda_prefix": "{folder}"}}' ;;
    config*) echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
    *create*) for prefix; do :; done; "{python}" -m venv --without-pip "$prefix" ;;
esac
"""


@pytest.fixture
def conda(tmp_path) -> str:
    """The search path with the stand-in for conda on it."""
    folder = tmp_path / "conda"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "activate").write_text('export PATH="$1/bin:$PATH"\n', encoding="utf-8")
    (folder / "bin" / "conda").write_text(CONDA.format(folder=folder, python=sys.executable), encoding="utf-8")
    (folder / "bin" / "conda").chmod(0o755)
    return f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def measured(ranked, tmp_path) -> Project:
    """A project in a folder whose name has a space, where one result is to be made again."""
    project = Project.copy(tmp_path / "a project", ranked.folder)
    (project.folder / BASELINE).unlink()
    return project


def test_a_job_that_is_started_from_another_folder_finds_the_library(measured, tmp_path):
    command = [sys.executable, "-m", "snakemake", "--cores=1", "--snakefile", measured.folder / "Snakefile"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*command, "--directory", measured.folder, BASELINE],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (measured.folder / BASELINE).is_file()


def test_a_jobs_own_process_finds_the_library_as_one_on_a_cluster_does(measured):
    """`--mode subprocess` is what Snakemake starts where it does not run the job itself."""
    printed = measured.succeed("--mode", "subprocess", "--target-jobs", "measure_baseline:model=tiny", PYTHONPATH="")
    assert (measured.folder / BASELINE).is_file(), printed


def test_a_job_in_a_conda_environment_finds_the_library(measured, conda):
    printed = measured.succeed(BASELINE, "--software-deployment-method", "conda", PATH=conda)
    assert "Activating conda environment: .snakemake/conda/" in printed
    assert (measured.folder / BASELINE).is_file()


def test_a_container_of_all_environments_can_be_written_down(tmp_path, conda):
    project = Project.copy(tmp_path / "project")
    printed = project.succeed("--containerize", PATH=conda)
    sources = re.findall(r"^COPY (\S+) (\S+)/environment.yaml$", printed, flags=re.MULTILINE)
    used = {f"envs/{env.name}" for env in (ROOT / "envs").glob("*.yaml")}
    assert {source for source, _ in sources} == used - {"envs/benchmark.yaml", "envs/explorer.yaml"}
    for source, prefix in sources:
        assert (project.folder / source).is_file()
        assert f"conda env create --prefix {prefix} --file {prefix}/environment.yaml" in printed
