"""Reviews in a dataset repository on the Hugging Face hub, at one commit."""

from collections.abc import Iterator
from numbers import Number
from pathlib import Path

import pandas as pd

from sna.errors import InputError
from sna.fetching.foreign import reading
from sna.fetching.hub import open_repository
from sna.fetching.reviews.labelled import Labelled, given, label
from sna.inputs.origins import HubReviews

COLUMNS = ["sentence", "label"]
RATINGS = {0: -1, 1: 1}


def read(reviews: HubReviews, folder: Path, key: str, endpoint: str | None = None) -> Labelled:
    """Download a Parquet file, verify it against the hub's checksum, and read it.

    Parameters
    ----------
    reviews : HubReviews
        Repository, commit and file.
    folder : Path
        An empty folder, which receives the file.
    key : str
        The config file and the reviews' section, for messages.
    endpoint : str, optional
        The hub's address; by default that of the environment variable HF_ENDPOINT, or else the public hub.

    Returns
    -------
    Labelled

    Raises
    ------
    InputError
        If the hub cannot be reached, has no such repository, commit or file, or sent one that is cut short or changed;
        or if the file is not a table of sentences with labels.
    """
    repository = open_repository("dataset", reviews.repository, reviews.revision, key, endpoint)
    names = repository.list_files()
    if reviews.file not in names:
        tables = ", ".join(sorted(name for name in names if name.endswith(".parquet"))) or "none"
        raise InputError(f"{key}.file: {reviews.repository} holds no {reviews.file}; its Parquet files: {tables}")
    repository.download([reviews.file], folder)
    repository.verify([reviews.file], folder)
    file = folder / reviews.file
    return label(file, _rows(file, f"{key}.file: {reviews.file}"))


def _rows(file: Path, where: str) -> Iterator[tuple[str, int]]:
    with reading(f"{where}: must be Parquet with the columns sentence and label"):
        table = pd.read_parquet(file, columns=COLUMNS)
    for number, (sentence, rating) in enumerate(table.itertuples(index=False)):
        # Not every value of a table can be looked up: a list cannot.
        if not isinstance(rating, Number) or rating not in RATINGS:
            raise InputError(f"{where}: row {number}: label must be 0 (negative) or 1 (positive) ({given(rating)})")
        if not isinstance(sentence, str) or not sentence.strip():
            raise InputError(f"{where}: row {number}: sentence must be text ({given(sentence)})")
        yield sentence.strip(), RATINGS[rating]
