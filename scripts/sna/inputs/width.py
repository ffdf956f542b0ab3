"""How many neurons a layer of a model has."""

from pathlib import Path

from sna.errors import InputError
from sna.files import read_json


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
    if not isinstance(width, int) or width < 1:
        raise InputError(f"{path}: intermediate_size: missing, or not a number of neurons; fetch the model again")
    return width
