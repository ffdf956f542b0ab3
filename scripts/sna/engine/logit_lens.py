"""The logit lens: what a model would say of a target if it stopped after each of its blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack
from sna.engine.scoring import score, target_logits
from sna.model.architecture import Block
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class LogitLens:
    """What is said of a target's tokens after each block; the last row is what the model says.

    Attributes
    ----------
    logits, log_probabilities : Tensor of float64, shape (layers, target tokens)
    """

    logits: Tensor
    log_probabilities: Tensor


@torch.inference_mode()
def read_lens(
    model: LanguageModel,
    prompt: TokenizedPrompt,
    neuron_ids: Mapping[int, Sequence[int]] | None = None,
    multiplier: float = 1.0,
) -> LogitLens:
    """Return what a model would say of a target if it stopped after each of its blocks.

    The residual stream that leaves a block goes through the final norm, the unembedding and, where the family has one,
    the soft cap of the logits, as that of the last block does: nostalgebraist's logit lens [1]_. Nothing is trained.
    In early layers it may say little: their residual stream need not be written in the last one's terms [2]_.

    Parameters
    ----------
    model : LanguageModel
    prompt : TokenizedPrompt
        Each token of its target is read where it is predicted.
    neuron_ids : mapping of int to sequence of int, optional
        Neurons that are amplified meanwhile, by layer.
    multiplier : float
        What their activations are multiplied by.

    Returns
    -------
    LogitLens

    References
    ----------
    .. [1] nostalgebraist, interpreting GPT: the logit lens, LessWrong, 2020.
       https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens
    .. [2] N. Belrose et al., Eliciting Latent Predictions from Transformers with the Tuned Lens, 2023,
       arXiv 2303.08112.
    """
    packed = pack([prompt]).to(model.device)
    forward = PackedPass(model.adapter, packed)
    residual, streams = forward.embedded, []
    for layer, block in enumerate(model.adapter.blocks):
        amplified = _amplify(block, (neuron_ids or {}).get(layer, ()), multiplier)
        residual, _ = forward.run_block(amplified, residual)
        streams.append(residual[packed.scored])
    rows, targets = torch.cat(streams), packed.targets.repeat(len(streams))
    shape = (len(streams), len(packed.targets))
    logits = target_logits(model.adapter, model.adapter.final_norm(rows), targets)
    log_probabilities = score(model.adapter, rows, targets).log_probabilities
    return LogitLens(logits.view(shape).cpu(), log_probabilities.view(shape).cpu())


def _amplify(block: Block, neuron_ids: Sequence[int], multiplier: float) -> Block:
    """Return a block that writes some neurons multiplied: to multiply an activation, or its output weights, is one."""
    if not neuron_ids:
        return block
    # Narrow weights would be rounded by the product.
    weight = block.down.weight.to(block.down.dtype, copy=True)
    weight[:, list(neuron_ids)] *= multiplier
    return replace(block, down=replace(block.down, weight=weight))
