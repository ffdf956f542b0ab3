"""Reviews in a local file, as GLUE has SST-2: tab-separated, with a header and no quoting."""

from collections.abc import Iterator
from pathlib import Path

from sna.errors import InputError
from sna.fetching.reviews.labelled import Labelled, given, label, read_lines
from sna.inputs.origins import FileReviews

COLUMNS = ["sentence", "label"]
RATINGS = {"0": -1, "1": 1}


def read(reviews: FileReviews, _: Path, key: str) -> Labelled:
    """Read a file of GLUE's SST-2 task [1]_, where it is.

    Parameters
    ----------
    reviews : FileReviews
        The file.
    key : str
        The config file and the reviews' section, for messages.

    Returns
    -------
    Labelled

    Raises
    ------
    InputError
        If the file is missing or its header is another; with the line's number, if a line is not a sentence with a
        label.

    References
    ----------
    .. [1] A. Wang et al., GLUE: A Multi-Task Benchmark and Analysis Platform for Natural Language Understanding, ICLR
       2019.
    """
    file = Path(reviews.path).expanduser()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{key}.path: {reviews.path} cannot be read: {error.strerror}") from None
    return label(file, _rows(content, f"{key}.path: {reviews.path}"))


def _rows(content: bytes, where: str) -> Iterator[tuple[str, int]]:
    lines = read_lines(content, COLUMNS, where)
    place, header = next(lines, (where, []))
    if header != COLUMNS:
        raise InputError(f"{place}: the first line must be sentence<TAB>label, as in GLUE's train.tsv and dev.tsv")
    for place, (sentence, rating) in lines:
        if rating not in RATINGS:
            raise InputError(f"{place}: label must be 0 (negative) or 1 (positive) ({given(rating)})")
        yield sentence, RATINGS[rating]
