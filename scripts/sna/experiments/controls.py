"""Random controls: other neurons of the same layer, which stand beside those that were selected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sna.errors import InputError

Kind = Literal["selected", "random", "matched"]

#: A matched neuron is drawn from so many that are nearest in activation: few, so that they are near; more than one, so
#: that draws differ.
NEAREST = 20


@dataclass(frozen=True)
class Draw:
    """Neurons of one layer that are amplified together.

    Attributes
    ----------
    kind : {"selected", "random", "matched"}
        The task's own neurons, others drawn uniformly, or others drawn for their activation.
    number : int
        Among the draws of its kind, from 0.
    neuron_ids : ndarray of int, shape (ranks,)
        A ranking, of which the first ones are amplified.
    """

    kind: Kind
    number: int
    neuron_ids: np.ndarray


def draw_controls(
    selected: np.ndarray, activations: np.ndarray, n_draws: int, seed: int, *, model: str, task: str, layer: int
) -> list[Draw]:
    """Return the selected neurons, some draws of random ones, and as many draws of matched ones.

    Every draw has a random generator of its own, seeded by all that names it: it has the same neurons whatever other
    models, tasks, layers and draws there are.

    Parameters
    ----------
    selected : ndarray of int, shape (ranks,)
        The task's top neurons in the layer.
    activations : ndarray, shape (neurons,)
        How strongly each of the layer's neurons responds to the task's selection prompts: the mean absolute activation.
    n_draws : int
        How many draws of either kind.
    seed : int
    model, task : str
        Their names.
    layer : int
        From 0.

    Returns
    -------
    list of Draw

    Raises
    ------
    InputError
        If the layer has fewer other neurons than selected ones.
    """
    if len(activations) < 2 * len(selected):
        raise InputError(
            f"neurons: {len(selected)} given; a layer of this model has {len(activations)} neurons, of which at most "
            "half can be drawn beside as many selected ones"
        )

    def generator(kind: Kind, number: int) -> np.random.Generator:
        return np.random.default_rng([seed, *f"{model}/{task}/{layer}/{kind}/{number}".encode()])

    ways: dict[Kind, Callable] = {"random": draw_random, "matched": draw_matched}
    return [Draw("selected", 0, selected)] + [
        Draw(kind, number, way(selected, activations, generator(kind, number)))
        for kind, way in ways.items()
        for number in range(n_draws)
    ]


def draw_random(selected: np.ndarray, activations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return as many other neurons as are selected, each as likely as the next, none twice.

    Parameters
    ----------
    selected : ndarray of int, shape (ranks,)
    activations : ndarray, shape (neurons,)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (ranks,)
    """
    return rng.choice(_others(selected, activations), size=len(selected), replace=False)


def draw_matched(selected: np.ndarray, activations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for each selected neuron another one that is about as active, none twice.

    It is one of the `NEAREST` others in the order of activation, as many above as below it where there are. Drawing
    from a narrow bin of the confounder, without replacement, is nearest-neighbour matching [1]_; in this form it makes
    the control sets of gene signatures, which are matched by expression [2]_. Selected neurons are among the most
    active, so what is left of similar ones may be less active still: how well the match holds must be looked at.

    Parameters
    ----------
    selected : ndarray of int, shape (ranks,)
    activations : ndarray, shape (neurons,)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (ranks,)
        The first matches the first of `selected`, and so on.

    References
    ----------
    .. [1] E. A. Stuart, Matching Methods for Causal Inference: A Review and a Look Forward, Statistical Science 25
       (2010), 1-21.
    .. [2] I. Tirosh et al., Dissecting the Multicellular Ecosystem of Metastatic Melanoma by Single-cell RNA-seq,
       Science 352 (2016), 189-196.
    """
    left = _others(selected, activations)
    left = left[np.argsort(activations[left], kind="stable")]
    drawn = []
    for neuron in selected:
        place = np.searchsorted(activations[left], activations[neuron])
        first = np.clip(place - NEAREST // 2, 0, max(len(left) - NEAREST, 0))
        chosen = rng.integers(first, min(first + NEAREST, len(left)))
        drawn.append(left[chosen])
        left = np.delete(left, chosen)
    return np.array(drawn)


def _others(selected: np.ndarray, activations: np.ndarray) -> np.ndarray:
    return np.delete(np.arange(len(activations)), selected)
