"""Reading files that others wrote, with libraries that others wrote: whatever comes of it ends in one line."""

from collections.abc import Generator
from contextlib import contextmanager

from sna.errors import InputError


@contextmanager
def reading(what: str) -> Generator[None]:
    """Turn whatever a library raises while it reads a foreign file into a message.

    Only calls of the library belong in the block: what goes wrong in code of this project is no bad input.

    Parameters
    ----------
    what : str
        The config file and key that named the file, and what cannot be done with it.

    Raises
    ------
    InputError
        With the first few words of what was raised.
    """
    try:
        yield
    except (InputError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    # tokenizers raises bare Exception, and a panic of its compiled code is not even that.
    except BaseException as error:
        raise InputError(f"{what}: {shorten(f'{type(error).__name__}: {error}', 300)}") from None


def shorten(text: str, width: int) -> str:
    """Return a text on one line, cut where it is too long for a message.

    Parameters
    ----------
    text : str
    width : int
        How many characters are kept at most.

    Returns
    -------
    str
    """
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}\N{HORIZONTAL ELLIPSIS}"
