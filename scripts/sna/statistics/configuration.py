"""What a task's neurons are amplified by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Configuration:
    """What is amplified: the layer, how many of its neurons, and by what."""

    layer: int
    neurons: int
    multiplier: float
