"""A language model that is ready to be measured."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from sna.errors import InputError
from sna.model.adapters import adapt, check_architecture, check_rope
from sna.model.architecture import ArchitectureAdapter


@dataclass(frozen=True)
class LanguageModel:
    """A model with its tokenizer and its name in config.yaml."""

    name: str
    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @cached_property
    def adapter(self) -> ArchitectureAdapter:
        """The model's parts, under the same names whatever its architecture."""
        return adapt(self.network)

    @property
    def device(self) -> torch.device:
        """The device that holds the weights."""
        return self.network.device


def choose_device(device: str) -> str:
    """Return the torch device that a config value stands for.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda", "mps"}

    Returns
    -------
    {"cpu", "cuda", "mps"}
        For `auto` CUDA, or else MPS, or else the CPU.

    Raises
    ------
    InputError
        If this machine does not have the device.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return next(name for name, available in there.items() if available)
    if not there[device]:
        raise InputError(f"config.yaml: engine.device: there is no {device} on this machine; use auto or cpu")
    return device


def load_model(folder: str | Path, name: str, n_layers: int, device: str = "cpu", threads: int = 1) -> LanguageModel:
    """Load what fetch_model left, in float32, without touching the network.

    Parameters
    ----------
    folder : str or Path
        Holds model.safetensors, config.json and the tokenizer.
    name : str
        The model's name in config.yaml.
    n_layers : int
        How many blocks config.yaml says it has.
    device : {"auto", "cpu", "cuda", "mps"}
    threads : int
        How many threads torch may use on the CPU.

    Returns
    -------
    LanguageModel

    Raises
    ------
    InputError
        If the architecture has no adapter, its rotary embeddings depend on the text's length, or the number of blocks
        differs.
    """
    torch.set_num_threads(threads)
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    check_architecture(config.model_type, f"{folder}/config.json: model_type")
    check_rope(config, f"{folder}/config.json: rope_parameters")
    if config.num_hidden_layers != n_layers:
        raise InputError(
            f"config.yaml: models.{name}.layers: {n_layers} given; "
            f"the weights in {folder} have {config.num_hidden_layers}"
        )
    network = AutoModelForCausalLM.from_pretrained(
        folder, config=config, dtype=torch.float32, local_files_only=True, use_safetensors=True
    )
    network = network.to(choose_device(device)).eval().requires_grad_(False)
    # Transformers types it as if there could be none.
    tokenizer = cast(PreTrainedTokenizerBase, AutoTokenizer.from_pretrained(folder, local_files_only=True))
    return LanguageModel(name, network, tokenizer)


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
