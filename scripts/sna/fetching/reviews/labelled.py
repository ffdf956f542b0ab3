"""Sentences with labels, and the tab-separated files that hold them."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sna.errors import InputError
from sna.fetching.foreign import shorten

# How much of what is wrong a message shows.
_WIDTH = 40


@dataclass(frozen=True)
class Labelled:
    """What a source holds.

    Attributes
    ----------
    file : Path
        What was fetched.
    rows : int
        How many sentences it has, with or without a sentiment.
    sentences : DataFrame
        Those with one, as `sna.tables.REVIEWS` says; `number` is the row in the source, from 0.
    """

    file: Path
    rows: int
    sentences: pd.DataFrame


def label(file: Path, rated: Iterable[tuple[str, float]]) -> Labelled:
    """Lay out sentences with ratings: above 0 is positive, below 0 negative, and 0 is no sentiment.

    Parameters
    ----------
    file : Path
        What was fetched.
    rated : iterable of (str, float)
        Every sentence of the source, in its order, with its rating.

    Returns
    -------
    Labelled
    """
    frame = pd.DataFrame(rated, columns=["sentence", "rating"])
    sentences = pd.DataFrame(
        {
            "number": frame.index,
            "label": np.where(frame["rating"] > 0, "positive", "negative"),
            "sentence": frame["sentence"].astype("str"),
        }
    )
    return Labelled(file, len(frame), sentences[frame["rating"] != 0])


def read_lines(content: bytes, columns: Sequence[str], where: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each line of a tab-separated file in UTF-8, in which a quotation mark is a character like any other.

    A byte order mark, which Windows puts before UTF-8, and blank lines at the end are left out.

    Parameters
    ----------
    content : bytes
        The file.
    columns : sequence of str
        What each line holds; the last one must not be empty.
    where : str
        The config file and key, and the file, for messages.

    Yields
    ------
    place : str
        `where` with the line's number, counted from 1.
    fields : list of str
        Without white space around them.

    Raises
    ------
    InputError
        With the line's number, if a line has more or fewer fields, or an empty one, or is not UTF-8.
    """
    # As bytes, because text has line separators besides these that a sentence may hold.
    for number, line in enumerate(content.removeprefix(BOM_UTF8).rstrip().splitlines(), start=1):
        place = f"{where}:{number}"
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{place}: not UTF-8 ({error.reason}); save the file as UTF-8") from None
        fields = [field.strip() for field in text.split("\t")]
        if len(fields) != len(columns) or not all(fields):
            raise InputError(f"{place}: must hold {', '.join(columns)}, separated by one tab ({given(text)})")
        yield place, fields


def given(value: object) -> str:
    """Return the beginning of what a source holds, for the message that it is wrong.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return f"given: {shorten(repr(value), _WIDTH)}"
