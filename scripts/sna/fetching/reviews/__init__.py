"""Reviews with their sentiment: from a Python package, the Hugging Face hub, or a local file.

Each source gives the same table of sentences with labels; `parts` draws from it.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sna.errors import InputError
from sna.fetching.reviews import hub, local, package
from sna.fetching.reviews.labelled import Labelled
from sna.files import describe, write_json, writing
from sna.inputs.origins import Reviews
from sna.places import ORIGIN
from sna.tables import REVIEWS, write_table

SENTENCES = "reviews.parquet"
SOURCES: dict[str, Callable[[Any, Path, str], Labelled]] = {
    "package": package.read,
    "hub": hub.read,
    "path": local.read,
}


def fetch(name: str, reviews: Reviews, folder: Path) -> None:
    """Fetch reviews, check them, and leave reviews.parquet and origin.json in a folder.

    Parameters
    ----------
    name : str
        The reviews' name in the configuration.
    reviews : PackageReviews, HubReviews or FileReviews
        Their section of the configuration.
    folder : Path
        Receives the files.

    Raises
    ------
    InputError
        If the reviews cannot be had, are damaged, are none, or a row of them is not a sentence with a label; or the
        disk is full.
    """
    key = f"config.yaml: reviews.{name}"
    with writing(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # There too, so that there is one disk that can be full.
        with TemporaryDirectory(dir=folder.parent, prefix=f".{name}.") as temporary:
            found = SOURCES[reviews.source](reviews, Path(temporary), key)
            original = describe(found.file.parent, [found.file.name])
    if found.sentences.empty:
        raise InputError(f"{key}: {found.file.name} holds no sentence with a sentiment")
    write_table(found.sentences, REVIEWS, folder / SENTENCES)
    origin = reviews.model_dump() | {
        "rows": found.rows,
        "labels": found.sentences["label"].value_counts().sort_index().to_dict(),
        "original_files": original,
        "files": describe(folder, [SENTENCES]),
    }
    write_json(folder / ORIGIN, origin)
