"""Run one job of a stage in this process, so that a breakpoint in its script or in the library works.

    python scripts/run_stage.py plot_saturation --study smoke
    python scripts/run_stage.py amplify_layer --study smoke --wildcards layer=10

The script is given what Snakemake would give it, and writes its results and its record; what it prints stays here
instead of going to the log. What it reads must be there.
"""

import argparse
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import snakemake.api  # noqa: F401  its other modules cannot be imported before it
from snakemake.iocontainers import Snakemake
from snakemake.jobs import Job
from snakemake.workflow import Workflow

from sna.errors import InputError
from sna.piping import pipeable
from sna.places import ROOT, working_folder
from sna.planning import dry_run


class Foreground(Snakemake):
    """What Snakemake gives to a script; `sna.job.job` then leaves standard output and standard error where they are."""

    in_foreground = True


def choose_job(stage: str, study: str | None, wildcards: Mapping[str, str]) -> tuple[Job, Workflow]:
    """Find a job in the plan of a study.

    Parameters
    ----------
    stage : str
        Its rule.
    study : str or None
        None for the study of config.yaml.
    wildcards : mapping of str
        Those of the job, or as many as tell it from the stage's other jobs.

    Returns
    -------
    Job
        As Snakemake planned it.
    Workflow
        The plan.

    Raises
    ------
    InputError
        If no job or several are meant.
    """
    config = {} if study is None else {"study": study}
    workflow = dry_run([], config)
    stages = {rule.name: rule for rule in workflow.rules if hasattr(rule.output, "record")}
    if stage not in stages:
        meant = get_close_matches(stage, stages, n=3) or sorted(stages)
        raise InputError(f"there is no stage {stage}; did you mean {' or '.join(meant)}?")
    names = sorted(stages[stage].wildcard_names)
    for name in wildcards:
        if name not in names:
            raise InputError(f"{stage} has no wildcard {name}; it has {', '.join(names) or 'none'}")
    jobs = [job for job in workflow.dag.jobs if job.rule.name == stage]
    if not jobs and not names:
        # The study's report does not rest on it.
        workflow = dry_run([stage], config)
        jobs = [job for job in workflow.dag.jobs if job.rule.name == stage]
    chosen = [job for job in jobs if wildcards.items() <= job.wildcards_dict.items()]
    if len(chosen) != 1:
        given = " with " + " ".join(f"{name}={value}" for name, value in wildcards.items()) if wildcards else ""
        possible = _options([job.wildcards_dict for job in chosen or jobs])
        raise InputError(f"{stage} has {len(chosen)} jobs{given}; name one by --wildcards {possible}")
    return chosen[0], workflow


def _options(jobs: Sequence[Mapping[str, str]]) -> str:
    """Write the values of the wildcards that tell jobs from one another, or of all if there is nothing to tell."""
    values = {name: list(dict.fromkeys(job[name] for job in jobs)) for job in jobs for name in job}
    telling = {name: known for name, known in values.items() if len(known) > 1} or values
    order = {name: sorted(known, key=lambda value: (len(value), value)) for name, known in telling.items()}
    return " ".join(f"{name}={'|'.join(known)}" for name, known in order.items())


def check_inputs(job: Job, study: str) -> None:
    """Raise InputError, with the command that makes them, if a job's inputs are not all there.

    Parameters
    ----------
    job : Job
        A planned one.
    study : str
        Its study.
    """
    missing = [path for path in job.input if not Path(path).exists()]
    if missing:
        command = f"snakemake --cores all {' '.join(missing)} --config study={study}"
        raise InputError(f"{len(missing)} of its inputs are missing; make them first: {command}")


def give(job: Job, workflow: Workflow) -> Foreground:
    """Make the object that Snakemake gives to a job's script.

    Parameters
    ----------
    job : Job
        A planned one.
    workflow : Workflow
        Of which it is.
    """
    script = ROOT / job.params.code["script"]
    return Foreground(
        job.input,
        job.output,
        job.params,
        job.wildcards,
        job.threads,
        job.resources,
        job.log,
        workflow.globals["config"],
        job.rule.name,
        None,
        str(script.parent),
    )


def main(stage: str, study: str | None, wildcards: Mapping[str, str]) -> None:
    """Run a job's script as Snakemake would.

    Parameters
    ----------
    stage, study, wildcards
        As for `choose_job`.

    Raises
    ------
    InputError
        If no job or several are meant, or it lacks an input.
    """
    job, workflow = choose_job(stage, study, wildcards)
    given = give(job, workflow)
    check_inputs(job, given.config["study"])
    script = ROOT / given.params.code["script"]
    sys.argv = [str(script)]
    sys.path.append(str(script.parent))
    runpy.run_path(str(script), {"snakemake": given}, run_name="__main__")


def parse_arguments(arguments: Sequence[str]) -> tuple[str, str | None, dict[str, str]]:
    """Return the stage, the study and the wildcards that the command line names.

    Parameters
    ----------
    arguments : sequence of str
        Without the command's own name.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", help="the rule's name, such as plot_saturation")
    parser.add_argument("--study", help="default: the study of config.yaml")
    parser.add_argument("--wildcards", nargs="+", default=[], metavar="NAME=VALUE", help="which of the stage's jobs")
    given = parser.parse_args(arguments)
    for wildcard in given.wildcards:
        if not all(wildcard.partition("=")):
            parser.error(f"--wildcards {wildcard}: write NAME=VALUE")
    return given.stage, given.study, dict(wildcard.split("=", 1) for wildcard in given.wildcards)


if __name__ == "__main__":
    asked = parse_arguments(sys.argv[1:])
    os.chdir(working_folder())
    with pipeable():
        try:
            main(*asked)
        except InputError as error:
            sys.exit(f"error: {error}")
