"""The files of a model as its source has them: which are needed, and which are refused."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sna.errors import InputError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
# Every one that is there is read; of the first group there must be one.
VOCABULARIES = ("tokenizer.json", "vocab.json", "tokenizer.model")
SMALL_FILES = (
    CONFIG,
    INDEX,
    *VOCABULARIES,
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)


@dataclass(frozen=True)
class Checkpoint:
    """A model as its source has it.

    Attributes
    ----------
    folder : Path
        Where the files lie.
    files : list of str
        Their names in that folder.
    key : str
        The config file and key that named them, for messages.
    gguf : str or None
        The one of `files` that holds weights, config and tokenizer in GGUF; None for safetensors.
    """

    folder: Path
    files: list[str]
    key: str
    gguf: str | None = None


def check_config(folder: Path, names: Collection[str], key: str) -> None:
    """Refuse a model that cannot be read without code of its own, and one that is not whole.

    Parameters
    ----------
    folder : Path
        Holds at least the small files.
    names : collection of str
        All files that the source has.
    key : str
        The config file and key, for messages.

    Raises
    ------
    InputError
        If config or tokenizer is missing, asks for remote code, or the weights are quantized.
    """
    if CONFIG not in names:
        raise InputError(f"{key}: there is no {CONFIG}; give a model that save_pretrained wrote")
    if not set(VOCABULARIES) & set(names):
        raise InputError(f"{key}: there is no tokenizer; one of {', '.join(VOCABULARIES)} must be there")
    for name in {CONFIG, "tokenizer_config.json"} & set(names):
        content = _read_object(folder / name, key)
        if "auto_map" in content:
            raise InputError(f"{key}: {name} asks to run code of its own (auto_map), which this workflow never does")
        if "quantization_config" in content:
            raise InputError(f"{key}: {name}: the weights are quantized; give the model they were made from")


def weight_files(folder: Path, names: Collection[str], key: str) -> list[str]:
    """Return the names of the safetensors files: the one, or those that the index lists.

    Raises
    ------
    InputError
        If there are no safetensors, or the index is damaged or lists a file that is not there.
    """
    if WEIGHTS in names:
        return [WEIGHTS]
    if INDEX not in names:
        raise InputError(
            f"{key}: there is no {WEIGHTS}; other formats, such as pytorch_model.bin, can run code when they are read."
            " Convert the model with save_pretrained and use source: path, or choose a revision that has safetensors"
        )
    weight_map = _read_object(folder / INDEX, key).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise InputError(f"{key}: {INDEX} lists no weights (weight_map)")
    shards = sorted(set(weight_map.values()))
    missing = [shard for shard in shards if shard not in names]
    if missing:
        raise InputError(f"{key}: {INDEX} lists {missing[0]}, which is not there")
    return shards


def _read_object(path: Path, key: str) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{key}: {path.name} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{key}: {path.name} must hold a JSON object")
    return content
