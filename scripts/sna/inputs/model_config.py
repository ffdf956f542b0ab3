"""What a model's own config.json says of its size."""

from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.files import read_json


def read_vocabulary(path: str | Path) -> int:
    """Return the size of a model's vocabulary.

    Parameters
    ----------
    path : str or Path
        The model's config.json.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If the file does not say it.
    """
    return _check(read_json(path).get("vocab_size"), path, "vocab_size", "tokens")


def read_width(path: str | Path) -> int:
    """Return how many neurons each layer of a model has.

    Parameters
    ----------
    path : str or Path
        The model's config.json.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If the file does not say it.
    """
    config = read_json(path)
    # GPT-2 says nothing where it is four times the residual stream, as in its own sizes.
    width = config.get("intermediate_size") or config.get("n_inner") or 4 * config.get("n_embd", 0)
    return _check(width, path, "intermediate_size", "neurons")


def _check(number: Any, path: str | Path, key: str, of: str) -> int:
    if not isinstance(number, int) or number < 1:
        raise InputError(f"{path}: {key}: missing, or not a number of {of}; fetch the model again")
    return number
