"""The record of a job: what it read, ran and wrote.

Each record holds the checksums of its parents' records, so that together they are one chain from a figure to the
weights: whoever changes a file and its record to match still breaks the chain at the next record.
"""

import json
import platform
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.files import read_json, sha256, write_json
from sna.provenance.code import hash_code, hash_data, hash_pins, read_pins

#: The folder of all results, and that of a study, of the models or of the reviews in which their records are.
RESULTS = "results"
FOLDER = "records"
#: What a job that fetches leaves beside its data: where they came from.
ORIGIN = "origin.json"
#: Python's name of a package where conda has another.
PYTHON_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}
#: Interpreter and installer, which are no packages of Python's.
_NO_PACKAGES = {"python", "pip"}


@dataclass(frozen=True)
class Record:
    """What is known of a job. Paths are relative to the folder where Snakemake runs, so that a study can be moved.

    Attributes
    ----------
    id : str
        SHA-256 over `identity`: the same work has the same id, whenever and wherever it is done.
    rule : str
        The stage.
    wildcards : dict of str
        Which of the stage's jobs.
    inputs, outputs : dict
        ``{"sha256": str, "size": int}`` by path; size in bytes. The record itself is not among the outputs.
    parents : dict of str
        SHA-256 of the records of the jobs that made the inputs, by the records' paths.
    script : str
        The stage's script, from the project's root.
    code : dict of str
        SHA-256 of the script and of every module of the project that it imports, by path.
    environment : dict of str
        ``file``, the conda environment, and ``sha256`` of its pins.
    params : dict
        The rule's parameters as JSON has them, `code` excepted.
    seeds : dict of int
        The seeds among them, by dotted name.
    packages : dict of str
        Installed versions of the packages that the environment pins; None for one that is not installed.
    python, platform : str
        The interpreter's version and the machine's operating system.
    threads : int
        How many the job was given.
    started, ended : str
        UTC, ISO 8601.
    cost : dict
        ``cpu_seconds`` and ``peak_memory_mb`` (megabytes) of the process.
    git : dict or None
        ``commit`` and ``clean``, whether the tree had no changes; None outside of git.
    origin : dict or None
        Where fetched weights or data came from: the content of `ORIGIN`.
    """

    id: str
    rule: str
    wildcards: dict[str, str]
    inputs: dict[str, dict[str, Any]]
    parents: dict[str, str]
    script: str
    code: dict[str, str]
    environment: dict[str, str]
    params: dict[str, Any]
    seeds: dict[str, int]
    packages: dict[str, str | None]
    python: str
    platform: str
    threads: int
    started: str
    git: dict[str, Any] | None
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: str = ""
    cost: dict[str, float] = field(default_factory=dict)
    origin: dict[str, Any] | None = None


def identity(record: Record) -> str:
    """Compute a record's id: over rule, wildcards, inputs, code, parameters and pins, and nothing else."""
    inputs = {path: state["sha256"] for path, state in record.inputs.items()}
    return hash_data([record.rule, record.wildcards, inputs, record.code, record.params, record.environment])


def begin_record(
    *,
    rule: str,
    wildcards: Mapping[str, str],
    inputs: Iterable[str],
    params: Mapping[str, Any],
    threads: int,
    root: Path,
    hash_file: Callable[[str], str] = sha256,
) -> Record:
    """Record what a job is about to do.

    Parameters
    ----------
    rule, wildcards, inputs, params, threads
        As Snakemake gives them to the job; of the parameters, `code` is what `describe_code` returned.
    root : Path
        The project's, where its scripts and environments are.
    hash_file : callable
        Returns the SHA-256 of a file; of large ones perhaps from memory.
    """
    given = as_json(dict(params))
    code = given.pop("code")
    pins = root / code["environment"]
    makers = find_makers(find_records())
    record = Record(
        id="",
        rule=rule,
        wildcards=dict(wildcards),
        inputs=describe_files(inputs, hash_file),
        parents={maker: sha256(maker) for maker in sorted({makers[path] for path in inputs if path in makers})},
        script=code["script"],
        code=hash_code(root / code["script"]),
        environment={"file": code["environment"], "sha256": hash_pins(pins)},
        params=given,
        seeds=dict(_find_seeds(given)),
        packages=_installed(read_pins(pins)),
        python=platform.python_version(),
        platform=platform.platform(),
        threads=threads,
        started=_now(),
        git=_describe_git(root),
    )
    return replace(record, id=identity(record))


def end_record(record: Record, outputs: Iterable[str]) -> Record:
    """Add to a record what the job wrote and what it cost."""
    outputs = list(outputs)
    origin = next((read_json(path) for path in outputs if Path(path).name == ORIGIN), None)
    return replace(record, outputs=describe_files(outputs), ended=_now(), cost=_measure_cost(), origin=origin)


def write_record(record: Record, path: str | Path) -> None:
    """Write a record as JSON."""
    write_json(path, dict(sorted(asdict(record).items())))


def read_record(path: str | Path) -> Record:
    """Read a record.

    Raises
    ------
    InputError
        If the file is not a record, or was edited so that it is none any more.
    """
    try:
        return Record(**read_json(path))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: not a record: {error}") from None


def find_records(results: str | Path = RESULTS) -> dict[str, Record]:
    """Read all records of all studies, models and reviews; one that cannot be read is left out.

    Returns
    -------
    dict of Record
        By path, which begins with `results`.
    """
    records = {}
    for path in sorted(Path(results).glob(f"*/{FOLDER}/**/[!.]*.json")):
        try:
            records[path.as_posix()] = read_record(path)
        except InputError:
            continue
    return records


def find_makers(records: Mapping[str, Record]) -> dict[str, str]:
    """Return the path of the record that speaks of a file's making, by the file's path; a record speaks of itself."""
    made = {output: path for path, record in records.items() for output in record.outputs}
    return made | {path: path for path in records}


def as_json(data: Any) -> Any:
    """Return data as it would be after it was written as JSON and read: tuples as lists, for instance."""
    return json.loads(json.dumps(data, allow_nan=False))


def describe_files(paths: Iterable[str], hash_file: Callable[[str], str] = sha256) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and size in bytes of files, by path."""
    return {
        path: {"sha256": hash_file(path), "size": Path(path).stat().st_size} for path in sorted(set(map(str, paths)))
    }


def _find_seeds(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, int]]:
    for name, value in params.items():
        if name == "seed":
            yield prefix + name, value
        elif isinstance(value, dict):
            yield from _find_seeds(value, f"{prefix}{name}.")


def _installed(pins: Iterable[str]) -> dict[str, str | None]:
    names = {pin.partition("=")[0] for pin in pins} - _NO_PACKAGES
    return {name: _version(name) for name in sorted(PYTHON_NAMES.get(name, name) for name in names)}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _describe_git(folder: Path) -> dict[str, Any] | None:
    """Return the commit of a folder's working copy, and whether no file differs from it."""
    # Without the lock that would disturb a commit made at the same time.
    git = ["git", "--no-optional-locks", "-C", str(folder)]
    commands = ([*git, "rev-parse", "HEAD"], [*git, "status", "--porcelain"])
    try:
        commit, changes = (subprocess.run(it, capture_output=True, text=True, check=True).stdout for it in commands)
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit.strip(), "clean": not changes}


def _measure_cost() -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Kilobytes, except on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_memory_mb": round(used.ru_maxrss * unit / 1e6),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
