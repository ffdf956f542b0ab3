"""Whether a job's results are still what its record says, and what the workflow would make now."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.files import sha256
from sna.places import find, name_of
from sna.provenance.code import hash_code, hash_pins
from sna.provenance.lineage import Lineage
from sna.provenance.packages import LOCK, find_others, read_environment, read_lock
from sna.provenance.record import Record, as_json, identity

CONFIG = "config.yaml"
OK = "ok"
#: What can be wrong, the gravest first.
MARKS = (
    "no record",
    "missing",
    "unreadable",
    "modified",
    "forged",
    "stale code",
    "stale environment",
    "stale config",
    "stale input",
)
#: Those of what a job runs: its parameters and what they say of its code.
OF_THE_PARAMETERS = ("stale code", "stale environment", "stale config")


@dataclass(frozen=True)
class Job:
    """A job as the workflow would run it now.

    Attributes
    ----------
    rule, wildcards
        Which: the stage's name, which is its script's, and which of its jobs.
    inputs, outputs : tuple of str
        Names of files, as in `sna.places`; the record is not among the outputs.
    record : str
        The record's path.
    params : dict
        The rule's parameters as JSON has them, `code` excepted.
    environment : str
        The rule's conda environment file, from the project's root.
    script : str
        The rule's script, from the project's root.
    root : Path
        The project's.
    """

    rule: str
    wildcards: dict[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    record: str
    params: dict[str, Any]
    environment: str
    script: str
    root: Path

    @classmethod
    def planned(cls, root: Path, *, wildcards: Mapping, job_input, output, params) -> "Job":
        """Describe a job of the project in a folder by what Snakemake gives to it."""
        given = as_json(dict(params.items()))
        return cls(
            Path(given["code"]["script"]).stem,
            dict(wildcards),
            tuple(dict.fromkeys(map(name_of, job_input))),
            tuple(str(path) for path in output if path != output.record),
            str(output.record),
            {name: value for name, value in given.items() if name != "code"},
            given["code"]["environment"],
            given["code"]["script"],
            root,
        )

    @classmethod
    def recorded(cls, path: str, record: Record, root: Path) -> "Job":
        """Describe a job by its record, for want of a plan."""
        inputs, outputs = tuple(record.inputs), tuple(record.outputs)
        environment = record.environment["file"]
        return cls(
            record.rule, record.wildcards, inputs, outputs, path, record.params, environment, record.script, root
        )


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was.

    Attributes
    ----------
    mark : str
        One of `MARKS`.
    path : str
        What bears the mark: a result, an input that no job made, a record, an environment file, or `CONFIG`; of stale
        code the definition, such as ``sna.statistics.zones.measure_zones``.
    text : str
        What is wrong, in words that go on after the path.
    """

    mark: str
    path: str
    text: str


def check_job(
    job: Job,
    lineage: Lineage,
    hash_file: Callable[[str], str] = sha256,
    installed: Callable[[str], str | None] | None = None,
) -> list[Finding]:
    """Compare a job's record with its files, with its parents' and children's records, and with the workflow.

    Parameters
    ----------
    job : Job
        The job.
    lineage : Lineage
        All records.
    hash_file : callable
        Returns the SHA-256 of a file. An audit reads every byte again; a run may remember large files.
    installed : callable, optional
        Returns the version of a package with which the job would run again. What it loaded in just that version is
        passed over then, even if another one is pinned: to run it again would change nothing.

    Returns
    -------
    list of Finding
        Empty if all is well.
    """
    record = lineage.records.get(job.record)
    if record is None:
        there = [path for path in job.outputs if Path(path).exists()]
        if there:
            return [Finding("no record", job.record, "is missing or not a record, and its results are there")]
        return [Finding("missing", path, "was not made") for path in job.outputs]
    return [
        *_check_files(record.outputs, job.outputs, hash_file),
        *_check_files({path: record.inputs[path] for path in lineage.sources(job.record)}, (), hash_file),
        *_check_chain(job.record, record, lineage),
        *_check_inputs(record, lineage),
        *_check_plan(job, record),
        *_check_environment(job, record, installed or (lambda name: None)),
    ]


