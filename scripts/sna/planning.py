"""The workflow as Snakemake would run it now."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings
from snakemake.workflow import Workflow

from sna.errors import InputError

#: The project's folder.
ROOT = Path(__file__).resolve().parents[2]


def dry_run(targets: Iterable[str], config: Mapping[str, Any]) -> Workflow:
    """Plan all jobs that targets rest on, as the workflow would run them now; nothing is run.

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
        If the workflow cannot make them, or cannot be read.
    """
    try:
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
            workflow = api.workflow(ResourceSettings(cores=os.cpu_count()), ConfigSettings(config=dict(config)))
            # What was not finished is not refused: it has no record.
            workflow.dag(DAGSettings(targets=set(targets), force_incomplete=True)).execute_workflow("dryrun")
            # There is no public way to what was planned.
            return workflow._workflow
    except Exception as error:
        raise InputError(f"the workflow cannot be planned: {error}") from None
