"""What is swept: models of several shapes, and real prompts of three tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerBase

from sna.experiments.ranking import mean_activations, rank_neurons
from sna.inputs.tasks import read_contrast, read_task
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, tokenize_task

TASKS = ("addition", "syllogisms", "rhymes")
# Of each task: enough to fill a batch, few enough for the slowest method.
PROMPTS = 8
SEED = 0


@dataclass(frozen=True)
class PaddedPrompts:
    """Prompts as one batch, padded on the right, where causal attention never looks.

    Attributes
    ----------
    tokens : Tensor of int, shape (prompts, longest)
    rows, positions : Tensor of int, shape (S,)
        Where each scored target token is predicted.
    targets : Tensor of int, shape (S,)
        The scored tokens.
    """

    tokens: Tensor
    rows: Tensor
    positions: Tensor
    targets: Tensor

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return target probabilities.

        Parameters
        ----------
        logits : Tensor, shape (prompts, longest, vocabulary)

        Returns
        -------
        Tensor of float64, shape (prompts,)
        """
        scored = logits[self.rows, self.positions].double().log_softmax(dim=-1)
        of_tokens = scored.gather(-1, self.targets[:, None])[:, 0]
        return of_tokens.new_zeros(len(self.tokens)).index_add_(0, self.rows, of_tokens).exp().cpu()


def pad(prompts: Sequence[TokenizedPrompt], device: torch.device | str = "cpu") -> PaddedPrompts:
    """Return prompts as one batch, padded to the longest.

    Parameters
    ----------
    prompts : sequence of TokenizedPrompt
    device : torch.device or str
        Of the model that reads them.

    Returns
    -------
    PaddedPrompts
    """
    contexts = [torch.tensor(prompt.context) for prompt in prompts]
    scored = [(row, position, token) for row, prompt in enumerate(prompts) for position, token in prompt.scored]
    tokens = torch.nn.utils.rnn.pad_sequence(contexts, batch_first=True)
    return PaddedPrompts(tokens.to(device), *torch.tensor(scored).to(device).unbind(dim=1))


@dataclass(frozen=True)
class Workload:
    """One task: its prompts, the ranked neurons of every layer, shape (layers, ranks), and where the model is."""

    prompts: Sequence[TokenizedPrompt]
    neuron_ids: np.ndarray
    device: torch.device | str = "cpu"

    @cached_property
    def padded(self) -> PaddedPrompts:
        """The prompts as a batch."""
        return pad(self.prompts, self.device)


def build_gpt2(
    name: str, tokenizer: PreTrainedTokenizerBase, device: torch.device | str = "cpu", **shape: Any
) -> LanguageModel:
    """Return a GPT-2 as it is before training.

    Parameters
    ----------
    name : str
    tokenizer : PreTrainedTokenizerBase
        Any whose vocabulary is not larger than GPT-2's.
    device : torch.device or str
    **shape
        As `GPT2Config` takes them.

    Returns
    -------
    LanguageModel
    """
    torch.manual_seed(SEED)
    with torch.device(device):
        network = GPT2LMHeadModel(GPT2Config(**shape))
    return LanguageModel(name, network.eval().requires_grad_(False), tokenizer)


def build_workloads(model: LanguageModel, folder: Path, n_neurons: int) -> list[Workload]:
    """Read the tasks of `folder`, and rank the model's neurons for each as the workflow does.

    Parameters
    ----------
    model : LanguageModel
    folder : Path
        With the tasks and the contrast text.
    n_neurons : int
        How many neurons of a layer are ranked.

    Returns
    -------
    list of Workload
        One a task.
    """
    contrast = mean_activations(model, read_contrast(folder / "contrast" / "prose.yaml").texts)
    workloads = []
    for path in (folder / f"{name}.yaml" for name in TASKS):
        task = read_task(path)
        activations = mean_activations(model, [item.prompt for item in task.selection])
        prompts = tokenize_task(model, task, path)[:PROMPTS]
        neuron_ids = rank_neurons(activations, contrast, n_neurons).neuron_ids
        workloads.append(Workload(prompts, neuron_ids, model.device))
    return workloads
