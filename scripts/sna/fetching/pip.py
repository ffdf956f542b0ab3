"""Files of Python packages, downloaded with pip: nothing is installed, and what a package depends on stays away."""

import errno
import os
import re
import resource
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from sna.errors import InputError
from sna.files import disk_error

# Before pip keeps a source archive it asks the archive's build backend for name and version, in a Python that imports
# what the archive names, be it code of its own. Here something else stands in that Python's place, and answers without
# a look at the archive.
_PIP = """
import runpy, sys

sys.executable = sys.argv.pop(1)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
_ANSWER = """
import json, sys
from pathlib import Path

_, asked, exchange = sys.argv[1:]
if asked != "prepare_metadata_for_build_wheel":
    sys.exit(f"{{asked}} is not answered")
given = json.loads(Path(exchange, "input.json").read_text(encoding="utf-8"))["kwargs"]
folder = Path(given["metadata_directory"], {name!r})
folder.mkdir()
(folder / "METADATA").write_text({metadata!r}, encoding="utf-8")
Path(exchange, "output.json").write_text(json.dumps({{"return_val": folder.name}}), encoding="utf-8")
"""
# Of a source archive, and of each file in it.
_MOST_BYTES = 500_000_000


def download_wheel(package: str, version: str, most: int, folder: Path, key: str) -> Path:
    """Download a package's wheel, or take it from pip's cache where an earlier run has downloaded it.

    Parameters
    ----------
    package, version : str
        The package, and its exact version.
    most : int
        How many bytes the wheel may have.
    folder : Path
        An empty folder, which receives the wheel.
    key : str
        The config file and the section that names the package, for messages.

    Returns
    -------
    Path
        The wheel.

    Raises
    ------
    InputError
        If pip cannot download it, it is larger, or the disk is full.
    """
    requirement = f"{package}=={version}"
    # "--" keeps a name that begins with a dash from being read as an option.
    finished = _download(folder, "--only-binary=:all:", "--", requirement, most=most)
    if _is_too_large(finished):
        raise InputError(f"{key}: the wheel of {requirement} has more than {most / 1e6:,.1f} MB; check its version")
    _check(finished, folder, requirement, key)
    return next(folder.glob("*.whl"))


def download_source(package: str, version: str, sha256: str, folder: Path, key: str) -> Path:
    """Download a package's source archive and check it, without running anything of it.

    pip compares the checksum before it opens the archive.


    Parameters
    ----------
    package, version : str
        The package, and its exact version.
    sha256 : str
        SHA-256 of the archive.
    folder : Path
        An empty folder, which receives the archive.
    key : str
        The config file and the section that names the package, for messages.

    Returns
    -------
    Path
        The archive.

    Raises
    ------
    InputError
        If pip cannot download it, it has another checksum, it or a file in it is too large, or the disk is full.

    References
    ----------
    How pip asks a build backend, and how it is answered: pyproject_hooks, `BuildBackendHookCaller`.
    """
    requirement = f"{package}=={version}"
    answer, python, pinned, archives = (folder / name for name in ("answer.py", "python", "pinned.txt", "archives"))
    code = _ANSWER.format(
        name=f"{package.replace('-', '_')}-{version}.dist-info",
        metadata=f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
    )
    answer.write_text(code, encoding="utf-8")
    python.write_text(f'#!/bin/sh\nexec {quote(sys.executable)} -I {quote(str(answer.absolute()))} "$@"\n')
    python.chmod(0o700)
    pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
    options = ("--no-binary=:all:", "--use-pep517", "--no-build-isolation", f"--requirement={pinned}")
    finished = _download(archives, *options, most=_MOST_BYTES, python=python)
    other = re.search(r"^\s*Got\s+([0-9a-f]{64})", finished.stderr, flags=re.MULTILINE)
    if other:
        raise InputError(f"{key}.sha256: {sha256} given; the source archive of {requirement} has {other[1]}")
    if _is_too_large(finished):
        raise InputError(
            f"{key}: the source archive of {requirement}, or a file in it, has more than {_MOST_BYTES / 1e6:,.0f} MB"
        )
    _check(finished, archives, requirement, key)
    return next(archives.iterdir())


def _download(folder: Path, *arguments: str, most: int, python: Path | None = None) -> CompletedProcess:
    """Let pip download something into a folder, no file of more than so many bytes; `python` takes Python's place."""
    start = ["-c", _PIP, str(python.absolute())] if python else ["-m", "pip"]
    pip = [sys.executable, *start, "download", "--no-input", "--no-deps", f"--dest={folder}"]
    folder.mkdir(exist_ok=True)
    # pip's own temporary files come here too, so that there is one disk that can be full.
    with TemporaryDirectory(dir=folder.absolute()) as temporary:
        settings = os.environ | {"TMPDIR": temporary}
        with _no_file_larger_than(most):
            finished = subprocess.run([*pip, *arguments], env=settings, capture_output=True, text=True, check=False)
    print(finished.stdout, finished.stderr, sep="\n", file=sys.stderr)
    return finished


@contextmanager
def _no_file_larger_than(most: int) -> Generator[None]:
    """Let no process that is started in the block write a larger file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _is_too_large(finished: CompletedProcess) -> bool:
    return finished.returncode != 0 and f"[Errno {errno.EFBIG}]" in finished.stderr


def _check(finished: CompletedProcess, folder: Path, requirement: str, key: str) -> None:
    if finished.returncode != 0:
        lines = finished.stderr.splitlines() or ["it says nothing"]
        # Where pip itself fails, a traceback follows, which ends with what happened.
        told = [line for line in lines if line.startswith("ERROR: ") and line != "ERROR: Exception:"]
        reason = " ".join(told) or lines[-1]
        refused = disk_error(OSError(reason), folder, _size_of_download(finished.stdout))
        if refused:
            raise InputError(f"{key}: {requirement}: {refused}")
        raise InputError(
            f"{key}.version: pip cannot download {requirement}: {reason}\n"
            "Check the package, its version and the network; without a network, use source: path"
        )


def _size_of_download(printed: str) -> int | None:
    """Return the bytes of what pip began to download, as it says them: (98.9 MB)."""
    found = re.search(r"\(([\d.]+) ([kMG])B\)", printed)
    return int(float(found[1]) * {"k": 1e3, "M": 1e6, "G": 1e9}[found[2]]) if found else None
