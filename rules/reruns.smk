# What Snakemake cannot see: an output that was edited or deleted, a record that was, an input that was edited and given
# an old time, two parameters that exchanged their values. The audit sees them; what it would find makes a job run.

from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source

from snakemake.exceptions import InputFunctionException
from snakemake.settings.types import DeploymentMethod

from sna.provenance.check import OF_THE_PARAMETERS, Job, check_job
from sna.provenance.checksums import remembering
from sna.provenance.code import module_file
from sna.provenance.lineage import Lineage
from sna.provenance.packages import LOCK, installed_otherwise, installed_version


@cache
def recorded():
    """All records, and what hashes files, from when the first job is planned."""
    return Lineage.read(), remembering()


def with_conda():
    """Whether jobs run in environments that conda makes."""
    return DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method


def say_versions():
    """Say before a run which packages are not those of the lock: what is made with them stays stale."""
    try:
        others = [] if with_conda() else installed_otherwise(SCRIPTS.parent)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    if others:
        logger.warning(
            f"Installed are {'; '.join(others)}, as {LOCK} has it. What is computed with them the audit calls stale "
            "environment; `make .venv/workflow` installs what the lock has."
        )


def planned_job(stage, wildcards):
    """A job of a stage as it would run now."""
    job_input, output = stage.expand_input(wildcards)[0], stage.expand_output(wildcards)[0]
    params = stage.expand_params(wildcards, job_input, output, None)[0]
    job = Job.planned(places.ROOT, wildcards=wildcards, job_input=job_input, output=output, params=params)
    for path in job_input:
        if not Path(path).exists() and not workflow.dag.output_index.match_producers(path):
            raise InputError(f"there is no {path}, which it reads")
    return job


def findings_of(job):
    """What the audit would find wrong with a job that has run, but for what the user chose not to be told."""
    if not any(Path(path).exists() for path in (*job.outputs, job.record)):
        return []
    triggers = {trigger.name for trigger in workflow.dag_settings.rerun_triggers}
    found = check_job(job, *recorded(), None if with_conda() else installed_version)
    return [finding for finding in found if "PARAMS" in triggers or finding.mark not in OF_THE_PARAMETERS]


def force_if_changed(stage):
    """An input function that gives no file: it is called when a job is planned, and forces the job if it must run."""
    planned, said = set(), set()

    def check(wildcards):
        values = dict(wildcards.items())
        # To plan the job calls all its input functions, and so this one again.
        if tuple(values.items()) in planned:
            return []
        planned.add(tuple(values.items()))
        try:
            job = planned_job(stage, values)
            found = findings_of(job)
        except Exception as error:
            # What a function of the rule raised comes wrapped.
            cause = error.__context__ if isinstance(error, InputFunctionException) else error
            kind = "" if isinstance(cause, (InputError, WorkflowError)) else f"{type(cause).__name__}: "
            refuse(f"{stage.name} cannot be planned: {kind}{cause}")
        for finding in found:
            reason = f"{stage.name} runs again: {finding.mark}: {finding.path} {finding.text}"
            if reason not in said:
                logger.info(reason)
            said.add(reason)
            workflow.dag.forcefiles.update(job.outputs)
            if finding.mark == "stale code":
                # Python would take an edited module of the same size and time for the one that it has compiled.
                with suppress(OSError):
                    Path(cache_from_source(module_file(places.ROOT, finding.path))).unlink()
        return []

    return check


def check_code(stage):
    """Refuse a stage that runs something else than its parameter `code` says, whose edits nobody would see."""
    folder = Path(stage.basedir.get_path_or_uri(secret_free=True))
    runs = [(folder / str(file)).resolve() for file in (stage.script, stage.conda_env)]
    if runs != [file.resolve() for file in stage.params["code"].files]:
        raise WorkflowError(f"{stage.name}: its script and conda are not those that its params.code names")


if workflow.is_main_process:
    for stage in workflow.rules:
        # A workflow that uses this one as a module has rules of its own.
        if stage.basedir == RULES and hasattr(stage.output, "record"):
            check_code(stage)
            stage.set_input(force_if_changed(stage))
