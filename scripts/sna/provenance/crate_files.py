"""The files that a study's crate holds: what its jobs read, ran and wrote, each as the jobs' records have it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from rocrate.rocrate import ROCrate

from sna.errors import InputError
from sna.files import replacing
from sna.places import ORIGIN, RESULTS, ROOT, TRAINING, find, name_of
from sna.provenance.code import hash_code, hash_pins, local_modules, module_file
from sna.provenance.graph import JobGraph
from sna.provenance.lineage import Lineage
from sna.provenance.record import Record, describe_files

#: The time of every file in an archive, the first that ZIP knows: the same study makes the same archive.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Contents(JobGraph):
    """What a crate is made of.

    Attributes
    ----------
    jobs : dict of Record
        All jobs that the result rests on, by their records' paths, each after its parents.
    packed : dict
        The files in the crate: ``{"sha256": str, "size": int}`` by name (`sna.places`), size in bytes.
    described : dict
        The files that the crate names but does not hold, likewise: what was fetched from elsewhere, the weights among
        it, has an owner and a licence of its own, and is large.
    modules : dict of list of str
        What each script imports of the project, itself included, by path; all of it is packed.
    """

    jobs: dict[str, Record]
    packed: dict[str, dict[str, Any]]
    described: dict[str, dict[str, Any]]
    modules: dict[str, list[str]]

    def works(self) -> dict[str, Record]:
        """Return the jobs' records."""
        return self.jobs


def gather_contents(lineage: Lineage, result: str, workflow: Iterable[str]) -> Contents:
    """Gather all that a result rests on.

    Parameters
    ----------
    lineage : Lineage
    result : str
        Path of the last result.
    workflow : iterable of str
        Files that no record speaks of: the workflow's own.

    Raises
    ------
    InputError
        If a file is missing, or is not what a record says, or the result has no record.
    """
    jobs = {path: lineage.records[path] for path in lineage.ancestors([result])}
    made = {path for job in jobs.values() for path in job.outputs} | jobs.keys()
    for path in sorted({result, *(path for job in jobs.values() for path in job.inputs)} - made):
        if PurePosixPath(path).is_relative_to(RESULTS):
            raise InputError(f"{path}: no record says how it was made; `snakemake report` makes it again")
    described: dict[str, dict[str, Any]] = {}
    modules = {script: _list_modules(script) for script in dict.fromkeys(job.script for job in jobs.values())}
    packed = {*map(name_of, workflow), *jobs, *(path for imported in modules.values() for path in imported)}
    for job in jobs.values():
        files = job.inputs | job.outputs
        described |= {path: state for path, state in files.items() if _is_elsewhere(path, job)}
        packed |= {*files, job.environment["file"]}
    contents = Contents(jobs, _describe(packed - described.keys()), dict(sorted(described.items())), modules)
    _check(contents)
    return contents


def is_outside(path: str) -> bool:
    """Whether a path leads out of the folder where Snakemake runs."""
    parts = PurePosixPath(path).parts
    return PurePosixPath(path).is_absolute() or ".." in parts or parts[:1] == ("~",)


def write_archive(crate: ROCrate, path: str | Path) -> None:
    """Write a crate as a ZIP archive, whole or not at all; the same crate gives the same bytes."""
    with replacing(path) as beside, ZipFile(beside, "w") as archive:
        for entity in sorted([*crate.data_entities, crate.metadata], key=lambda entity: entity.id):
            info = ZipInfo(unquote(entity.id), _TIME)
            info.compress_type = ZIP_DEFLATED
            # Readable by all, as a file without permissions is on no system.
            info.external_attr = 0o644 << 16
            with archive.open(info, "w") as file:
                for _, chunk in entity.stream():
                    file.write(chunk)


def _list_modules(script: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in local_modules(ROOT / script)]


def _is_elsewhere(path: str, job: Record) -> bool:
    fetched = job.origin is not None and PurePosixPath(path).name not in {ORIGIN, TRAINING}
    return fetched or is_outside(path)


def _describe(paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    try:
        return describe_files(map(find, paths))
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: missing; `snakemake report` makes it again") from None


def _check(contents: Contents) -> None:
    """Raise InputError unless every file is what each record that speaks of it says."""
    known = {path: state["sha256"] for path, state in (contents.described | contents.packed).items()}
    for path, job in contents.jobs.items():
        said = {file: state["sha256"] for file, state in (job.inputs | job.outputs).items()}
        # A parent that ran again since, and left the same bytes, has another record.
        said |= {it: checksum for it, checksum in job.parents.items() if contents.jobs[it].ended <= job.started}
        wrong = [file for file, sha256 in said.items() if known[file] != sha256]
        changed = job.code.items() ^ hash_code(ROOT / job.script).items()
        wrong += [module_file(Path(), definition).as_posix() for definition, _ in changed]
        if hash_pins(ROOT / job.environment["file"]) != job.environment["sha256"]:
            wrong.append(job.environment["file"])
        if wrong:
            raise InputError(
                f"{min(wrong)}: not what {path} says; `snakemake audit` shows what else changed, "
                "and `snakemake report` makes it again"
            )
