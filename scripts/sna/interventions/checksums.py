"""By what an intervention is known: its ranking, and the weights of the neurons that it amplifies."""

import hashlib
from collections.abc import Sequence

import numpy as np
import torch

from sna.model.architecture import ArchitectureAdapter


def hash_ranking(neuron_ids: np.ndarray) -> str:
    """Return the checksum of a ranking.

    Parameters
    ----------
    neuron_ids : ndarray of int, shape (layers, ranks)
        The neurons of every layer, the first one first.

    Returns
    -------
    str
        SHA-256, in hexadecimal, of the numbers layer by layer, each as 8 bytes, the lowest first.
    """
    return hashlib.sha256(np.ascontiguousarray(neuron_ids, dtype="<i8").tobytes()).hexdigest()


def hash_weights(adapter: ArchitectureAdapter, layer: int, neuron_ids: Sequence[int]) -> str:
    """Return the checksum of what some neurons of a layer write into the residual stream.

    Parameters
    ----------
    adapter : ArchitectureAdapter
    layer : int
        From 0.
    neuron_ids : sequence of int

    Returns
    -------
    str
        SHA-256, in hexadecimal, of their output weights in float32, neuron by neuron.
    """
    weights = adapter.blocks[layer].down.weight.detach()[:, list(neuron_ids)].T
    return hashlib.sha256(weights.to("cpu", torch.float32).contiguous().numpy().astype("<f4").tobytes()).hexdigest()
