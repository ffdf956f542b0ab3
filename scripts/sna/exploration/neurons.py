"""Choices of neurons by layer: joined, and checked if they are listed by hand."""

from collections.abc import Mapping, Sequence

from sna.errors import InputError
from sna.exploration.limits import LISTED


def merged(choices: Sequence[Mapping[int, Sequence[int]]]) -> dict[int, list[int]]:
    """Return several choices of neurons as one, in which none is twice.

    Parameters
    ----------
    choices : sequence of mapping of int to sequence of int
        Each by layer.

    Returns
    -------
    dict of int to list of int
        By layer.
    """
    layers = sorted({layer for choice in choices for layer in choice})
    return {
        layer: list(dict.fromkeys(neuron for choice in choices for neuron in choice.get(layer, ()))) for layer in layers
    }


def check_listed(listed: Mapping[int, Sequence[int]], n_layers: int, n_neurons: int) -> dict[int, list[int]]:
    """Return neurons that are listed by hand, each once, if the model has them.

    Parameters
    ----------
    listed : mapping of int to sequence of int
        The neurons by layer.
    n_layers : int
        How many layers the model has.
    n_neurons : int
        How many neurons a layer has.

    Returns
    -------
    dict of int to list of int
        By layer.

    Raises
    ------
    InputError
        If it has no such layer or neuron, or there are more than `sna.exploration.limits.LISTED`.
    """
    for layer, neuron_ids in listed.items():
        if layer >= n_layers:
            raise InputError(f"neurons: the model has no layer {layer}; its last is {n_layers - 1}")
        if max(neuron_ids) >= n_neurons:
            raise InputError(f"neurons: layer {layer} has no neuron {max(neuron_ids)}; its last is {n_neurons - 1}")
    total = sum(map(len, listed.values()))
    if total > LISTED:
        raise InputError(f"neurons: {total} listed; the explorer takes at most {LISTED}")
    return merged([listed])
