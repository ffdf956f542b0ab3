"""Neutral prose, on which it is measured what amplification does to text that no task asks for."""

from pathlib import Path

from sna.errors import InputError


def read_prose(path: str | Path) -> list[str]:
    """Return the sentences of a file.

    Parameters
    ----------
    path : str or Path
        UTF-8, one sentence a line.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If the file is missing, no UTF-8, or empty; or a line is empty, or stands there twice.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except OSError as error:
        raise InputError(
            f"{path}: not readable ({error.strerror}); write neutral prose there, one sentence a line"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8, as which it must be saved") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            raise InputError(f"{path}:{number}: an empty line; each must hold a sentence")
        if line in lines[: number - 1]:
            raise InputError(
                f"{path}:{number}: stands in line {lines.index(line) + 1} already; give each sentence once"
            )
    return lines
