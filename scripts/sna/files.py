"""Writing files so that nobody ever sees half of one, and naming them by checksum."""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

from sna.errors import InputError

#: What the system says of a disk that is full, and of one that may not be written to.
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}
# Compiled libraries raise what they like, with the system's number in the text.
_NUMBER = re.compile(r"(?:os error|errno) (\d+)", re.IGNORECASE)


@contextmanager
def writing(folder: str | Path, needed: int | None = None) -> Generator[None]:
    """Say which folder is full, or may not be written to, if that is what ends the block.

    Parameters
    ----------
    folder : str or Path
        Where the block writes.
    needed : int, optional
        How many bytes the block writes, where that is known.

    Raises
    ------
    InputError
        As `disk_error`. Whatever else the block raises is left as it is.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        refused = disk_error(error, folder, needed)
        if refused is None:
            raise
        raise refused from None


def disk_error(error: Exception, folder: str | Path, needed: int | None = None) -> InputError | None:
    """Put in words that a disk is full, that the user's share of it is used up, or that it may not be written to.

    Parameters
    ----------
    error : Exception
        What was raised, by this project, Python or a library.
    folder : str or Path
        What was written to, unless the error names a file.
    needed : int, optional
        How many bytes were to be written, where that is known.

    Returns
    -------
    InputError or None
        None if the error is about something else.
    """
    found = _NUMBER.search(str(error))
    number = getattr(error, "errno", None) or (int(found[1]) if found else None)
    named = getattr(error, "filename", None)
    if number in _FULL:
        place = Path(named).parent if isinstance(named, str) else Path(folder)
        sizes = f"{_megabytes(_free(place))} free" + (f", {_megabytes(needed)} needed" if needed else "")
        return InputError(f"{place}: {os.strerror(number)} ({sizes}); make room there and run again")
    if number in _FORBIDDEN:
        return InputError(f"{named}: {os.strerror(number)}" if isinstance(named, str) else f"{folder}: {error}")
    return None


def _free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@contextmanager
def replacing(path: str | Path) -> Generator[Path]:
    """Give a path to write to; it takes the place of `path` only when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        The file or folder to write. Missing parent folders are made. An existing file is replaced.

    Yields
    ------
    Path
        A free path in the same folder (hence on the same file system), with the same suffix.

    Raises
    ------
    InputError
        As `writing`: with the folder that is full, or may not be written to.
    """
    path = Path(path)
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        with writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield beside
            os.replace(beside, path)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        elif os.path.lexists(beside):
            beside.unlink()


def write_text(path: str | Path, text: str) -> None:
    """Write a text as UTF-8, whole or not at all.

    Parameters
    ----------
    path : str or Path
    text : str
    """
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: str | Path, data: object) -> None:
    """Write data as indented JSON, whole or not at all.

    Parameters
    ----------
    path : str or Path
    data : object
        What JSON has: mappings, sequences, text, numbers, true, false and None.

    Raises
    ------
    ValueError
        If `data` holds NaN or infinity, which JSON has no word for: an undefined figure is None.
    """
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict:
    """Return what a JSON file holds that this workflow wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
    """
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256(path: str | Path) -> str:
    """Return a file's checksum.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        The SHA-256 of its bytes, in hexadecimal.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path, names: Collection[str]) -> dict[str, dict]:
    """Return size and checksum of files.

    Parameters
    ----------
    folder : Path
        Holds them.
    names : collection of str

    Returns
    -------
    dict of str to dict
        For each name, in order, `size` (bytes) and `sha256`.
    """
    return {name: {"size": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in sorted(names)}
