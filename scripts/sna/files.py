"""Writing files so that nobody ever sees half of one, and naming them by checksum."""

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of `path` only when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        The file or folder to write. Missing parent folders are made. An existing file is replaced.

    Yields
    ------
    Path
        A free path in the same folder (hence on the same file system), with the same suffix.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: str | Path, data: object) -> None:
    """Write `data` as indented JSON, whole or not at all.

    Raises
    ------
    ValueError
        If `data` holds NaN or infinity, which JSON has no word for: an undefined figure is None.
    """
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict:
    """Read a JSON file that this workflow wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path, names: Collection[str]) -> dict[str, dict]:
    """Return size in bytes and SHA-256 of each file, by name."""
    return {name: {"size": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in sorted(names)}
