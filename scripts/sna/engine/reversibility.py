"""Whether a sweep leaves a model as it was: the same parameters, and the same outputs bit for bit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.grid import Grid
from sna.engine.reference import amplified
from sna.engine.sweep import Intervention, sweep_layer
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
    """Return the SHA-256 of all parameters and buffers, with their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.cpu().contiguous().numpy().data)
    return digest.hexdigest()


@torch.inference_mode()
def _logits(model: LanguageModel, prompts: Sequence[TokenizedPrompt]) -> list[Tensor]:
    return [
        model.network(torch.tensor([prompt.context], device=model.device), use_cache=False).logits for prompt in prompts
    ]


def check_reversibility(
    model: LanguageModel, prompts: Sequence[TokenizedPrompt], neurons: dict[int, list[int]], multiplier: float
) -> Reversibility:
    """Amplify a model both ways, by hook and by the engine, and compare it with what it was.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of TokenizedPrompt
    neurons : dict of int to list of int
        The neurons of each layer that are amplified.
    multiplier : float
    """
    hash_before, before = hash_parameters(model), _logits(model, prompts)
    with amplified(model, neurons, multiplier):
        during = _logits(model, prompts)
    for layer, indices in neurons.items():
        sweep_layer(model, layer, [Intervention(prompts, [indices])], Grid([len(indices)], [multiplier]))
    hash_after, after = hash_parameters(model), _logits(model, prompts)
    return Reversibility(
        parameters_before=hash_before,
        parameters_after=hash_after,
        parameters_unchanged=hash_before == hash_after,
        outputs_identical=all(map(torch.equal, before, after)),
        outputs_amplified_differ=not any(map(torch.equal, before, during)),
        prompts=len(prompts),
    )
