"""Audit results: is each file, from a result up to the weights, the tasks and the configuration, what its record says?

    python scripts/audit.py results/embedded/figures/saturation.svg     a result, or several of one study
    python scripts/audit.py results/embedded                            a whole study
    python scripts/audit.py                                             the study that config.yaml names

Every file is hashed again. Prints a tree, and the command that makes again what is not ok; exits with 0 only if all is
ok. As the script of rule audit it audits the study that Snakemake was started for.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

from sna.errors import InputError
from sna.provenance.audit import Audit
from sna.provenance.check import Job
from sna.provenance.lineage import Lineage
from sna.provenance.record import RESULTS
from sna.provenance.tree import draw_tree

ROOT = Path(__file__).resolve().parents[1]


def plan(results: Iterable[str], config: Mapping[str, Any]) -> list[Job]:
    """List all jobs that results rest on, as the workflow would run them now; nothing is run.

    Parameters
    ----------
    results : iterable of str
        Paths; none for the whole study.
    config : mapping
        What takes the place of values in config.yaml.

    Raises
    ------
    InputError
        If the workflow cannot make them, or cannot be read.
    """
    try:
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
            workflow = api.workflow(ResourceSettings(cores=1), ConfigSettings(config=dict(config)))
            # What was not finished is not refused: it has no record.
            workflow.dag(DAGSettings(targets=set(results), force_incomplete=True)).execute_workflow("dryrun")
            return [
                Job.planned(
                    ROOT,
                    rule=job.rule.name,
                    wildcards=job.wildcards_dict,
                    job_input=job.input,
                    output=job.output,
                    params=job.params,
                )
                # There is no public way to what was planned.
                for job in workflow._workflow.dag.jobs
                if hasattr(job.output, "record")
            ]
    except Exception as error:
        raise InputError(f"the workflow cannot be planned: {error}") from None


def audit(results: Sequence[str], config: Mapping[str, Any]) -> tuple[Audit, str | None]:
    """Check all jobs that results rest on.

    Returns
    -------
    Audit
        Of the jobs as the workflow plans them; if it cannot, of those that are recorded.
    str or None
        Why the workflow cannot be planned.
    """
    lineage, problem = Lineage.read(), None
    try:
        jobs = plan(results, config)
    except InputError as error:
        problem = str(error)
        of_the_study = f"{RESULTS}/{config.get('study')}/"
        found = lineage.ancestors(results or [path for path in lineage.makers if path.startswith(of_the_study)])
        jobs = [Job.recorded(path, lineage.records[path], ROOT) for path in found]
    return Audit.of(jobs, lineage), problem


def repair(results: Sequence[str], config: Mapping[str, Any]) -> str:
    """Return the command that makes again whatever is not ok."""
    study = ["--config", f"study={config['study']}"] if "study" in config else []
    return " ".join(["snakemake", "--cores", "all", *results, *study])


def count(found: Audit) -> str:
    """Say in one line what was audited, and how much of it is not ok."""
    files = {path for job in found.jobs.values() for path in (*job.inputs, *job.outputs, job.record)}
    wrong = sum(map(bool, found.findings.values()))
    return f"{len(files)} files of {len(found.jobs)} jobs: {'ok' if found.ok else f'{wrong} jobs not ok'}"


def main(results: Sequence[str], config: Mapping[str, Any], *, as_json: bool = False) -> tuple[bool, str]:
    """Audit results, or a study if there are none; return whether all is well, and what is to be printed."""
    found, problem = audit(results, config)
    well = found.ok and problem is None
    command = None if well else repair(results, config)
    if as_json:
        data = {"results": list(results), **found.as_data(), "ok": well, "problem": problem, "repair": command}
        return well, json.dumps(data, indent=2)
    lines = [draw_tree(found), count(found)]
    lines += [problem] if problem else []
    lines += [f"To make again what is not ok: {command}"] if command else []
    return well, "\n".join(lines)


def parse_arguments(arguments: Sequence[str], root: Path) -> tuple[list[str], dict[str, str], bool]:
    """Return the results by their paths in the project, the configuration for them, and whether to print JSON."""
    parser = argparse.ArgumentParser(
        description="Audit results, each up to the weights, the tasks and the configuration. Exits with 0 if all is ok."
    )
    parser.add_argument(
        "results", nargs="*", type=Path, help="results of one study, or its folder; default: the study of config.yaml"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    results, studies = [], set()
    for path in given.results:
        try:
            parts = Path(os.path.abspath(path)).relative_to(root).parts
        except ValueError:
            parts = ()
        if parts[:1] != (RESULTS,) or len(parts) < 2:
            parser.error(f"{path} is no result: it is not in a folder of {root / RESULTS}")
        studies |= {parts[1]} - {"models", "reviews"}
        results += ["/".join(parts)] if len(parts) > 2 else []
    if len(studies) > 1:
        parser.error(f"results of several studies: {', '.join(sorted(studies))}; audit them one by one")
    if len(results) not in (0, len(given.results)):
        parser.error("give a study's folder alone")
    return results, {"study": studies.pop()} if studies else {}, given.json


def run_as_rule(config: Mapping[str, Any], log: str) -> bool:
    """Audit the study that Snakemake was started for; the tree goes to the log, shown if not all is ok."""
    well, printed = main([], config)
    Path(log).write_text(printed + "\n", encoding="utf-8")
    if well:
        print(printed.splitlines()[-1])
    return well


def run_as_command(arguments: Sequence[str]) -> bool:
    """Audit what the command line names; print the tree."""
    root = ROOT
    results, config, as_json = parse_arguments(arguments, root)
    os.chdir(root)
    well, printed = main(results, config, as_json=as_json)
    print(printed)
    return well


if __name__ == "__main__":
    try:
        by_rule = "snakemake" in globals()
        well = run_as_rule(snakemake.config, snakemake.log[0]) if by_rule else run_as_command(sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")
    sys.exit(not well)
