"""The one exception that stands for something the user can put right."""

from collections.abc import Generator
from contextlib import contextmanager


class InputError(Exception):
    """Bad input: a file, a config key, or an environment that the user can mend.

    Its message names the file and the key, says what is wrong, and what would be right. Wherever it surfaces (the
    Snakefile, a script) only the message is printed, never a traceback.
    """


@contextmanager
def naming(path: str) -> Generator[None]:
    """Name the file in the message of a mistake in it.

    Parameters
    ----------
    path : str
        The file.

    Raises
    ------
    InputError
        With the file's name.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
