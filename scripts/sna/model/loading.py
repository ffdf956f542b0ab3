"""A language model that is ready to be measured."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from sna.errors import InputError
from sna.model.adapters import check_family, dissect
from sna.model.architecture import Anatomy


@dataclass(frozen=True)
class LanguageModel:
    """A model with its tokenizer and its name in config.yaml."""

    name: str
    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @cached_property
    def anatomy(self) -> Anatomy:
        """Where the model keeps its parts."""
        return dissect(self.network)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.network.device


def choose_device(device: str) -> str:
    """Return the torch device that a config value stands for.

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


def load_model(folder: str | Path, name: str, layers: int, device: str = "cpu", threads: int = 1) -> LanguageModel:
    """Load what fetch_model left, in float32, without touching the network.

    Parameters
    ----------
    folder : str or Path
        Holds model.safetensors, config.json and the tokenizer.
    name : str
        The model's name in config.yaml.
    layers : int
        How many blocks config.yaml says it has.
    device : {"auto", "cpu", "cuda", "mps"}
    threads : int
        How many threads torch may use on the CPU.

    Raises
    ------
    InputError
        If the family has no adapter, or the number of blocks differs.
    """
    torch.set_num_threads(threads)
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    check_family(config.model_type, f"{folder}/config.json: model_type")
    if config.num_hidden_layers != layers:
        raise InputError(
            f"config.yaml: models.{name}.layers: {layers} given; "
            f"the weights in {folder} have {config.num_hidden_layers}"
        )
    network = AutoModelForCausalLM.from_pretrained(
        folder, config=config, dtype=torch.float32, local_files_only=True, use_safetensors=True
    )
    network = network.to(choose_device(device)).eval().requires_grad_(False)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return LanguageModel(name, network, tokenizer)


def finite(probabilities: Tensor, what: str) -> Tensor:
    """Return `probabilities` if all are finite.

    Raises
    ------
    InputError
        Naming `what` was measured, if one is NaN: the activations overflowed, or the weights are damaged.
    """
    if not torch.isfinite(probabilities).all():
        raise InputError(f"{what}: a probability is not a number; the weights or this amplification overflow float32")
    return probabilities
