"""Models in a local folder, as save_pretrained leaves them."""

import os
import shutil
from pathlib import Path

from sna.errors import InputError
from sna.fetching.model_files import SMALL_FILES, WEIGHTS, weight_files
from sna.fetching.models.checkpoint import Checkpoint, check_small_files
from sna.inputs.origins import FolderModel

# What git leaves of a large file, where git-lfs did not fetch it.
_LFS_POINTER = b"version https://git-lfs"


def find(model: FolderModel, destination: Path, key: str) -> Checkpoint:
    """Link the files of a model in a local folder into another one.

    Libraries look for more files than are needed, and read, or fail to read, what is of no use here; beside the links
    they find none.

    Parameters
    ----------
    model : FolderModel
        The folder.
    destination : Path
        An empty folder, which receives the links.
    key : str
        The config file and the model's section, for messages.

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If the folder is missing, or is not a model with safetensors and a tokenizer.
    """
    key = f"{key}.path"
    folder = Path(model.path).expanduser()
    if not folder.is_dir():
        raise InputError(f"{key}: there is no folder {model.path}; give one that save_pretrained wrote")
    try:
        paths = list(folder.iterdir())
    except OSError as error:
        raise InputError(f"{key}: {model.path} cannot be read: {error.strerror}") from None
    names = {path.name for path in paths if path.is_file()}
    small = [path.name for path in paths if path.name in SMALL_FILES]
    for name in [*small, WEIGHTS]:
        _check_whole(folder / name, key)
    check_small_files(folder, names, key)
    weights = weight_files(folder, names, key)
    for name in weights:
        _check_whole(folder / name, key)
    files = sorted(small) + weights
    for name in files:
        _link(folder / name, destination / name)
    return Checkpoint(destination, files, key)


def _check_whole(path: Path, key: str) -> None:
    if not path.exists():
        if path.is_symlink():
            raise InputError(f"{key}: {path.name} is a link to {os.readlink(path)}, which is not there")
        return
    try:
        with open(path, "rb") as file:
            beginning = file.read(len(_LFS_POINTER))
    except OSError as error:
        raise InputError(f"{key}: {path.name} cannot be read: {error.strerror}") from None
    if beginning == _LFS_POINTER:
        raise InputError(f"{key}: {path.name} only points to the file (Git LFS); run git lfs pull in that folder")


def _link(file: Path, link: Path) -> None:
    try:
        link.symlink_to(file.resolve())
    except OSError:
        # There are file systems without links.
        shutil.copyfile(file, link)
