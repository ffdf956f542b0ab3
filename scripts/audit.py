"""Audit results: is each file, from a result up to the weights, the tasks and the configuration, what its record says?

    python scripts/audit.py results/embedded/figures/saturation.svg     a result, or several of one study
    python scripts/audit.py results/embedded                            a whole study
    python scripts/audit.py results/embedded --expect 1b4f...           with the manifest that its report names
    python scripts/audit.py                                             the study that config.yaml names

Every file is hashed again. Prints a tree, and the command that makes again what is not ok; exits with 0 only if all is
ok. Results may lie in any folder in which this workflow was run. As the script of rule audit it audits the study that
Snakemake was started for.
"""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.inputs.yaml_files import read_yaml
from sna.piping import pipeable
from sna.places import RECORDS, RESULTS, ROOT, find, working_folder
from sna.planning import dry_run
from sna.provenance.audit import Audit
from sna.provenance.check import CONFIG, Job
from sna.provenance.lineage import Lineage, seal
from sna.provenance.stages import gather_devices
from sna.provenance.tree import draw_tree

#: The rule on which a study ends.
REPORT = "report"


def plan(results: Iterable[str], config: Mapping[str, Any]) -> list[Job]:
    """List all jobs that results rest on, as the workflow would run them now; nothing is run.

    Parameters
    ----------
    results : iterable of str
        Paths, or rules.
    config : mapping
        What takes the place of values in config.yaml.

    Raises
    ------
    InputError
        If the workflow cannot make all of them, or cannot be read.
    """
    return [
        Job.planned(
            ROOT,
            wildcards=job.wildcards_dict,
            job_input=job.input,
            output=job.output,
            params=job.params,
        )
        for job in dry_run(results, config).dag.jobs
        if hasattr(job.output, "record")
    ]


def audit(results: Sequence[str], config: Mapping[str, Any]) -> tuple[Audit, str | None]:
    """Check all jobs that results rest on.

    Returns
    -------
    Audit
        Of the jobs as the workflow plans them, and of those that are recorded and that it does not plan.
    str or None
        Why the workflow cannot be planned, or what it plans no more: no audit of a part is ok.
    """
    lineage, jobs, problem = Lineage.read(), [], None
    try:
        jobs = plan(results or [REPORT], config)
    except InputError as error:
        problem = str(error)
    planned = {job.record for job in jobs}
    # Of a study that cannot be planned every record counts: that of its report may be gone.
    made = results or [path for path in lineage.makers if path.startswith(f"{RESULTS}/{name_study(config)}/")]
    behind = lineage.ancestors(planned & lineage.records.keys() if planned else made)
    left = [record for record in behind if record not in planned]
    if planned and left:
        problem = f"the workflow does not plan {len(left)} of the jobs that are recorded, such as {left[0]}"
    return Audit.of([*jobs, *(Job.recorded(path, lineage.records[path], ROOT) for path in left)], lineage), problem


def name_study(config: Mapping[str, Any]) -> str:
    """Return the study that is audited: that of config.yaml if no other is given, and if that can be read."""
    with suppress(InputError, AttributeError):
        return config.get("study") or read_yaml(find(CONFIG)).get("study")
    return ""


def repair(results: Sequence[str], config: Mapping[str, Any]) -> str:
    """Return the command that makes again whatever is not ok."""
    given = [f"{key}={config[key]}" for key in ("study", "model", "task") if key in config]
    workflow = [] if Path.cwd() == ROOT else ["--snakefile", shlex.quote(str(ROOT / "Snakefile"))]
    asked = [*(results or [REPORT]), *(["--config", *given] if given else [])]
    return " ".join(["snakemake", *workflow, "--cores", "all", *asked])


def refuse_no_results(results: Iterable[str], found: Audit, problem: str | None) -> None:
    """Raise InputError if there is nothing to audit, or a path is no result."""
    why = f", and {problem}" if problem else ""
    for path in results:
        if path not in found.makers:
            raise InputError(f"{path} is no result: no record says that a job made it{why}")
    if not found.jobs:
        raise InputError(f"there is nothing to audit: there are no records{why}")


def asked_with(results: Iterable[str]) -> dict[str, str]:
    """Return what the command line said when one of the results was calibrated, by its record; nothing for others."""
    if not any(path.startswith(f"{RESULTS}/calibrations/") for path in results):
        return {}
    lineage = Lineage.read()
    records = [lineage.records[lineage.makers[path]] for path in results if path in lineage.makers]
    for record in (record for record in records if record.rule == "calibrate_task"):
        name = record.wildcards["calibrated"]
        [task] = [path for path in record.inputs if Path(path).stem == name and Path(path).suffix in (".yaml", ".yml")]
        return {"study": record.params["study"], "model": record.wildcards["model"], "task": task}
    return {}


def count(found: Audit, *, well: bool) -> str:
    """Say in one line what was audited, and how much of it is not ok."""
    files = {path for job in found.jobs.values() for path in (*job.inputs, *job.outputs, job.record)}
    wrong = sum(map(bool, found.findings.values()))
    verdict = "ok" if well else f"{wrong} jobs not ok" if wrong else "not ok"
    return f"{len(files)} files of {len(found.jobs)} jobs: {verdict}"


