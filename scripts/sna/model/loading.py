"""A language model that is ready to be measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from sna.errors import InputError
from sna.model.adapters import adapt, check_architecture
from sna.model.architecture import ArchitectureAdapter
from sna.model.attention import attention_implementation, check_attention
from sna.model.gpus import take_gpu
from sna.model.memory import keep_freed_memory
from sna.model.widening import NARROW, widen

# Ordinary text, before which a tokenizer shows what it puts before any.
_TEXT = "The quick brown fox"


@dataclass(frozen=True)
class LanguageModel:
    """A model that reads texts.

    Attributes
    ----------
    name : str
        Its name in config.yaml.
    network : PreTrainedModel
    tokenizer : PreTrainedTokenizerBase
    start : tuple of int
        The tokens with which every text begins, before its own: the start token, or none.
    """

    name: str
    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    start: tuple[int, ...] = ()

    @cached_property
    def adapter(self) -> ArchitectureAdapter:
        """The model's parts, under the same names whatever its architecture."""
        return adapt(self.network)

    @property
    def device(self) -> torch.device:
        """The device that holds the weights."""
        return self.network.device

    @property
    def n_embeddings(self) -> int:
        """For how many tokens the model has an embedding; a tokenizer may have been given more."""
        return len(self.adapter.unembedding.weight)

    @property
    def start_text(self) -> str:
        """What `start` stands for, as its tokenizer writes it."""
        return "".join(self.tokenizer.convert_ids_to_tokens(list(self.start)))

    def encode(self, text: str) -> tuple[int, ...]:
        """Split a text into tokens, without an end token, whatever the tokenizer does.

        Parameters
        ----------
        text : str

        Returns
        -------
        tuple of int
            `start`, then the text's own.
        """
        return self.encode_all([text])[0]

    def encode_all(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Split texts into tokens, each as `encode` does it, in less time.

        Parameters
        ----------
        texts : sequence of str

        Returns
        -------
        list of tuple of int
        """
        encoded = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [(*self.start, *tokens) for tokens in encoded]

    def started_otherwise(self) -> "LanguageModel | None":
        """Return the same model, reading texts without a start token if they have one, and with it if they have none.

        Returns
        -------
        LanguageModel or None
            None if the tokenizer has no start token, or the model no embedding for it.
        """
        if self.start:
            return replace(self, start=())
        token = self.tokenizer.bos_token_id
        return None if token is None or token >= self.n_embeddings else replace(self, start=(token,))


def find_start(tokenizer: PreTrainedTokenizerBase, start_token: str, name: str) -> tuple[int, ...]:
    """Return the tokens with which texts begin.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
    start_token : {"tokenizer", "always", "never"}
    name : str
        The model's name, for messages.

    Returns
    -------
    tuple of int
        The start token, once; or none. With `tokenizer`, all that the tokenizer puts before a text.

    Raises
    ------
    InputError
        If texts are always to begin with a start token, and the tokenizer has none.
    """
    if start_token == "never":
        return ()
    if start_token == "always":
        if tokenizer.bos_token_id is None:
            raise InputError(
                f"config.yaml: engine.start_token: always given; the tokenizer of {name} has no start token "
                "(bos_token); use tokenizer or never"
            )
        return (tokenizer.bos_token_id,)
    own, whole = (tokenizer(_TEXT, add_special_tokens=added)["input_ids"] for added in (False, True))
    before = next(place for place in range(len(whole) + 1) if whole[place : place + len(own)] == own)
    return tuple(whole[:before])


def choose_device(device: str) -> str:
    """Return the torch device that a config value stands for.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    str
        For `auto` CUDA, if it is there; of several GPUs the one of `take_gpu`. Apple's MPS is none of them: it has
        no float64, in which scores are computed.

    Raises
    ------
    InputError
        If this machine does not have the device.
    """
    there = {"cuda": torch.cuda.is_available(), "cpu": True}
    if device == "auto":
        device = next(name for name, available in there.items() if available)
    if not there[device]:
        raise InputError(f"config.yaml: engine.device: there is no {device} on this machine; use auto or cpu")
    return take_gpu() if device == "cuda" else device


def load_model(
    folder: str | Path,
    name: str,
    n_layers: int,
    device: str = "cpu",
    threads: int = 1,
    *,
    start_token: str = "tokenizer",
) -> LanguageModel:
    """Load what fetch_model left, without touching the network.

    Weights stay as they are stored; what is stored in 16 bits is computed with in float32 all the same.

    Parameters
    ----------
    folder : str or Path
        Holds model.safetensors, config.json and the tokenizer.
    name : str
        The model's name in config.yaml.
    n_layers : int
        How many blocks config.yaml says it has.
    device : {"auto", "cpu", "cuda"}
    threads : int
        How many threads torch may use on the CPU.
    start_token : {"tokenizer", "always", "never"}
        Whether texts begin with a start token: as the tokenizer does it, always, or never.

    Returns
    -------
    LanguageModel

    Raises
    ------
    InputError
        If the architecture has no adapter, its attention is of a kind that does not work, the number of blocks
        differs, or the tokenizer lacks the start token that is asked for.
    """
    torch.set_num_threads(threads)
    # Otherwise an environment variable, which NVIDIA's containers set, lets a GPU round products to TF32.
    torch.set_float32_matmul_precision("highest")
    keep_freed_memory()
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    check_architecture(config.model_type, f"{folder}/config.json: model_type")
    check_attention(config, f"{folder}/config.json")
    if config.num_hidden_layers != n_layers:
        raise InputError(
            f"config.yaml: models.{name}.layers: {n_layers} given; "
            f"the weights in {folder} have {config.num_hidden_layers}"
        )
    network = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=config.dtype if config.dtype in NARROW else torch.float32,
        attn_implementation=attention_implementation(config),
        local_files_only=True,
        use_safetensors=True,
    )
    network = network.to(choose_device(device)).eval().requires_grad_(False)
    widen(network)
    # Transformers types it as if there could be none.
    tokenizer = cast(PreTrainedTokenizerBase, AutoTokenizer.from_pretrained(folder, local_files_only=True))
    return LanguageModel(name, network, tokenizer, find_start(tokenizer, start_token, name))


def finite(probabilities: Tensor, what: str) -> Tensor:
    """Return probabilities, if none is NaN or infinite.

    Parameters
    ----------
    probabilities : Tensor
        Of any shape.
    what : str
        What was measured, for the message.

    Returns
    -------
    Tensor
        `probabilities` itself.

    Raises
    ------
    InputError
        If one is not finite: the activations overflowed, or the weights are damaged.
    """
    if not torch.isfinite(probabilities).all():
        raise InputError(f"{what}: a probability is not a number; the weights or this amplification overflow float32")
    return probabilities