def _check_files(recorded: Mapping[str, Mapping], planned: tuple[str, ...], hash_file) -> Iterator[Finding]:
    for path, state in sorted(recorded.items()):
        file = find(path)
        try:
            if not os.path.isfile(file):
                yield Finding("missing", path, "was deleted")
            elif Path(file).stat().st_size != state["size"] or hash_file(file) != state["sha256"]:
                yield Finding("modified", path, "has another checksum than was recorded")
        except OSError as error:
            yield Finding("unreadable", path, f"cannot be read: {error.strerror}")
    for path in sorted(set(planned) - set(recorded)):
        yield Finding("stale config", path, "was not among the results")


def _check_chain(path: str, record: Record, lineage: Lineage) -> Iterator[Finding]:
    if identity(record) != record.id:
        yield Finding("forged", path, "has an id that is not that of its content")
    for child in lineage.children.get(path, []):
        made_before = record.ended <= lineage.records[child].started
        if made_before and lineage.records[child].parents[path] != lineage.checksums[path]:
            yield Finding("forged", path, f"is known to {child} by another checksum")
    for parent, checksum in sorted(record.parents.items()):
        if parent not in lineage.records:
            yield Finding("no record", parent, "is missing or not a record")
        elif lineage.checksums[parent] != checksum and lineage.records[parent].ended > record.started:
            # It ran again since, which is nothing to what was made of it if it left the same bytes.
            left = lineage.records[parent].outputs | {parent: {"sha256": lineage.checksums[parent]}}
            for source in sorted(left.keys() & record.inputs.keys()):
                if left[source]["sha256"] != record.inputs[source]["sha256"]:
                    yield Finding("stale input", source, f"was made again by {parent} since it was read")


def _check_inputs(record: Record, lineage: Lineage) -> Iterator[Finding]:
    """Compare what a job read with what the jobs before it had left."""
    for source, state in sorted(record.inputs.items()):
        maker = lineage.makers.get(source)
        if maker is None or maker == source:
            continue
        known = record.parents.get(maker)
        if known is None:
            yield Finding("stale input", source, f"was not yet a result of {maker} when it was read")
        elif known == lineage.checksums[maker] and lineage.records[maker].outputs[source] != state:
            yield Finding("stale input", source, "was not what its job had left when it was read")


def _check_plan(job: Job, record: Record) -> Iterator[Finding]:
    try:
        for definition, change in _changes(record.code, hash_code(job.root / job.script)):
            yield Finding("stale code", definition, change)
    except (InputError, OSError):
        yield Finding("stale code", job.script, "is gone, or cannot be read")
    for name, change in _changes(record.params, job.params):
        yield Finding("stale config", CONFIG, f"{name} {change}")
    for path, change in _changes(dict.fromkeys(record.inputs), dict.fromkeys(job.inputs)):
        yield Finding("stale config", path, f"{change} among the inputs")


def _check_environment(job: Job, record: Record, installed: Callable[[str], str | None]) -> Iterator[Finding]:
    """Compare what was pinned, and the versions that the job loaded, with what is pinned now."""
    try:
        if record.environment != {"file": job.environment, "sha256": hash_pins(job.root / job.environment)}:
            yield Finding("stale environment", job.environment, "has other pins")
        pins = read_environment(job.root, job.environment)
    except InputError:
        yield Finding("stale environment", job.environment, "is gone, or no environment")
        return
    try:
        # Conda chooses what it does not pin.
        pins |= {} if record.conda else read_lock(job.root)
    except InputError:
        yield Finding("stale environment", LOCK, "is gone, or no lock")
    for name, version, pin in find_others(record.packages, pins):
        if installed(name) != version:
            yield Finding("stale environment", pin.file, f"has {name} {' or '.join(pin.versions)}; {version} ran")


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say of each name that is new, is gone, or has another value what became of it."""
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            yield name, "is gone"
        elif name not in before:
            yield name, "is new"
        elif before[name] != now[name]:
            yield name, "changed"
