"""A model as its source has it, and what is refused before its weights are read."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.fetching.model_files import (
    ADAPTER,
    CONFIG,
    OTHER_VOCABULARIES,
    TOKENIZER,
    TOKENIZER_CONFIG,
    VOCABULARIES,
    read_object,
)
from sna.model.adapters import check_architecture


@dataclass(frozen=True)
class Checkpoint:
    """A model as its source has it.

    Attributes
    ----------
    folder : Path
        Where the files lie, and no others that a library could find.
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

    @property
    def arguments(self) -> dict[str, Any]:
        """What transformers' `from_pretrained` is told: to read this without the network, and to run no code of it."""
        form = {"gguf_file": self.gguf} if self.gguf else {}
        here = {"pretrained_model_name_or_path": self.folder, "local_files_only": True, "trust_remote_code": False}
        return here | form

    def unreadable(self, part: str) -> str:
        """Return the beginning of the message that transformers cannot read a part of it."""
        return f"{self.key}: transformers cannot read the model: {self.gguf or part}"


def check_small_files(folder: Path, names: Collection[str], key: str) -> None:
    """Refuse a model that cannot be read as it is without code of its own, and one that is not whole.

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
        If config or tokenizer is missing or asks for remote code, the architecture has no adapter, the weights are
        quantized, or others are to be added to them.
    """
    adapter = [name for name in ADAPTER if name in names]
    if adapter:
        raise InputError(
            f"{key}: {adapter[0]} belongs to an adapter, such as LoRA's, which this workflow does not apply; merge it"
            " into the weights (merge_and_unload, then save_pretrained), or use source: path with a folder without it"
        )
    if CONFIG not in names:
        raise InputError(f"{key}: there is no {CONFIG}; give a model that save_pretrained wrote")
    if not any(set(group) <= set(names) for group in VOCABULARIES):
        others = ", ".join(sorted(OTHER_VOCABULARIES & set(names)))
        raise InputError(
            f"{key}: there is no {TOKENIZER}, nor vocab.json with merges.txt{f', only {others}' if others else ''};"
            " where a tokenizer.model can be read (sentencepiece, protobuf), AutoTokenizer.from_pretrained(...)."
            f"save_pretrained(...) writes {TOKENIZER}"
        )
    for name in (CONFIG, TOKENIZER_CONFIG):
        content = read_object(folder / name, key) if name in names else {}
        if content.get("auto_map"):
            raise InputError(f"{key}: {name} asks to run code of its own (auto_map), which this workflow never does")
        if content.get("quantization_config"):
            raise InputError(f"{key}: {name}: the weights are quantized; give the model they were made from")
        if name == CONFIG:
            architecture = content.get("model_type")
            if not isinstance(architecture, str):
                raise InputError(f"{key}: {CONFIG} does not say which architecture it is of (model_type)")
            check_architecture(architecture, key)
