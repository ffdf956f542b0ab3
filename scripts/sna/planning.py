"""The workflow as Snakemake would run it now."""

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.exceptions import ProtectedOutputException
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
    SharedFSUsage,
    StorageSettings,
)
from snakemake.workflow import Workflow

from sna.errors import InputError
from sna.places import ROOT


def dry_run(targets: Iterable[str], config: Mapping[str, Any]) -> Workflow:
    """Plan all jobs that targets rest on, as the workflow would run them here and now; nothing is run, nor written.

    Parameters
    ----------
    targets : iterable of str
        Paths of results, or rules; none for the whole study.
    config : mapping
        What takes the place of values in config.yaml.

    Returns
    -------
    snakemake.workflow.Workflow
        With its `dag` of jobs.

    Raises
    ------
    InputError
        If the workflow cannot make them, or cannot be read; or if only some of the jobs could be planned.
    """
    # Unless that folder is said not to be shared, Snakemake writes to the user's folder for caches.
    storage = StorageSettings(shared_fs_usage=SharedFSUsage.all() - {SharedFSUsage.SOURCE_CACHE})
    try:
        with _mirror() as folder, SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
            workflow = api.workflow(
                ResourceSettings(cores=os.cpu_count()),
                # All of it is given by a workflow that uses this one as a module.
                ConfigSettings(config=dict(config), replace_workflow_config="studies" in config),
                storage,
                snakefile=ROOT / "Snakefile",
                workdir=folder,
            )
            # What was not finished is not refused: it has no record. Nor is what may not be written to.
            with suppress(ProtectedOutputException):
                workflow.dag(DAGSettings(targets=set(targets), force_incomplete=True)).execute_workflow("dryrun")
            # There is no public way to what was planned.
            planned = workflow._workflow
    # rules/reruns.smk ends the process where a job cannot be planned.
    except (Exception, SystemExit) as error:
        raise InputError(f"the workflow cannot be planned: {error}") from None
    _check_whole(planned)
    return planned


@contextmanager
def _mirror() -> Generator[Path]:
    """Give a folder with the files of the working folder, as links, in which Snakemake can keep notes of its own.

    Who plans need not be allowed to write. The folders above are there too, for paths that lead out of it.
    """
    here = Path.cwd()
    with TemporaryDirectory(prefix="plan-") as top:
        for folder in (here, *here.parents):
            place = Path(top, *folder.parts[1:])
            place.mkdir(parents=True, exist_ok=True)
            with suppress(PermissionError):
                for entry in folder.iterdir():
                    if entry.name != ".snakemake" and not os.path.lexists(place / entry.name):
                        (place / entry.name).symlink_to(entry)
        yield Path(top, *here.parts[1:])


def _check_whole(workflow: Workflow) -> None:
    """Refuse a plan that lacks a job: where its results are there Snakemake would take them as they are."""
    jobs = list(workflow.dag.jobs)
    made = {str(path) for job in jobs for path in job.output}
    for job in jobs:
        for path in map(str, job.input):
            if path not in made and workflow.dag.output_index.match_producers(path):
                raise InputError(f"the workflow cannot be planned: nothing makes {path}, which {job.rule.name} reads")
