"""Which files of a model are read, and which only say that a model is refused.

The workflow asks this too, whenever it plans: hence nothing here imports a library.
"""

import json
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from sna.errors import InputError
from sna.fetching.foreign import shorten

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
#: What a tokenizer is read from: one of these groups must be there.
VOCABULARIES = ((TOKENIZER,), ("vocab.json", "merges.txt"))
#: What a tokenizer is not read from, the half of a group above among it.
OTHER_VOCABULARIES = {"tokenizer.model", "spiece.model", "tekken.json", "vocab.json", "vocab.txt"}
#: Every one that is there is read.
SMALL_FILES = (
    CONFIG,
    INDEX,
    *(name for group in VOCABULARIES for name in group),
    TOKENIZER_CONFIG,
    "special_tokens_map.json",
    "added_tokens.json",
)
#: Of an adapter, whose presence alone is looked at.
ADAPTER = ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")
_OTHER_FORMATS = (".safetensors", ".bin", ".gguf", ".pt", ".pth", ".h5", ".msgpack", ".onnx")


def files_of_folder(folder: Path) -> list[Path]:
    """List the files of a local folder that a fetch looks at: when one of them changes, the model is fetched again.

    Parameters
    ----------
    folder : Path
        It need not be a model; what is wrong with it is said when it is fetched.

    Returns
    -------
    list of Path
        Sorted.
    """
    try:
        names = {path.name for path in folder.iterdir() if path.is_file()}
        weights = weight_files(folder, names, str(folder))
    except OSError:
        return []
    except InputError:
        weights = []
    return sorted(folder / name for name in {*SMALL_FILES, *ADAPTER, *weights} & names)


def weight_files(folder: Path, names: Collection[str], key: str) -> list[str]:
    """Return the names of the safetensors files: the one, or those that the index lists.

    Parameters
    ----------
    folder : Path
        Holds at least the small files.
    names : collection of str
        All files that the source has.
    key : str
        The config file and key, for messages.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If there are no safetensors, or the index is damaged or lists a file that is not there.
    """
    if WEIGHTS in names:
        return [WEIGHTS]
    if INDEX not in names:
        others = ", ".join(sorted(name for name in names if name.endswith(_OTHER_FORMATS)))
        raise InputError(
            f"{key}: there is no {WEIGHTS}{f', only {others}' if others else ''}; other formats, such as"
            " pytorch_model.bin, can run code when they are read. Convert the model with save_pretrained and use"
            " source: path, or choose a revision that has safetensors"
        )
    weight_map = read_object(folder / INDEX, key).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise InputError(f"{key}: {INDEX} lists no weights (weight_map)")
    shards = list(weight_map.values())
    for shard in shards:
        if not isinstance(shard, str) or not shard.endswith(".safetensors"):
            raise InputError(f"{key}: {INDEX} lists {shorten(repr(shard), 80)}, which is no file of safetensors")
        if shard not in names:
            raise InputError(f"{key}: {INDEX} lists {shorten(shard, 80)}, which is not there")
        if PurePosixPath(shard).is_absolute() or ".." in PurePosixPath(shard).parts:
            raise InputError(f"{key}: {INDEX} lists {shorten(shard, 80)}, which leads out of the model's folder")
    return sorted(set(shards))


def read_object(path: Path, key: str) -> dict:
    """Return what a JSON file holds that others wrote.

    Parameters
    ----------
    path : Path
    key : str
        The config file and key, for messages.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If it is not JSON, or no object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{key}: {path.name} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{key}: {path.name} must hold a JSON object")
    return content
