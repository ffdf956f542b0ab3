"""The code that a stage runs: its script, the modules of this project that it imports, and its environment's pins."""

import ast
import hashlib
import json
from functools import cache
from pathlib import Path

from sna.errors import InputError
from sna.inputs.yaml_files import read_yaml

#: A dotted name, in parts.
Name = tuple[str, ...]


#: The folder of the scripts, where their imports are looked for.
SCRIPTS = "scripts"


def local_modules(script: Path) -> list[Path]:
    """List a script and all files of this project that it imports, directly or indirectly.

    Imports are read from the syntax tree, those inside functions included; nothing is run. A package's ``__init__.py``
    is among them, since Python runs it whenever a module of the package is imported. Of a file that is not Python no
    imports are known; the job that runs it will fail.

    Parameters
    ----------
    script : Path
        In the folder `SCRIPTS` or below it. Imports are looked for in that folder; what is not there is not of this
        project.

    Returns
    -------
    list of Path
        Sorted.

    Raises
    ------
    InputError
        If there is no such script.
    """
    return sorted(_walk(script))


def hash_code(script: Path) -> dict[str, str]:
    """Return the SHA-256 of each of `local_modules`, by path from the project's root."""
    root = _folder(script).parent
    return {path.relative_to(root).as_posix(): checksum for path, checksum in sorted(_walk(script).items())}


def read_pins(environment: str | Path) -> list[str]:
    """Return what a conda environment file pins, such as ``numpy=2.4.6``, sorted; comments do not count."""
    return sorted(entry for entry in read_yaml(environment)["dependencies"] if isinstance(entry, str))


def hash_pins(environment: str | Path) -> str:
    """Return the SHA-256 of `read_pins`."""
    return hash_data(read_pins(environment))


def hash_data(data: object) -> str:
    """Return the SHA-256 of data that JSON can hold; the order of keys does not count."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, allow_nan=False).encode()).hexdigest()


def describe_code(script: Path, environment: str) -> dict[str, str]:
    """Say in short what a stage runs: as a rule's parameter it makes Snakemake rerun the stage after an edit.

    Parameters
    ----------
    script : Path
        The stage's script.
    environment : str
        Its conda environment file, from the project's root.

    Returns
    -------
    dict
        ``script`` and ``environment``, the files by their paths from the project's root, and ``sha256``, over the
        contents of all code files and the pins.
    """
    root = _folder(script).parent
    sha256 = hash_data([hash_code(script), hash_pins(root / environment)])
    return {"script": script.relative_to(root).as_posix(), "environment": environment, "sha256": sha256}


def _folder(script: Path) -> Path:
    """Return the folder `SCRIPTS` that a script is in."""
    return next((parent for parent in script.parents if parent.name == SCRIPTS), script.parent)


def _walk(script: Path) -> dict[Path, str]:
    """Return the SHA-256 of each of `local_modules`, by path."""
    folder, found, waiting = _folder(script), {}, [script]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path], names = _read(path, folder)
            waiting += [file for name in names for file in _files(name, folder)]
    return found


def _read(path: Path, folder: Path) -> tuple[str, frozenset[Name]]:
    """Return the SHA-256 of a module in a folder, and all names that it imports; the last part may be no module."""
    try:
        stat = path.stat()
        return _parse(path, path.relative_to(folder).parts[:-1], (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such script") from None


@cache
def _parse(path: Path, package: Name, state: tuple[int, ...]) -> tuple[str, frozenset[Name]]:
    """Read a module of a package once for as long as its size and times are the same."""
    source, names = path.read_bytes(), set()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        tree = ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = (*start, *(node.module.split(".") if node.module else ()))
            names |= {(*module, alias.name) for alias in node.names}
    return hashlib.sha256(source).hexdigest(), frozenset(names)


@cache
def _files(name: Name, folder: Path) -> list[Path]:
    """List the files in a folder that Python runs to import a name."""
    places = [folder.joinpath(*name[:length]) for length in range(1, len(name) + 1)]
    return [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
