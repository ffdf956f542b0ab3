"""A forward pass over packed prompts, one block at a time."""

from collections.abc import Sequence

from torch import Tensor, nn

from sna.engine.prefix_tree import PackedPrompts
from sna.model.architecture import ArchitectureAdapter, Block


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
        self._rotation = adapter.rotary(self.embedded, packed.depths[None]) if adapter.rotary else None
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
        normed = block.attention_norm(residual)
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
        middle = residual + attention
        inputs = block.mlp_norm(residual if block.parallel else middle)
        activations = (block.gate or block.up)(inputs, block.activation)
        if block.gate is not None:
            activations = activations.mul_(block.up(inputs))
        return middle + block.down(activations), activations

    def _attend(self, block: Block, query: Tensor, key_value: Tensor, at: Tensor | None) -> Tensor:
        def heads(projected: Tensor) -> Tensor:
            return projected.unflatten(-1, (-1, block.head_width)).transpose(-3, -2)

        query = heads(query)
        key, value = heads(key_value).chunk(2, dim=-3)
        if block.query_norm is not None and block.key_norm is not None:
            query, key = block.query_norm(query), block.key_norm(key)
        if self._rotation is not None:
            query, key = _rotate(query, self._rotation, at), _rotate(key, self._rotation)
        # Norms and rotations are in float32, whatever the products are in.
        query, key = query.to(value.dtype), key.to(value.dtype)
        mask = self._masks[block.window]
        attended = nn.functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask if at is None else mask[at],
            scale=block.scaling,
            enable_gqa=key.shape[-3] != query.shape[-3],
        )
        return attended.transpose(-3, -2).flatten(-2)


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
