"""A forward pass over packed prompts, one block at a time."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sna.engine.prefix_tree import PackedPrompts
from sna.model.architecture import ArchitectureAdapter, Block, Norm, normalize, soft_cap


class PackedPass:
    """What a forward pass over packed prompts needs besides the residual stream.

    Parameters
    ----------
    adapter : ArchitectureAdapter
        The model's parts.
    packed : PackedPrompts
        On the model's device; T nodes, S scored tokens.

    Attributes
    ----------
    packed : PackedPrompts
    embedded : Tensor, shape (T, width)
        The residual stream that enters the first block.
    """

    def __init__(self, adapter: ArchitectureAdapter, packed: PackedPrompts) -> None:
        self.packed = packed
        self.embedded = adapter.embed(packed.tokens, packed.depths)
        rotaries = {block.rotary for block in adapter.blocks if block.rotary}
        self._rotations = {rotary: rotary(self.embedded, packed.depths[None]) for rotary in rotaries}
        self._masks = self._attention_masks({block.window for block in adapter.blocks})

    def _attention_masks(self, windows: set[int | None]) -> dict[int | None, Tensor]:
        """Say for each window what a node attends to: its ancestors, as far as the window reaches."""
        ancestors, depths = self.packed.ancestors, self.packed.depths
        distance = depths[:, None] - depths[None, :]
        return {window: ancestors if window is None else ancestors & (distance < window) for window in windows}

    def run_blocks(self, blocks: Sequence[Block]) -> tuple[Tensor, Tensor]:
        """Return what leaves the last of the model's first blocks, and its neurons' activations.

        Parameters
        ----------
        blocks : sequence of Block
            One at least.

        Returns
        -------
        residual : Tensor, shape (T, width)
            The residual stream that leaves the last one.
        activations : Tensor, shape (T, neurons)
            Its MLP's hidden layer.
        """
        residual = self.embedded
        for block in blocks:
            residual, activations = self.run_block(block, residual)
        return residual, activations

    def run_block(self, block: Block, residual: Tensor, at: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return what leaves a block, and its neurons' activations.

        Parameters
        ----------
        block : Block
            The block.
        residual : Tensor, shape (..., T, width)
            The residual stream that enters it.
        at : Tensor of int, shape (S,), optional
            The nodes whose output is wanted; by default all.

        Returns
        -------
        residual : Tensor, shape (..., T or S, width)
            The residual stream that leaves it.
        activations : Tensor, shape (..., T or S, neurons)
            The MLP's hidden layer.
        """
        normed = normalize(block.attention_norm, residual)
        query = block.query(normed if at is None else normed[..., at, :])
        return self.finish_block(block, residual, query, block.key_value(normed), at)

    def finish_block(
        self, block: Block, residual: Tensor, query: Tensor, key_value: Tensor, at: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the same as `run_block`, after the projections that attention reads.

        Parameters
        ----------
        block, residual, at
            As `run_block` takes them.
        query : Tensor, shape (..., T or S, heads * head width)
            Overwritten.
        key_value : Tensor, shape (..., T, 2 * key heads * head width)
            Overwritten.

        Returns
        -------
        residual, activations : Tensor
            As `run_block` returns them.
        """
        attention = block.attention_output(self._attend(block, query, key_value, at))
        if at is not None:
            residual = residual[..., at, :]
        middle = residual + normalize(block.attention_output_norm, attention)
        inputs = normalize(block.mlp_norm, residual if block.parallel else middle)
        activations = (block.gate or block.up)(inputs, block.activation)
        if block.gate is not None:
            activations = activations.mul_(block.up(inputs))
        return middle + normalize(block.mlp_output_norm, block.down(activations)), activations

    def _attend(self, block: Block, query: Tensor, key_value: Tensor, at: Tensor | None) -> Tensor:
        key, value = key_value.chunk(2, dim=-1)
        query, key = _normalize_heads(block.query_norm, query), _normalize_heads(block.key_norm, key)
        query, key, value = (_split_heads(part, block.head_width) for part in (query, key, value))
        if block.rotary is not None:
            rotation = self._rotations[block.rotary]
            query, key = _rotate(query, rotation, at), _rotate(key, rotation)
        # Norms and rotations are in float32, whatever the products are in.
        query, key = query.to(value.dtype), key.to(value.dtype)
        mask = self._masks[block.window] if at is None else self._masks[block.window][at]
        if block.attention_cap:
            attended = _attend_capped(block, query, key, value, mask)
        else:
            grouped = key.shape[-3] != query.shape[-3]
            attended = nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, scale=block.scaling, enable_gqa=grouped
            )
        return attended.transpose(-3, -2).flatten(-2)


def _normalize_heads(norm: Norm | None, projected: Tensor) -> Tensor:
    """Normalize queries or keys (..., heads * head width), as many heads at once as the norm is wide."""
    return projected if norm is None else norm(projected.unflatten(-1, (-1, len(norm.weight)))).flatten(-2)


def _split_heads(projected: Tensor, head_width: int) -> Tensor:
    """Turn (..., T, heads * head width) into (..., heads, T, head width)."""
    return projected.unflatten(-1, (-1, head_width)).transpose(-3, -2)


def _attend_capped(block: Block, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attend by soft-capped products of queries and keys, for which torch's own attention has no option."""
    key, value = (part.repeat_interleave(query.shape[-3] // part.shape[-3], dim=-3) for part in (key, value))
    products = soft_cap(query @ key.mT * block.scaling, block.attention_cap)
    return products.masked_fill_(~mask, -torch.inf).softmax(dim=-1) @ value


def _rotate(states: Tensor, rotation: tuple[Tensor, Tensor], at: Tensor | None = None) -> Tensor:
    """Turn queries or keys by their node's depth, in place; some architectures turn the first components only."""
    cosine, sine = (part[0] if at is None else part[0, at] for part in rotation)
    states = states.to(cosine.dtype)
    width = cosine.shape[-1] // 2
    first, second = states[..., :width], states[..., width : 2 * width]
    unturned = first.clone()
    first.mul_(cosine[..., :width]).addcmul_(second, sine[..., :width], value=-1)
    second.mul_(cosine[..., width:]).addcmul_(unturned, sine[..., width:])
    return states
