"""Which neurons a view amplifies: a task's top neurons, or neurons that are listed by hand."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sna.errors import InputError
from sna.exploration.limits import LISTED


def top_neurons(ranking: pd.DataFrame, task: str, layers: Sequence[int], count: int) -> dict[int, list[int]]:
    """Return the first neurons of a task's ranking in some layers.

    Parameters
    ----------
    ranking : DataFrame
        One model's table that keeps `sna.tables.NEURONS`.
    task : str
        Whose neurons.
    layers : sequence of int
        In which layers.
    count : int
        How many of each layer.

    Raises
    ------
    InputError
        If the task or a layer is not ranked, or fewer neurons are.
    """
    of_task = ranking[ranking["task"] == task]
    if of_task.empty:
        raise InputError(f"task: {task!r} is not ranked; choose one of {', '.join(sorted(ranking['task'].unique()))}")
    ranked = int(of_task["rank"].max())
    if count > ranked:
        raise InputError(f"neurons: {count} given; the study ranks {ranked} of each layer")
    last = int(of_task["layer"].max())
    for layer in layers:
        if layer > last:
            raise InputError(f"layers: there is no layer {layer}; the last is {last}")
    chosen = of_task[of_task["layer"].isin(layers) & (of_task["rank"] <= count)].sort_values(["layer", "rank"])
    return {int(layer): rows["neuron"].tolist() for layer, rows in chosen.groupby("layer")}


def merged(choices: Sequence[Mapping[int, Sequence[int]]]) -> dict[int, list[int]]:
    """Join several choices of neurons: one that several hold is amplified once."""
    layers = sorted({layer for choice in choices for layer in choice})
    return {
        layer: list(dict.fromkeys(neuron for choice in choices for neuron in choice.get(layer, ()))) for layer in layers
    }


def check_listed(listed: Mapping[int, Sequence[int]], layers: int, width: int) -> dict[int, list[int]]:
    """Return neurons that are listed by hand, each once, if the model has them.

    Parameters
    ----------
    listed : mapping of int to sequence of int
        The neurons by layer.
    layers, width : int
        How many layers the model has, and neurons a layer.

    Raises
    ------
    InputError
        If it has no such layer or neuron, or there are more than `sna.exploration.limits.LISTED`.
    """
    for layer, neurons in listed.items():
        if layer >= layers:
            raise InputError(f"neurons: the model has no layer {layer}; its last is {layers - 1}")
        if max(neurons) >= width:
            raise InputError(f"neurons: layer {layer} has no neuron {max(neurons)}; its last is {width - 1}")
    total = sum(map(len, listed.values()))
    if total > LISTED:
        raise InputError(f"neurons: {total} listed; the explorer takes at most {LISTED}")
    return merged([listed])
