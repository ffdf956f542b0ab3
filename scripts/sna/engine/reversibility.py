"""Whether a sweep leaves a model as it was: the same parameters, and the same outputs bit for bit."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.grid import Grid
from sna.engine.reference import amplified
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Reversibility:
    """What a model was before and after it was amplified.

    Attributes
    ----------
    parameters_before, parameters_after : str
        SHA-256 over all parameters and buffers.
    parameters_unchanged, outputs_identical : bool
    outputs_amplified_differ : bool
        Whether amplifying changed the outputs while it lasted; if not, the check has shown nothing.
    prompts : int
        How many prompts' logits were compared.
    """

    parameters_before: str
    parameters_after: str
    parameters_unchanged: bool
    outputs_identical: bool
    outputs_amplified_differ: bool
    prompts: int


def hash_parameters(model: LanguageModel) -> str:
    """Return a checksum of a model's weights.

    Parameters
    ----------
    model : LanguageModel

    Returns
    -------
    str
        The SHA-256 of all parameters and buffers, with their names, in hexadecimal.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.network.state_dict().items()):
        digest.update(name.encode())
        # As bytes: numpy has no bfloat16.
        digest.update(tensor.cpu().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


@torch.inference_mode()
def _logits(model: LanguageModel, prompts: Sequence[TokenizedPrompt]) -> list[Tensor]:
    return [
        model.network(torch.tensor([prompt.context], device=model.device), use_cache=False).logits for prompt in prompts
    ]


def check_reversibility(
    model: LanguageModel, prompts: Sequence[TokenizedPrompt], neuron_ids: Mapping[int, Sequence[int]], multiplier: float
) -> Reversibility:
    """Return what a model is before and after it was amplified, by hook and by the engine.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of TokenizedPrompt
        Those whose logits are compared.
    neuron_ids : mapping of int to sequence of int
        The neurons of each layer that are amplified.
    multiplier : float
        What their activations are multiplied by.

    Returns
    -------
    Reversibility
    """
    hash_before, before = hash_parameters(model), _logits(model, prompts)
    with amplified(model, neuron_ids, multiplier):
        during = _logits(model, prompts)
    for layer, of_layer in neuron_ids.items():
        sweep_layer(model, layer, [SweepInput(prompts, [of_layer])], Grid([len(of_layer)], [multiplier]))
    hash_after, after = hash_parameters(model), _logits(model, prompts)
    return Reversibility(
        parameters_before=hash_before,
        parameters_after=hash_after,
        parameters_unchanged=hash_before == hash_after,
        outputs_identical=all(map(torch.equal, before, after)),
        outputs_amplified_differ=not any(map(torch.equal, before, during)),
        prompts=len(prompts),
    )
