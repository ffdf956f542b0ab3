"""How many tokens a model chooses from."""

from pathlib import Path

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
    size = read_json(path).get("vocab_size")
    if not isinstance(size, int) or size < 1:
        raise InputError(f"{path}: vocab_size: missing, or not a number of tokens; fetch the model again")
    return size
