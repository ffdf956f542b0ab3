"""Whatever the source: float32 safetensors in one file, config and tokenizer, which load offline."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from sna.errors import InputError
from sna.fetching.models.checkpoint import Checkpoint

FILES = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")


def load(checkpoint: Checkpoint) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Read a model in float32, and its tokenizer, without the network and without code from the checkpoint.

    Raises
    ------
    InputError
        If transformers cannot read them, a weight is missing, unexpected, NaN or infinite, or the tokenizer has more
        tokens than the model has embeddings.
    """
    form = {"gguf_file": checkpoint.gguf} if checkpoint.gguf else {}
    where = {"pretrained_model_name_or_path": checkpoint.folder, "local_files_only": True, "trust_remote_code": False}
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            **where, **form, dtype=torch.float32, use_safetensors=not form, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(**where, **form)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise InputError(f"{checkpoint.key}: transformers cannot read the model: {error}") from None
    _check_complete(info, checkpoint.key)
    _check_finite(model, checkpoint.key)
    embeddings = model.get_input_embeddings().num_embeddings
    if not 0 < len(tokenizer) <= embeddings:
        raise InputError(
            f"{checkpoint.key}: the tokenizer has {len(tokenizer)} tokens, the model {embeddings} embeddings;"
            " they do not belong together"
        )
    return model, tokenizer


def count_layers(model: PreTrainedModel) -> int:
    """Return the number of transformer blocks."""
    return model.config.get_text_config().num_hidden_layers


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write `FILES`, and nothing else that a later stage would read."""
    # A path of this machine, which would make two fetches of one model differ.
    model.config.name_or_path = ""
    model.save_pretrained(folder, max_shard_size="1TB")
    tokenizer.chat_template = None
    tokenizer.save_pretrained(folder)
    # safetensors leaves a file that only its owner can read; give it the mode that any new file has here.
    (folder / "model.safetensors").chmod((folder / "config.json").stat().st_mode)


def _check_complete(info: dict, key: str) -> None:
    problems = [
        f"{kind} {', '.join(sorted(names)[:3])}{' and more' if len(names) > 3 else ''}"
        for kind, names in (("missing", info["missing_keys"]), ("unexpected", info["unexpected_keys"]))
        if names
    ]
    if problems:
        raise InputError(f"{key}: the weights do not match config.json: {'; '.join(problems)}")


def _check_finite(model: PreTrainedModel, key: str) -> None:
    for name, tensor in model.state_dict().items():
        if not tensor.isfinite().all():
            raise InputError(f"{key}: the weight {name} holds NaN or infinity")
