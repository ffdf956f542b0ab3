"""Prompts under any changes of what leaves one block, and at any temperature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from sna.engine.grid import Grid
from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import NODES, PackedPrompts, pack, split
from sna.engine.prepacking import prepack_block
from sna.engine.scoring import score
from sna.engine.site import Additions, amplify
from sna.model.architecture import ArchitectureAdapter, Block
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt

#: From a block, what leaves it (T, width) and its neurons' activations (T, neurons) to what leaves it changed.
Change = Callable[[Block, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Said:
    """What a model says of prompts' targets, unchanged first and then under each change.

    Attributes
    ----------
    log_probabilities : Tensor of float64, shape (1 + changes, prompts)
        The sum over the target's tokens, in nats.
    top : Tensor of bool, shape (1 + changes, prompts)
        Whether each of the target's tokens is the most likely one there.
    """

    log_probabilities: Tensor
    top: Tensor


@dataclass(frozen=True)
class Finished:
    """Prompts that have passed all blocks: what is left of the model are its final norm and its unembedding.

    Attributes
    ----------
    model : LanguageModel
    packed : list of PackedPrompts
    residuals : list of Tensor, each of shape (1 + changes, S, width)
        What leaves the last block where a target's token is predicted, for each of `packed`.
    """

    model: LanguageModel
    packed: list[PackedPrompts]
    residuals: list[Tensor]

    @property
    def unchanged(self) -> "Finished":
        """The same prompts without any change."""
        return replace(self, residuals=[rows[:1] for rows in self.residuals])

    @torch.inference_mode()
    def score(self, temperature: float = 1.0) -> Said:
        """Return what the model says of the targets.

        Parameters
        ----------
        temperature : float
            What the logits are divided by. The order of the tokens, and so `Said.top`, is the same at all of them.

        Returns
        -------
        Said

        Raises
        ------
        InputError
            If a probability is not a number.
        """
        targets = [part.targets.repeat(len(rows)) for rows, part in zip(self.residuals, self.packed, strict=True)]
        rows = torch.cat([rows.flatten(0, 1) for rows in self.residuals])
        scores = score(tempered(self.model.adapter, temperature), rows, torch.cat(targets))
        parts = list(zip(self.packed, scores.split([rows.shape[:2] for rows in self.residuals]), strict=True))
        sums = torch.cat([part.sums(said.log_probabilities) for part, said in parts], dim=-1)
        top = torch.cat([part.hold_throughout(said.top) for part, said in parts], dim=-1)
        return Said(finite(sums, self.model.name), top)


@torch.inference_mode()
def finish(
    model: LanguageModel,
    prompts: Sequence[TokenizedPrompt],
    layer: int = 0,
    changes: Sequence[Change] = (),
    nodes: int = NODES,
) -> Finished:
    """Run prompts through all blocks, once unchanged and once for each change of what leaves one block.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of TokenizedPrompt
        Next to one another, prompts that begin alike share what is computed of them.
    layer : int
        The block whose output is changed, from 0.
    changes : sequence of Change
        Each apart from the others.
    nodes : int
        How many tokens are computed at once, at most; more pay where prompts begin with the same long text.

    Returns
    -------
    Finished
    """
    passes = [PackedPass(model.adapter, pack(group).to(model.device)) for group in split(prompts, nodes)]
    residuals = [forward.embedded[None] for forward in passes]
    for number, block in enumerate(model.adapter.blocks):
        prepared = prepack_block(block)
        for place, forward in enumerate(passes):
            residual, activations = forward.run_block(prepared, residuals[place])
            changed = [change(block, residual[0], activations[0])[None] for change in changes if number == layer]
            residuals[place] = torch.cat([residual, *changed])
    packed = [forward.packed for forward in passes]
    return Finished(model, packed, [rows[:, part.scored] for rows, part in zip(residuals, packed, strict=True)])


def amplification(neuron_ids: Sequence[int], multiplier: float) -> Change:
    """Return the change that multiplies the activations of some of the block's neurons, at every position.

    Parameters
    ----------
    neuron_ids : sequence of int
    multiplier : float

    Returns
    -------
    Change
    """
    return partial(_amplify, list(neuron_ids), multiplier)


def _amplify(
    neuron_ids: Sequence[int], multiplier: float, block: Block, residual: Tensor, activations: Tensor
) -> Tensor:
    grid = Grid([len(neuron_ids)], [multiplier])
    parts, variants = amplify(block, residual, activations, Additions([neuron_ids]), grid)
    return parts.mix(variants[1:])[0]


def push(vector: Tensor) -> Change:
    """Return the change that adds a vector to the residual stream, at every position.

    Parameters
    ----------
    vector : Tensor, shape (width,)

    Returns
    -------
    Change
    """
    return lambda block, residual, activations: residual + vector.to(residual)


def tempered(adapter: ArchitectureAdapter, temperature: float) -> ArchitectureAdapter:
    """Return a model's parts, its logits divided by a temperature, after whatever caps them.

    The weights are not copied: the unembedding is linear, so that the final norm is divided instead.

    Parameters
    ----------
    adapter : ArchitectureAdapter
    temperature : float
        Above 0.

    Returns
    -------
    ArchitectureAdapter
    """

    def divided(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else tensor / temperature

    norm, unembedding, cap = adapter.final_norm, adapter.unembedding, adapter.logit_cap
    return replace(
        adapter,
        final_norm=replace(norm, weight=norm.weight / temperature, bias=divided(norm.bias)),
        unembedding=replace(unembedding, bias=divided(unembedding.bias)),
        # A cap of c on the logits x gives c * tanh(x / c); a t-th of that is the cap c / t on x / t.
        logit_cap=None if cap is None else cap / temperature,
    )
