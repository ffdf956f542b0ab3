"""Whatever the source: safetensors in one file, config and tokenizer, which load offline."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

from sna.errors import InputError
from sna.fetching.foreign import reading
from sna.fetching.model_files import CONFIG, TOKENIZER, WEIGHTS
from sna.fetching.models import gguf_tokenizer
from sna.fetching.models.checkpoint import Checkpoint
from sna.files import writing

FILES = (WEIGHTS, CONFIG, TOKENIZER, "tokenizer_config.json")
# What tokenizers do differently when they do: spaces, lines, digits, signs, code, letters beyond ASCII.
SAMPLE = " The lazy dog's 3 cats,\n\n\tand 128 + 64 = 192:  def f(x): return x  # na\u00efve \u732b"
# By the names that safetensors has; all others are quantized, or no weights at all.
_FLOATS = {"F64", "F32", "F16", "BF16"}
# Those of which every number is one of the type that weights are stored in.
_WITHIN = {torch.float32: {"F32", "F16", "BF16", "GGUF"}, torch.bfloat16: {"BF16"}}


@dataclass(frozen=True)
class _Stored:
    """A weight in a file: its name, its type as safetensors calls it, and its shape."""

    name: str
    kind: str
    shape: tuple[int, ...]


def read_config(checkpoint: Checkpoint) -> PreTrainedConfig:
    """Read a model's configuration.

    Parameters
    ----------
    checkpoint : Checkpoint

    Returns
    -------
    PreTrainedConfig

    Raises
    ------
    InputError
        If transformers cannot read it.
    """
    with reading(checkpoint.unreadable(CONFIG)):
        config = AutoConfig.from_pretrained(**checkpoint.arguments)
    # Nothing is padded here; but to a number beyond the embeddings, as some models have it, no model could be built.
    padding = getattr(config, "pad_token_id", None)
    if padding is not None and not 0 <= padding < config.get_text_config().vocab_size:
        config.pad_token_id = None
    return config


def count_layers(config: PreTrainedConfig) -> int:
    """Return how many transformer blocks a model has.

    Parameters
    ----------
    config : PreTrainedConfig

    Returns
    -------
    int
    """
    return config.get_text_config().num_hidden_layers


def read_weights(checkpoint: Checkpoint, config: PreTrainedConfig, dtype: torch.dtype) -> PreTrainedModel:
    """Read a model, without the network and without code from the checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
    config : PreTrainedConfig
        The model's.
    dtype : torch.dtype
        What its weights are to be stored in. The log says if that rounds them.

    Returns
    -------
    PreTrainedModel

    Raises
    ------
    InputError
        If transformers cannot read it, or cannot compute with it; or a weight is missing, unexpected, of another shape
        than the configuration has it, of a type that is no floating point, NaN or infinite.
    """
    stored = [weight for file in checkpoint.files for weight in _stored_weights(checkpoint, file)]
    _check_shapes(stored, checkpoint, config)
    with reading(checkpoint.unreadable("the weights")):
        # Transformers does not type it as the pair that it is then.
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            **checkpoint.arguments,
            config=config,
            dtype=dtype,
            # Some ask for one that is not installed; which computes attention here is for the engine to say.
            attn_implementation="sdpa",
            use_safetensors=checkpoint.gguf is None,
            output_loading_info=True,
        )
    model, info = loaded
    _check_complete(info, checkpoint.key)
    _check_types(stored, model, checkpoint.key)
    _check_finite(model, checkpoint.key)
    kinds = {"GGUF"} if checkpoint.gguf else {weight.kind for weight, _ in _matched(stored, model)}
    if rounded := sorted(kinds - _WITHIN[dtype]):
        print(f"{checkpoint.key}: weights of {', '.join(rounded)} are rounded to {dtype}", file=sys.stderr)
    with reading(f"{checkpoint.key}: transformers cannot compute with the model"), torch.inference_mode():
        model(torch.zeros(1, 1, dtype=torch.int64))
    return model


def read_tokenizer(checkpoint: Checkpoint, model: PreTrainedModel) -> PreTrainedTokenizerBase:
    """Read a model's tokenizer, without the network and without code from the checkpoint.

    Tokens that were added to a vocabulary, such as one for padding, may lack an embedding: prompts need not have them.

    Parameters
    ----------
    checkpoint : Checkpoint
    model : PreTrainedModel

    Returns
    -------
    PreTrainedTokenizerBase

    Raises
    ------
    InputError
        If transformers cannot read it, or the model has no embedding for a token of its vocabulary.
    """
    tokenizer = gguf_tokenizer.read_tokenizer(checkpoint) if checkpoint.gguf else _read_from_files(checkpoint)
    vocabulary, added = tokenizer.get_vocab(), tokenizer.get_added_vocab()
    embeddings: Any = model.get_input_embeddings()
    beyond = [token for token, number in vocabulary.items() if number >= embeddings.num_embeddings]
    strange = sorted(set(beyond) - set(added))
    if strange:
        raise InputError(
            f"{checkpoint.key}: the tokenizer has {len(vocabulary)} tokens, the model {embeddings.num_embeddings}"
            f" embeddings, none for {_some(strange)}; they do not belong together"
        )
    if beyond:
        print(f"{checkpoint.key}: the model has no embedding for {_some(sorted(beyond))}", file=sys.stderr)
    return tokenizer


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, key: str) -> None:
    """Write `FILES`, and nothing else that a later stage would read.

    Parameters
    ----------
    model : PreTrainedModel
    tokenizer : PreTrainedTokenizerBase
    folder : Path
        Receives the files.
    key : str
        The config file and key that named the model, for messages.

    Raises
    ------
    InputError
        If the disk is full, or the tokenizer that was written splits text otherwise than the one that was read, or
        begins it otherwise.
    """
    # A path of this machine, which would make two fetches of one model differ.
    model.config.name_or_path = ""
    # How text is drawn is of no use here, and transformers refuses to write what some models say of it.
    model.generation_config = GenerationConfig()
    tokenizer.chat_template = None
    with writing(folder, needed=sum(weight.nbytes for weight in model.parameters())):
        model.save_pretrained(folder, max_shard_size="1TB")
        tokenizer.save_pretrained(folder)
    # safetensors leaves a file that only its owner can read; give it the mode that any new file has here.
    (folder / WEIGHTS).chmod((folder / CONFIG).stat().st_mode)
    with reading(f"{key}: the tokenizer cannot be read again once it is written"):
        again = cast(PreTrainedTokenizerBase, AutoTokenizer.from_pretrained(folder, local_files_only=True))
        same = all(_split(again, whole) == _split(tokenizer, whole) for whole in (False, True))
    if not same:
        raise InputError(f"{key}: transformers writes this tokenizer as one that splits text otherwise")


def _read_from_files(checkpoint: Checkpoint) -> PreTrainedTokenizerBase:
    """Read a tokenizer of files of its own.

    Where it would split text otherwise than its tokenizer.json does, as transformers lets a `tokenizer_class` do that
    does not fit, tokenizer.json counts.
    """
    expected = None
    if TOKENIZER in checkpoint.files:
        with reading(checkpoint.unreadable(TOKENIZER)):
            expected = Tokenizer.from_file(str(checkpoint.folder / TOKENIZER)).encode(SAMPLE, add_special_tokens=False)
    with reading(checkpoint.unreadable("the tokenizer")):
        # Transformers types it as if there could be none.
        tokenizer = cast(PreTrainedTokenizerBase, AutoTokenizer.from_pretrained(**checkpoint.arguments))
        if expected and _split(tokenizer) != expected.ids:
            tokenizer = PreTrainedTokenizerFast.from_pretrained(**checkpoint.arguments)
    return tokenizer


def _stored_weights(checkpoint: Checkpoint, file: str) -> list[_Stored]:
    """List the weights of a file of safetensors; none of any other file."""
    if not file.endswith(".safetensors"):
        return []
    with reading(f"{checkpoint.key}: {file}"), safe_open(checkpoint.folder / file, "pt") as weights:
        slices = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118
        return [_Stored(name, part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()]


def _split(tokenizer: PreTrainedTokenizerBase, whole: bool = False) -> list[int]:
    """Split the sample, with what the tokenizer puts before and after a text if it is to be the whole."""
    return tokenizer(SAMPLE, add_special_tokens=whole)["input_ids"]


def _some(names: list[str]) -> str:
    return f"{', '.join(names[:3])}{' and more' if len(names) > 3 else ''}"


def _check_complete(info: dict, key: str) -> None:
    problems = [
        f"{kind} {_some(sorted(names))}"
        for kind, names in (("missing", info["missing_keys"]), ("unexpected", info["unexpected_keys"]))
        if names
    ]
    if problems:
        raise InputError(f"{key}: the weights do not match config.json: {'; '.join(problems)}")


def _check_shapes(stored: list[_Stored], checkpoint: Checkpoint, config: PreTrainedConfig) -> None:
    """Refuse a configuration of a model of another size, before memory for it is asked for."""
    with reading(checkpoint.unreadable(CONFIG)), torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="sdpa")
    for weight, own in _matched(stored, model):
        if weight.shape != own.shape:
            raise InputError(
                f"{checkpoint.key}: the weight {weight.name} has the shape {list(weight.shape)}; by {CONFIG} it has"
                f" {list(own.shape)}"
            )


def _check_types(stored: list[_Stored], model: PreTrainedModel, key: str) -> None:
    """Refuse what transformers turns to floating point without a word."""
    for weight, _ in _matched(stored, model):
        if weight.kind not in _FLOATS:
            raise InputError(
                f"{key}: the weight {weight.name} is of the type {weight.kind}, not floating point of 16 bits or more;"
                " give the model as it was before it was quantized"
            )


def _matched(stored: list[_Stored], model: PreTrainedModel) -> Iterator[tuple[_Stored, torch.Tensor]]:
    """Give the stored weights that the model has, each with the model's own; buffers of old checkpoints it has not."""
    own = model.state_dict()
    for weight in stored:
        name = weight.name if weight.name in own else f"{model.base_model_prefix}.{weight.name}"
        if name in own:
            yield weight, own[name]


def _check_finite(model: PreTrainedModel, key: str) -> None:
    for name, tensor in model.state_dict().items():
        if not tensor.isfinite().all():
            raise InputError(f"{key}: the weight {name} holds NaN or infinity")
