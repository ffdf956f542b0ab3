"""Where amplification sets in: prompts that have reached the amplified block, and what may be added to its output."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from sna.engine.chunks import chunks_on
from sna.engine.grid import Grid
from sna.engine.mixture import Parts, Variants
from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack
from sna.model.architecture import Block, Norm
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@dataclass(frozen=True)
class Additions:
    """What is added to the output of a block, each apart from the others.

    Attributes
    ----------
    rankings : sequence of sequence of int
        Rankings of the layer's neurons: what the first ones of a ranking add is multiplied. There is one at least.
    directions : sequence of Tensor, each of shape (width,)
        Unit vectors of the residual stream. Each is as long, at every position, as what amplifying the first ranking
        changes there: in what leaves the block, after the norm that some models have between MLP and residual stream.
    """

    rankings: Sequence[Sequence[int]]
    directions: Sequence[Tensor] = ()


@dataclass(frozen=True)
class Site:
    """Packed prompts that have reached the amplified block.

    Attributes
    ----------
    forward : PackedPass
        The rest of their way.
    parts : Parts
        What may leave the block, T rows.
    variants : Variants
        What does: of an unamplified variant, then of one for each ranking or direction, neuron count and multiplier.
    """

    forward: PackedPass
    parts: Parts
    variants: Variants


def reach(
    model: LanguageModel, layer: int, prompts: Sequence[TokenizedPrompt], additions: Additions, grid: Grid
) -> Site:
    """Run the blocks up to the amplified one.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The amplified block, from 0.
    prompts : sequence of TokenizedPrompt
        They are packed into one tree.
    additions : Additions
    grid : Grid
        The configurations.

    Returns
    -------
    Site
    """
    forward = PackedPass(model.adapter, pack(prompts).to(model.device))
    residual, activations = forward.run_blocks(model.adapter.blocks[: layer + 1])
    return Site(forward, *amplify(model.adapter.blocks[layer], residual, activations, additions, grid))


def amplify(
    block: Block, residual: Tensor, activations: Tensor, additions: Additions, grid: Grid
) -> tuple[Parts, Variants]:
    """Return what leaves a block under every configuration.

    Parameters
    ----------
    block : Block
    residual : Tensor, shape (T, width)
        What leaves it unamplified.
    activations : Tensor, shape (T, neurons)
        Its MLP's hidden layer.
    additions : Additions
    grid : Grid

    Returns
    -------
    parts : Parts
    variants : Variants
        One unamplified, then one for each ranking or direction, neuron count and multiplier: multipliers change
        fastest, rankings and directions slowest.
    """
    weight = block.down.weight
    added = [cumulative_outputs(activations, weight, ranking, grid.n_neurons) for ranking in additions.rankings]
    parts = Parts(residual, torch.cat(added))
    scales = torch.tensor(grid.multipliers, dtype=residual.dtype, device=residual.device) - 1
    variants = _scale(parts, scales)
    norm = block.mlp_output_norm
    if norm is not None:
        parts, variants = _through(norm, residual, Parts(block.down(activations), parts.parts), variants)
    if not additions.directions:
        return parts, variants
    signs = scales.sign().repeat(len(grid.n_neurons))
    return _point(parts, variants, additions.directions, signs)


def _scale(parts: Parts, scales: Tensor) -> Variants:
    """Return the bare base, then all parts, each in every scale: the multiplier less 1."""
    n_parts, n_rows, _ = parts.parts.shape
    own = torch.arange(n_parts, device=scales.device).repeat_interleave(len(scales))
    weights = nn.functional.pad(scales.repeat(n_parts), (1, 0))
    return Variants(nn.functional.pad(own, (1, 0)), weights[:, None, None].expand(-1, n_rows, 1))


def _through(norm: Norm, residual: Tensor, outputs: Parts, variants: Variants) -> tuple[Parts, Variants]:
    """Take variants of an MLP's output through the norm that follows, to the residual stream.

    Parameters
    ----------
    norm : Norm
    residual : Tensor, shape (T, width)
        What leaves the block unamplified.
    outputs : Parts
        The MLP's output, and what is added to it.
    variants : Variants
        Of `outputs`; the first is unamplified.

    Returns
    -------
    parts : Parts
        What the block has without its MLP, the MLP's output, and what is added to it.
    variants : Variants
    """
    size = max(1, chunks_on(residual.device).rows // len(residual))
    normed = Variants.join([group.normed(norm, outputs.mix(group)) for group in variants.split(size)])
    parts = outputs.normed(norm).parts
    return Parts(residual - normed.weights[0, :, :1] * parts[0], parts), normed


def _point(parts: Parts, variants: Variants, directions: Sequence[Tensor], signs: Tensor) -> tuple[Parts, Variants]:
    """Add to the variants what is as long as the changes of the first ones, but along directions.

    Parameters
    ----------
    parts : Parts
    variants : Variants
        Of which the first is unamplified.
    directions : sequence of Tensor, each of shape (width,)
    signs : Tensor, shape (configurations,)
        Of the first variants after that: whether they go forwards (1) or backwards (-1).

    Returns
    -------
    parts : Parts
    variants : Variants
    """
    plain, first = variants[:1], variants[1 : 1 + len(signs)]
    # What their parts differ by, rather than by what they differ, which is small beside what they share.
    changes = Variants(first.own, first.weights - plain.weights)
    lengths = Parts(torch.zeros_like(parts.base), parts.parts).mix(changes).norm(dim=-1)
    weights = plain.weights.repeat(len(signs), 1, 1)
    weights[..., -1] = signs[:, None] * lengths
    n_parts = len(parts.parts)
    along = [Variants(torch.full_like(first.own, n_parts + number), weights) for number in range(len(directions))]
    pointing = [direction.to(parts.parts).expand_as(parts.base)[None] for direction in directions]
    return Parts(parts.base, torch.cat([parts.parts, *pointing])), Variants.join([variants, *along])


def cumulative_outputs(
    activations: Tensor, weight: Tensor, neuron_ids: Sequence[int], n_neurons: Sequence[int]
) -> Tensor:
    """Return what the first neurons of a ranking add to their MLP's output, for each of several neuron counts.

    Parameters
    ----------
    activations : Tensor, shape (T, neurons)
        The MLP's hidden layer.
    weight : Tensor, shape (width, neurons)
        Of the down projection.
    neuron_ids : sequence of int
        The ranking.
    n_neurons : sequence of int
        The neuron counts, ascending.

    Returns
    -------
    Tensor, shape (neuron counts, T, width)
    """
    order = torch.as_tensor(neuron_ids[: n_neurons[-1]], device=activations.device)
    bounds = [0, *n_neurons]
    parts = [
        activations[:, order[start:end]] @ weight[:, order[start:end]].T.to(activations.dtype)
        for start, end in pairwise(bounds)
    ]
    return torch.stack(parts).cumsum(dim=0)
