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
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from sna.errors import InputError
from sna.files import read_json, sha256, write_json
from sna.places import ORIGIN, RECORDS, RESULTS, name_of
from sna.provenance.code import hash_code, hash_data, hash_pins
from sna.provenance.graph import find_makers
from sna.provenance.packages import managed_by_conda


@dataclass(frozen=True, eq=False)
class _Keys:
    """The keys that a mapping has, each with the type of its value, and no others."""

    types: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        types = {key: core_schema.typed_dict_field(handler.generate_schema(kind)) for key, kind in self.types.items()}
        return core_schema.typed_dict_schema(types, extra_behavior="forbid", config={"strict": True})


def _as_written(time: str) -> str:
    parsed = datetime.fromisoformat(time)
    if parsed.tzinfo != UTC or parsed.isoformat(timespec="microseconds") != time:
        raise ValueError("not UTC with microseconds, such as 2026-01-31T12:00:00.000000+00:00")
    return time


Checksum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
#: UTC, as `_now` writes it: times are compared as text.
Time = Annotated[str, AfterValidator(_as_written)]
_Amount = Annotated[float, Field(ge=0)]
#: SHA-256 and size in bytes of a file.
State = Annotated[dict[str, Any], _Keys({"sha256": Checksum, "size": Annotated[int, Field(ge=0)]})]
_DEVICE = dict.fromkeys(("kind", "name", "matmul"), str) | dict.fromkeys(("instructions", "driver", "cuda"), str | None)


@dataclass(frozen=True)
class Record:
    """What is known of a job. Paths are relative to the folder where Snakemake runs, so that a study can be moved; what
    the project ships has its name in the project (`sna.places`).

    Attributes
    ----------
    id : str
        SHA-256 over `identity`: the same work has the same id, whenever and wherever it is done.
    rule : str
        The stage.
    wildcards : dict of str
        Which of the stage's jobs.
    inputs, outputs : dict
        ``{"sha256": str, "size": int}`` by path; size in bytes. The record itself is not among the outputs, of which
        there is none before the job has ended.
    parents : dict of str
        SHA-256 of the records of the jobs that made the inputs, by the records' paths.
    script : str
        The stage's script, from the project's root.
    code : dict of str
        SHA-256 of every definition of the project that the script reaches, as `hash_code` returns them.
    environment : dict of str
        ``file``, the conda environment, and ``sha256`` of its pins.
    params : dict
        The rule's parameters as JSON has them, `code` excepted.
    seeds : dict of int
        The seeds among them, by dotted name.
    packages : dict of str
        Versions of all installed packages of which the job had imported something by its end.
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
    device : dict or None
        What a model was run on, as `sna.provenance.device` says it; None for a stage that runs none.
    conda : bool
        Whether conda had installed the packages.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid")

    id: Checksum
    rule: str
    wildcards: dict[str, str]
    inputs: dict[str, State]
    parents: dict[str, Checksum]
    script: str
    code: dict[str, Checksum]
    environment: Annotated[dict[str, str], _Keys({"file": str, "sha256": Checksum})]
    params: dict[str, Any]
    seeds: dict[str, int]
    packages: dict[str, str]
    python: str
    platform: str
    threads: int
    started: Time
    git: Annotated[dict[str, Any], _Keys({"commit": str, "clean": bool})] | None
    outputs: Annotated[dict[str, State], Field(min_length=1)]
    ended: Time
    cost: Annotated[dict[str, float], _Keys({"cpu_seconds": _Amount, "peak_memory_mb": _Amount})]
    origin: dict[str, Any] | None
    device: Annotated[dict[str, Any], _Keys(_DEVICE)] | None = None
    conda: bool = False

    @property
    def seconds(self) -> float:
        """How long it took, from the start of the work to its end."""
        return (datetime.fromisoformat(self.ended) - datetime.fromisoformat(self.started)).total_seconds()


_RECORD = TypeAdapter(Record)


def identity(record: Record) -> str:
    """Compute a record's id: over rule, wildcards, inputs, code, parameters and pins, and nothing else."""
    inputs = {path: state["sha256"] for path, state in record.inputs.items()}
    return hash_data([record.rule, record.wildcards, inputs, record.code, record.params, record.environment])


