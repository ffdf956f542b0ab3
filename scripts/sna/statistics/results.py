"""What a statistic finds, by model: JSON files of the dataclasses that the statistics return."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError

from sna.errors import InputError
from sna.files import write_json
from sna.inputs.fields import explain

Result = TypeVar("Result")

_CHECKED = ConfigDict(extra="forbid", strict=True)


def by_model(first: pd.DataFrame, *others: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield each model's name with its rows of one or several tables.

    Parameters
    ----------
    first, *others : DataFrame
        Tables with the column `model`; `first` says which models there are.

    Yields
    ------
    tuple of str and DataFrame
        Models in alphabetical order.
    """
    for model, rows in first.groupby("model"):
        yield model, rows, *(table[table["model"] == model] for table in others)


def write_results(results: Mapping[str, Any], path: str | Path) -> None:
    """Write a statistic's results as JSON, whole or not at all.

    Parameters
    ----------
    results : mapping of str to dataclass
        By model.
    path : str or Path
        The file.

    Raises
    ------
    ValueError
        If a figure is NaN or infinite: one that is undefined is None.
    """
    write_json(path, {model: asdict(result) for model, result in results.items()})


def read_results(path: str | Path, kind: type[Result]) -> dict[str, Result]:
    """Read a statistic's results, by model.

    Parameters
    ----------
    path : str or Path
        A file of `write_results`.
    kind : type
        The dataclass that the statistic returns.

    Returns
    -------
    dict of str to `kind`

    Raises
    ------
    InputError
        If the file is missing or not JSON, or a key is missing, unknown, or of another type; it names file and key.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; the stage that writes it has not run") from None
    try:
        return TypeAdapter(dict[str, kind], config=_CHECKED).validate_json(content)  # ty: ignore[invalid-type-form]
    except ValidationError as error:
        raise InputError(f"{explain(error, path)}; delete it and run again") from None
