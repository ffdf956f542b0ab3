"""The engine: all configurations of a layer at once, exactly.

Multiplying neurons by m adds (m - 1) * sum over those neurons of activation * output weight to the residual stream that
leaves their block. So one pass up to the block and a cumulative sum over nested neuron counts give every variant of
the layer; only the blocks above it are run for each, on variants stacked as a batch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sna.families import Anatomy, Block
from sna.model import LanguageModel, finite
from sna.prefix_tree import PackedPrompts

# Rows (variant x node) that go through a block together: enough to fill a matrix product, few enough for the cache.
ROWS = 1024


def attention_masks(packed: PackedPrompts, blocks: Sequence[Block]) -> dict[int | None, Tensor]:
    """Return for each window among `blocks` what a node attends to: its ancestors, as far as the window reaches."""
    reach = packed.depths[:, None] - packed.depths[None, :]
    masks = {}
    for window in {block.window for block in blocks}:
        masks[window] = packed.ancestors if window is None else packed.ancestors & (reach < window)
    return masks


class PackedPass:
    """A forward pass over packed prompts, which can stop after a block and go on from there.

    Parameters
    ----------
    anatomy : Anatomy
    packed : PackedPrompts
        On the model's device.
    """

    def __init__(self, anatomy: Anatomy, packed: PackedPrompts) -> None:
        self.anatomy = anatomy
        self.packed = packed
        self.masks = attention_masks(packed, anatomy.blocks)
        self.embedded = anatomy.embed(packed.tokens, packed.depths)
        self.rotation = anatomy.rotary(self.embedded, packed.depths[None]) if anatomy.rotary else None

    def run_block(self, index: int, residual: Tensor, at: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run one block.

        Parameters
        ----------
        index : int
        residual : Tensor, shape (..., T, width)
        at : Tensor of int, shape (S,), optional
            The nodes whose output is wanted; by default all.

        Returns
        -------
        residual : Tensor, shape (..., T or S, width)
        activations : Tensor, shape (..., T or S, neurons)
            The MLP's hidden layer.
        """
        block = self.anatomy.blocks[index]
        normed = block.attention_norm(residual)
        attention = self._attend(block, normed, at)
        if at is not None:
            residual = residual[..., at, :]
        middle = residual + attention
        inputs = block.mlp_norm(residual if block.parallel else middle)
        activations = block.activation((block.gate or block.up)(inputs))
        if block.gate is not None:
            activations = activations * block.up(inputs)
        return middle + block.down(activations), activations

    def _attend(self, block: Block, normed: Tensor, at: Tensor | None) -> Tensor:
        def heads(projected: Tensor) -> Tensor:
            return projected.unflatten(-1, (-1, block.head_width)).transpose(-3, -2)

        query = heads(block.query(normed if at is None else normed[..., at, :]))
        key, value = heads(block.key_value(normed)).chunk(2, dim=-3)
        if block.query_norm is not None:
            query, key = block.query_norm(query), block.key_norm(key)
        if self.rotation is not None:
            query, key = self._rotate(query, at), self._rotate(key, None)
        mask = self.masks[block.window]
        attended = nn.functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask if at is None else mask[at],
            scale=block.scaling,
            enable_gqa=key.shape[-3] != query.shape[-3],
        )
        return block.attention_output(attended.transpose(-3, -2).flatten(-2))

    def _rotate(self, states: Tensor, at: Tensor | None) -> Tensor:
        """Turn queries or keys by their node's depth; in some families only their first components."""
        cosine, sine = (part[0] if at is None else part[0, at] for part in self.rotation)
        turned, kept = states.split([cosine.shape[-1], states.shape[-1] - cosine.shape[-1]], dim=-1)
        first, second = turned.chunk(2, dim=-1)
        turned = turned * cosine + torch.cat([-second, first], dim=-1) * sine
        return torch.cat([turned, kept], dim=-1) if kept.shape[-1] else turned

    def resume(self, residual: Tensor, after: int) -> Tensor:
        """Run the blocks above one, and score the targets.

        Parameters
        ----------
        residual : Tensor, shape (variants, T, width)
            What leaves block `after`.
        after : int

        Returns
        -------
        Tensor, shape (variants, prompts)
            Each prompt's target probability.
        """
        last = len(self.anatomy.blocks) - 1
        for index in range(after + 1, last):
            residual, _ = self.run_block(index, residual)
        if after < last:
            residual, _ = self.run_block(last, residual, at=self.packed.scored)
        else:
            residual = residual[..., self.packed.scored, :]
        logits = self.anatomy.unembedding(self.anatomy.final_norm(residual))
        targets = self.packed.targets.expand(logits.shape[:-1])[..., None]
        scores = logits.gather(-1, targets)[..., 0] - logits.logsumexp(dim=-1)
        return self.packed.probabilities(scores)


def variants(
    residual: Tensor, activations: Tensor, down: Tensor, neurons: Sequence[int], counts: Sequence[int], multipliers: Tensor
) -> Tensor:
    """Return what leaves a block under every configuration.

    Parameters
    ----------
    residual : Tensor, shape (T, width)
        What leaves it unamplified.
    activations : Tensor, shape (T, neurons)
        Its MLP's hidden layer.
    down : Tensor, shape (width, neurons)
        The weight of its down projection.
    neurons : sequence of int
        Ranked, the first to be amplified first.
    counts : sequence of int
        Ascending: the first so many of `neurons` are amplified.
    multipliers : Tensor, shape (M,)

    Returns
    -------
    Tensor, shape (counts * M, T, width)
        Counts outside, multipliers inside.
    """
    order = torch.as_tensor(neurons[: counts[-1]], device=residual.device)
    bounds = [0, *counts]
    parts = [
        activations[:, order[start:end]] @ down[:, order[start:end]].T
        for start, end in zip(bounds[:-1], bounds[1:], strict=True)
    ]
    added = torch.stack(parts).cumsum(dim=0)
    return (residual + (multipliers - 1)[:, None, None] * added[:, None]).flatten(0, 1)


@torch.inference_mode()
def sweep_layer(
    model: LanguageModel,
    packed: PackedPrompts,
    layer: int,
    neurons: Sequence[int],
    counts: Sequence[int],
    multipliers: Sequence[float],
) -> tuple[Tensor, Tensor]:
    """Measure a task's target probabilities under all configurations of one layer.

    Parameters
    ----------
    model : LanguageModel
    packed : PackedPrompts
        The task's evaluation prompts.
    layer : int
    neurons : sequence of int
        The task's neurons in this layer, ranked.
    counts : sequence of int
        How many of them are amplified, ascending.
    multipliers : sequence of float

    Returns
    -------
    baseline : Tensor, shape (prompts,)
        Unamplified, by the same computation.
    probabilities : Tensor, shape (counts, multipliers, prompts)

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    forward = PackedPass(model.anatomy, packed.to(model.device))
    residual = forward.embedded
    for index in range(layer + 1):
        residual, activations = forward.run_block(index, residual)
    weight = model.anatomy.blocks[layer].down.weight
    factors = torch.tensor(multipliers, device=model.device, dtype=residual.dtype)
    stacked = torch.cat([residual[None], variants(residual, activations, weight, neurons, counts, factors)])
    chunks = stacked.split(max(1, ROWS // len(packed.tokens)))
    measured = torch.cat([forward.resume(chunk, layer) for chunk in chunks]).cpu()
    finite(measured, f"{model.name}, layer {layer}")
    return measured[0], measured[1:].unflatten(0, (len(counts), len(multipliers)))
