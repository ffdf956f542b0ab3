"""Amplifications of several layers in one pass: each sets out from the unamplified pass when its layer is reached."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.grid import Grid
from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack, split
from sna.engine.prepacking import ROWS, prepack_block
from sna.engine.scoring import score
from sna.engine.site import Additions, amplify
from sna.model.architecture import Block
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Amplification:
    """Neurons of a layer, from 0, and what their activations are multiplied by."""

    layer: int
    neuron_ids: Sequence[int]
    multiplier: float


@dataclass(frozen=True)
class Answers:
    """Target probabilities, and whether the model would say the target.

    Attributes
    ----------
    baseline : Tensor of float64, shape (prompts,)
        Unamplified.
    probabilities : Tensor of float64, shape (amplifications, prompts)
    baseline_top, top : Tensor of bool, shaped as these
        Whether each of the target's tokens is the most likely one there.
    """

    baseline: Tensor
    probabilities: Tensor
    baseline_top: Tensor
    top: Tensor


@torch.inference_mode()
def measure_amplifications(
    model: LanguageModel, prompts: Sequence[TokenizedPrompt], amplifications: Sequence[Amplification] = ()
) -> Answers:
    """Return target probabilities under amplifications of one layer each, whichever.

    Parameters
    ----------
    model : LanguageModel
        The model.
    prompts : sequence of TokenizedPrompt
        Next to one another, prompts that begin alike share what is computed of them.
    amplifications : sequence of Amplification
        By layer, ascending.

    Returns
    -------
    Answers

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    passes = [PackedPass(model.adapter, pack(group).to(model.device)) for group in split(prompts)]
    residuals = [forward.embedded[None] for forward in passes]
    for layer, block in enumerate(model.adapter.blocks):
        setting_out = [each for each in amplifications if each.layer == layer]
        prepared = prepack_block(block, ROWS)
        for number, forward in enumerate(passes):
            residual, activations = forward.run_block(prepared, residuals[number])
            amplified = [_amplify(block, residual[0], activations[0], each) for each in setting_out]
            residuals[number] = torch.cat([residual, *amplified])
    return _score(model, passes, residuals)


def _amplify(block: Block, residual: Tensor, activations: Tensor, amplification: Amplification) -> Tensor:
    """Return what leaves a block amplified (1, T, width), from what leaves it unamplified and from its neurons."""
    neuron_ids = amplification.neuron_ids
    grid = Grid([len(neuron_ids)], [amplification.multiplier])
    parts, variants = amplify(block, residual, activations, Additions([neuron_ids]), grid)
    return parts.mix(variants[1:])


def _score(model: LanguageModel, passes: Sequence[PackedPass], residuals: Sequence[Tensor]) -> Answers:
    """Score the targets in what leaves the last block, (1 + amplifications, T, width) for each pass."""
    packed = [forward.packed for forward in passes]
    scored = [residual[:, part.scored] for residual, part in zip(residuals, packed, strict=True)]
    targets = [part.targets.repeat(len(rows)) for rows, part in zip(scored, packed, strict=True)]
    scores = score(model.adapter, torch.cat([rows.flatten(0, 1) for rows in scored]), torch.cat(targets))
    parts = list(zip(packed, scores.split([rows.shape[:2] for rows in scored]), strict=True))
    probabilities = torch.cat([part.probabilities(said.log_probabilities) for part, said in parts], dim=-1).cpu()
    top = torch.cat([part.hold_throughout(said.top) for part, said in parts], dim=-1).cpu()
    finite(probabilities, model.name)
    return Answers(probabilities[0], probabilities[1:], top[0], top[1:])