def hash_beginning(record: Record) -> str:
    """Return the SHA-256 of what is known of a job before its work, which its results may name."""
    blank = {"outputs": {}, "packages": {}, "ended": "", "cost": {}, "origin": None, "device": None}
    return hash_data(asdict(replace(record, **blank)))


def begin_record(
    *,
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
    wildcards, inputs, params, threads
        As Snakemake gives them to the job; of the parameters, `code` is what `describe_code` returned. The stage is its
        script's name: its rule may have another one, in a workflow that uses this as a module.
    root : Path
        The project's, where its scripts and environments are.
    hash_file : callable
        Returns the SHA-256 of a file; of large ones perhaps from memory.
    """
    given = as_json(dict(params))
    code = given.pop("code")
    makers = find_makers(find_records())
    record = Record(
        id="",
        rule=Path(code["script"]).stem,
        wildcards=dict(wildcards),
        inputs=describe_files(inputs, hash_file),
        parents={maker: sha256(maker) for maker in sorted({makers[path] for path in inputs if path in makers})},
        script=code["script"],
        code=hash_code(root / code["script"]),
        environment={"file": code["environment"], "sha256": hash_pins(root / code["environment"])},
        params=given,
        seeds=dict(_find_seeds(given)),
        packages={},
        python=platform.python_version(),
        platform=platform.platform(),
        threads=threads,
        started=_now(),
        git=_describe_git(root),
        outputs={},
        ended="",
        cost={},
        origin=None,
        conda=managed_by_conda(),
    )
    return replace(record, id=identity(record))


def end_record(
    record: Record, outputs: Iterable[str], packages: Mapping[str, str], device: dict[str, str | None] | None
) -> Record:
    """Add to a record what the job wrote, what it had loaded, on what it ran a model, and what it cost."""
    outputs = list(outputs)
    return replace(
        record,
        outputs=describe_files(outputs),
        ended=_now(),
        cost=_measure_cost(),
        origin=next((read_json(path) for path in outputs if Path(path).name == ORIGIN), None),
        packages=dict(packages),
        device=device,
    )


def write_record(record: Record, path: str | Path) -> None:
    """Write a record as JSON."""
    write_json(path, dict(sorted(asdict(record).items())))


def read_record(path: str | Path) -> Record:
    """Read a record.

    Raises
    ------
    InputError
        If the file is not a record, or was edited so that it is none any more; it names the file and the key.
    """
    try:
        record = _RECORD.validate_json(Path(path).read_bytes())
        # Parameters may be anything that JSON has, and NaN and infinity it has not.
        as_json(asdict(record))
    except ValidationError as error:
        wrong = error.errors()[0]
        key = ".".join(map(str, wrong["loc"]))
        raise InputError(f"{path}: not a record: {key and f'{key}: '}{wrong['msg']}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a record: {error}") from None
    return record


def find_records(results: str | Path = RESULTS) -> dict[str, Record]:
    """Read all records of all studies, models and reviews.

    One that cannot be read is left out, and so is one that speaks of another folder's results: it came there when the
    folder was copied.

    Returns
    -------
    dict of Record
        By path, which begins with `results`.
    """
    records = {}
    for path in sorted(Path(results).glob(f"*/{RECORDS}/**/[!.]*.json")):
        try:
            record = read_record(path)
        except InputError:
            continue
        folder = f"{RESULTS}/{path.relative_to(results).parts[0]}/"
        if all(output.startswith(folder) for output in record.outputs):
            records[path.as_posix()] = record
    return records


def as_json(data: Any) -> Any:
    """Return data as it would be after it was written as JSON and read: tuples as lists, for instance."""
    return json.loads(json.dumps(data, allow_nan=False))


def describe_files(paths: Iterable[str], hash_file: Callable[[str], str] = sha256) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and size in bytes of files, by name: `sna.places.name_of` their path."""
    files = {name_of(path): str(path) for path in paths}
    return {
        name: {"sha256": hash_file(path), "size": Path(path).stat().st_size} for name, path in sorted(files.items())
    }


def _find_seeds(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, int]]:
    for name, value in params.items():
        if name == "seed":
            yield prefix + name, value
        elif isinstance(value, dict):
            yield from _find_seeds(value, f"{prefix}{name}.")


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
