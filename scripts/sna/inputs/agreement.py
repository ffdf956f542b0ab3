"""Whether Snakemake reads of a configuration file what is written there."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.inputs.yaml_files import Key, locate, read_yaml


def check_file(path: str | Path, read: Callable[[str | Path], Any]) -> None:
    """Refuse a configuration file that is not clear, or that its other reader takes for something else than it says.

    Parameters
    ----------
    path : str or Path
        The file.
    read : callable
        The other reader: Snakemake's, which keeps the last of two sections of the same name, for example.

    Raises
    ------
    InputError
        With the file, the line and the key.
    """
    written = read_yaml(path)
    if difference := _difference(written, read(path), ()):
        key, right, wrong = difference
        place = locate(path, key)
        raise InputError(f"{place}: {right!r} is written, but Snakemake reads {wrong!r}; write it otherwise")


def _difference(one: Any, other: Any, key: Key) -> tuple[Key, Any, Any] | None:
    """Return the first key at which two configurations differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = [(name, one[name], other[name]) for name in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [(number, *pair) for number, pair in enumerate(zip(one, other, strict=True))]
    else:
        same = one == other or (isinstance(one, float) and math.isnan(one))
        return None if same and type(one) is type(other) else (key, one, other)
    found = (_difference(left, right, (*key, name)) for name, left, right in parts)
    return next(filter(None, found), None)
