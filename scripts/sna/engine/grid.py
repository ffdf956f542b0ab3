"""The configurations of a layer."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """The configurations of a layer: every neuron count with every multiplier.

    Attributes
    ----------
    n_neurons : sequence of int
        The neuron counts: how many neurons are amplified, ascending.
    multipliers : sequence of float
        What their activations are multiplied by.
    """

    n_neurons: Sequence[int]
    multipliers: Sequence[float]