def seal_of(found: Audit) -> str | None:
    """Return the SHA-256 of the manifest that the report would have of the records as they are; None without one."""
    last = [record for path, record in found.lineage.records.items() if path in found.jobs and record.rule == REPORT]
    return seal(found.lineage.manifest(last[0])) if last else None


def main(
    results: Sequence[str], config: Mapping[str, Any], *, as_json: bool = False, expected: str | None = None
) -> tuple[bool, str]:
    """Audit results, or a study if there are none; return whether all is well, and what is to be printed.

    Raises
    ------
    InputError
        As `refuse_no_results`.
    """
    found, problem = audit(results, config)
    refuse_no_results(results, found, problem)
    sealed = seal_of(found)
    command = None if found.ok and problem is None else repair(results, config)
    if expected not in (None, sealed):
        problem = "; ".join(filter(None, [problem, f"the records are not those of the manifest {expected}"]))
    well = command is None and problem is None
    if as_json:
        data = {"results": list(results), **found.as_data(), "ok": well, "problem": problem, "repair": command}
        return well, json.dumps(data | {"manifest": sealed}, indent=2)
    known = found.jobs.keys() & found.lineage.records.keys()
    kinds = [device.kind for device in gather_devices(found.lineage.records[path] for path in known)]
    lines = [draw_tree(found)]
    lines += [f"models ran on {len(kinds)} kinds of device: {'; '.join(kinds)}"] if len(kinds) > 1 else []
    lines += [f"manifest of the report's records: {sealed}"] if sealed else []
    lines += [count(found, well=well)]
    lines += [problem] if problem else []
    lines += [f"To make again what is not ok: {command}"] if command else []
    return well, "\n".join(lines)


def locate(result: Path) -> tuple[Path, tuple[str, ...]] | None:
    """Return the folder where Snakemake ran to make a result, and the parts of its path from there; None for others."""
    path = Path(os.path.abspath(result))
    folders = [folder for folder in (path, *path.parents) if folder.parent.name == RESULTS]
    for folder in sorted(folders, key=lambda folder: not (folder / RECORDS).is_dir()):
        return folder.parents[1], path.relative_to(folder.parents[1]).parts
    return None


def parse_arguments(arguments: Sequence[str]) -> tuple[Path, list[str], dict[str, str], dict[str, Any]]:
    """Return where Snakemake ran, the results by their paths there, the configuration, and the options of `main`."""
    parser = argparse.ArgumentParser(
        description="Audit results, each up to the weights, the tasks and the configuration. Exits with 0 if all is ok."
    )
    parser.add_argument(
        "results", nargs="*", type=Path, help="results of one study, or its folder; default: the study of config.yaml"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--expect", metavar="SHA256", help="of the manifest of a study's records, as its report has it")
    given = parser.parse_args(arguments)
    results, studies, roots = [], set(), set()
    for path in given.results:
        located = locate(path)
        if located is None:
            parser.error(f"{path} is no result: it is not in a study's folder in {RESULTS}/")
        root, parts = located
        roots |= {root}
        studies |= {parts[1]} - {"models", "reviews", "calibrations"}
        results += ["/".join(parts)] if len(parts) > 2 else []
    if len(roots) > 1:
        parser.error(f"results of several folders: {', '.join(map(str, sorted(roots)))}; audit them one by one")
    if len(studies) > 1:
        parser.error(f"results of several studies: {', '.join(sorted(studies))}; audit them one by one")
    if len(results) not in (0, len(given.results)):
        parser.error("give a study's folder alone")
    if given.expect and results:
        parser.error("--expect is about a whole study: give its folder")
    options = {"as_json": given.json, "expected": given.expect}
    folder = roots.pop() if roots else working_folder()
    return folder, results, {"study": studies.pop()} if studies else {}, options


def run_as_rule(config: Mapping[str, Any], log: str) -> bool:
    """Audit the study that Snakemake was started for; the tree goes to the log, shown if not all is ok."""
    # What rules/common.smk puts there for Snakemake's own report is no part of what the user may configure.
    well, printed = main([], {key: value for key, value in config.items() if key != "captions"})
    Path(log).write_text(printed + "\n", encoding="utf-8")
    if well:
        print(*printed.splitlines()[-2:], sep="\n")
    return well


def run_as_command(arguments: Sequence[str]) -> bool:
    """Audit what the command line names; print the tree."""
    folder, results, config, options = parse_arguments(arguments)
    os.chdir(folder)
    well, printed = main(results, config | asked_with(results), **options)
    print(printed)
    return well


if __name__ == "__main__":
    with pipeable():
        try:
            by_rule = "snakemake" in globals()
            well = run_as_rule(snakemake.config, snakemake.log[0]) if by_rule else run_as_command(sys.argv[1:])
        except InputError as error:
            sys.exit(f"error: {error}")
    sys.exit(not well)
