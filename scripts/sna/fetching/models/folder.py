"""Models in a local folder, as save_pretrained leaves them."""

from pathlib import Path

from sna.errors import InputError
from sna.fetching.models.checkpoint import SMALL_FILES, Checkpoint, check_config, weight_files
from sna.inputs.origins import FolderModel


def find(model: FolderModel, _: Path, key: str) -> Checkpoint:
    """Return the model in a local folder, which is read where it is.

    Parameters
    ----------
    model : FolderModel
        The folder.
    key : str
        The config file and the model's section, for messages.

    Raises
    ------
    InputError
        If the folder is missing, or is not a model with safetensors and a tokenizer.
    """
    key = f"{key}.path"
    folder = Path(model.path).expanduser()
    if not folder.is_dir():
        raise InputError(f"{key}: there is no folder {model.path}; give one that save_pretrained wrote")
    names = {path.name for path in folder.iterdir() if path.is_file()}
    check_config(folder, names, key)
    weights = weight_files(folder, names, key)
    return Checkpoint(folder, [name for name in SMALL_FILES if name in names] + weights, key)
