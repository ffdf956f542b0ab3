"""The versions of packages: which are pinned, and which are installed."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sna.errors import InputError
from sna.provenance.code import read_pins

#: What `make` installs for the workflow, with checksums: every package but torch.
LOCK = "envs/locks/workflow.txt"
#: Python's name of a package where conda has another.
_PYTHON_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}
#: What starts a job, and what the start of Python itself may load: no part of what a stage computes with.
_STARTERS = re.compile("pip|setuptools|snakemake(-.*)?")
_LOCKED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """The versions of a package that are right.

    Attributes
    ----------
    file : str
        Which says so, from the project's root.
    versions : tuple of str
        Without the mark of a build, such as torch's ``+cpu``. A lock may have one for some versions of Python, and
        another for others.
    """

    file: str
    versions: tuple[str, ...]


def normalize(name: str) -> str:
    """Write a package's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_version(name: str) -> str | None:
    """Return the version of a package that this process would import; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def managed_by_conda() -> bool:
    """Whether conda made the environment of this process."""
    return Path(sys.prefix, "conda-meta").is_dir()


def read_environment(root: Path, environment: str) -> dict[str, Pin]:
    """Return what a conda environment file pins, by Python's normalized names.

    Parameters
    ----------
    root : Path
        The project's.
    environment : str
        The file, from there.

    Raises
    ------
    InputError
        If there is no such file, or it is no environment.
    """
    pins = (pin.partition("=") for pin in read_pins(root / environment))
    return {normalize(_PYTHON_NAMES.get(name, name)): Pin(environment, (known,)) for name, _, known in pins}


def read_lock(root: Path) -> dict[str, Pin]:
    """Return what the lock of a project pins, by normalized name.

    Raises
    ------
    InputError
        If it is gone, or no lock.
    """
    path = root / LOCK
    try:
        stat = path.stat()
        pins = _read_lock(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, UnicodeDecodeError):
        pins = {}
    if not pins:
        raise InputError(f"{path}: there is no such lock, or it is none: make lock")
    return pins


@lru_cache(maxsize=1)
def _read_lock(path: Path, *state: int) -> dict[str, Pin]:
    """Read a lock once for as long as its time and size are the same."""
    versions: dict[str, list[str]] = {}
    for name, known in _LOCKED.findall(path.read_text(encoding="utf-8")):
        versions.setdefault(normalize(name), []).append(known)
    return {name: Pin(LOCK, tuple(known)) for name, known in versions.items()}


def find_others(packages: Mapping[str, str], pins: Mapping[str, Pin]) -> Iterator[tuple[str, str, Pin]]:
    """Give name, version and pin of each package that has another version than is pinned; what starts jobs is none.

    Parameters
    ----------
    packages : mapping of str
        Versions by name.
    pins : mapping of Pin
        By normalized name.
    """
    for name, known in packages.items():
        pin = pins.get(normalize(name))
        if pin and not _STARTERS.fullmatch(normalize(name)) and known.partition("+")[0] not in pin.versions:
            yield name, known, pin


def installed_otherwise(root: Path) -> list[str]:
    """Say which packages this process would import in another version than the lock of a project has.

    Raises
    ------
    InputError
        If the lock is gone, or is none.
    """
    pins = read_lock(root)
    installed = {name: known for name in pins if (known := installed_version(name)) is not None}
    return [f"{name} {known}, not {' or '.join(pin.versions)}" for name, known, pin in find_others(installed, pins)]
