"""Amplifications of whichever layers in one pass: each sets out from the unamplified pass at its first layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack, split
from sna.engine.prepacking import prepack_block
from sna.engine.scoring import score
from sna.model.architecture import Block
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Amplification:
    """Neurons that are amplified together, of one layer or of several.

    Attributes
    ----------
    factors : mapping of int to mapping of int to float
        By layer, from 0, and by neuron what its activation is multiplied by. There is one layer at least.
    """

    factors: Mapping[int, Mapping[int, float]]

    @classmethod
    def of_layer(cls, layer: int, neuron_ids: Sequence[int], multiplier: float) -> "Amplification":
        """Return an amplification of neurons of one layer, all by the same.

        Parameters
        ----------
        layer : int
            From 0.
        neuron_ids : sequence of int
        multiplier : float

        Returns
        -------
        Amplification
        """
        return cls({layer: dict.fromkeys(neuron_ids, multiplier)})

    @property
    def first_layer(self) -> int:
        """Below it nothing differs from the unamplified pass."""
        return min(self.factors)


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
    """Return target probabilities under amplifications, each apart from the others.

    An amplification goes along with the unamplified pass up to its first layer. From there on it is a pass of its own,
    whose own activations are what its further layers multiply, as they would be by a hook in each of them.

    Parameters
    ----------
    model : LanguageModel
        The model.
    prompts : sequence of TokenizedPrompt
        Next to one another, prompts that begin alike share what is computed of them.
    amplifications : sequence of Amplification

    Returns
    -------
    Answers
        In the order of `amplifications`.

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    order = sorted(range(len(amplifications)), key=lambda number: amplifications[number].first_layer)
    ordered = [amplifications[number] for number in order]
    passes = [PackedPass(model.adapter, pack(group).to(model.device)) for group in split(prompts)]
    residuals = [forward.embedded[None] for forward in passes]
    for layer, block in enumerate(model.adapter.blocks):
        factors = [each.factors.get(layer, {}) for each in ordered if each.first_layer <= layer]
        prepared = prepack_block(block)
        for number, forward in enumerate(passes):
            residual, activations = forward.run_block(prepared, residuals[number])
            residuals[number] = _depart(block, residual, activations, factors)
    # Where each amplification lies among the ordered ones, the unamplified pass first.
    places = torch.tensor([0, *(1 + order.index(number) for number in range(len(order)))], device=model.device)
    return _score(model, passes, residuals, places)


def _depart(block: Block, residual: Tensor, activations: Tensor, factors: Sequence[Mapping[int, float]]) -> Tensor:
    """Return what leaves a block unamplified, and then under each amplification that has set out by now.

    Parameters
    ----------
    block : Block
    residual : Tensor, shape (1 + out, T, width)
        What leaves it unamplified, and under the first amplifications, which have set out before.
    activations : Tensor, shape (1 + out, T, neurons)
        Its neurons.
    factors : sequence of mapping of int to float
        What the block's neurons are multiplied by under each amplification: those that set out here are the last.

    Returns
    -------
    Tensor, shape (1 + factors, T, width)
    """
    if len(residual) == 1 + len(factors) and not any(factors):
        return residual
    rows = [place if place < len(residual) else 0 for place in range(1, 1 + len(factors))]
    departed = [
        _amplify(block, residual[row], activations[row], each) if each else residual[row]
        for row, each in zip(rows, factors, strict=True)
    ]
    return torch.stack([residual[0], *departed])


def _amplify(block: Block, residual: Tensor, activations: Tensor, factors: Mapping[int, float]) -> Tensor:
    """Return what leaves a block (T, width) if some of its neurons (T, neurons) are multiplied."""
    neuron_ids = torch.tensor(list(factors), device=residual.device)
    scales = torch.tensor(list(factors.values()), dtype=residual.dtype, device=residual.device) - 1
    added = (activations[:, neuron_ids] * scales) @ block.down.weight[:, neuron_ids].T.to(activations.dtype)
    norm = block.mlp_output_norm
    if norm is None:
        return residual + added
    output = block.down(activations)
    return residual - norm(output) + norm(output + added)


def _score(model: LanguageModel, passes: Sequence[PackedPass], residuals: Sequence[Tensor], places: Tensor) -> Answers:
    """Score the targets in what leaves the last block, (1 + amplifications, T, width) for each pass, in a new order."""
    packed = [forward.packed for forward in passes]
    scored = [residual[:, part.scored][places] for residual, part in zip(residuals, packed, strict=True)]
    targets = [part.targets.repeat(len(rows)) for rows, part in zip(scored, packed, strict=True)]
    scores = score(model.adapter, torch.cat([rows.flatten(0, 1) for rows in scored]), torch.cat(targets))
    parts = list(zip(packed, scores.split([rows.shape[:2] for rows in scored]), strict=True))
    probabilities = torch.cat([part.probabilities(said.log_probabilities) for part, said in parts], dim=-1)
    top = torch.cat([part.hold_throughout(said.top) for part, said in parts], dim=-1)
    finite(probabilities, model.name)
    return Answers(probabilities[0], probabilities[1:], top[0], top[1:])
