"""Controls: what else is amplified in the same layer, and stands beside a task's own neurons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sna.errors import InputError

#: The kinds of controls that are drawn at random.
DRAWN = ("random", "matched", "direction")
#: A matched neuron is drawn from so many that are nearest in activation: few, so that they are near; more than one, so
#: that draws differ.
NEAREST = 20


@dataclass(frozen=True)
class Amplified:
    """Something that is amplified in one layer, by the names that `sna.tables.FRESH` has for it.

    Attributes
    ----------
    kind, source : str
    draw : int
    what : ndarray
        Of a `direction` a unit vector of the residual stream, shape (width,); of all others a ranking of neurons, shape
        (ranks,), of which the first ones are amplified.
    """

    kind: str
    source: str
    draw: int
    what: np.ndarray


def draw_controls(
    selected: np.ndarray,
    activations: np.ndarray,
    width: int,
    draws: Mapping[str, int],
    seed: int,
    *,
    model: str,
    task: str,
    layer: int,
) -> list[Amplified]:
    """Draw random neurons, others that are matched by activation, and random directions.

    Every draw has a random generator of its own, seeded by all that names it: it is the same whatever other models,
    tasks, layers and draws there are.

    Parameters
    ----------
    selected : ndarray of int, shape (ranks,)
        The task's top neurons in the layer.
    activations : ndarray, shape (neurons,)
        How strongly each of the layer's neurons responds to the task's selection prompts: the mean absolute activation.
    width : int
        Of the residual stream.
    draws : mapping of str to int
        How many of each kind, of `DRAWN`.
    seed : int
    model, task : str
        Their names.
    layer : int
        From 0.

    Returns
    -------
    list of Amplified
        Kind by kind.

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
    ways: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
        "random": lambda rng: draw_random(selected, len(activations), rng),
        "matched": lambda rng: draw_matched(selected, activations, rng),
        "direction": lambda rng: draw_direction(width, rng),
    }

    def draw(kind: str, number: int) -> Amplified:
        rng = np.random.default_rng([seed, *f"{model}/{task}/{layer}/{kind}/{number}".encode()])
        return Amplified(kind, task, number, ways[kind](rng))

    return [draw(kind, number) for kind, count in draws.items() for number in range(count)]


def draw_random_sets(
    selected: Sequence[int], n_neurons: int, draws: int, seed: int, *, model: str, task: str, layer: int
) -> list[list[int]]:
    """Draw random neurons alone: the same as `draw_controls` draws of them first.

    Parameters
    ----------
    selected : sequence of int
        The task's neurons in the layer.
    n_neurons : int
        How many the layer has.
    draws : int
    seed : int
    model, task : str
        Their names.
    layer : int
        From 0.

    Returns
    -------
    list of list of int

    Raises
    ------
    InputError
        If the layer has fewer other neurons than selected ones.
    """
    # Of activations only matched neurons, and of the width only directions, are made.
    unused = np.zeros(n_neurons)
    drawn = draw_controls(np.array(selected), unused, 1, {"random": draws}, seed, model=model, task=task, layer=layer)
    return [each.what.tolist() for each in drawn]


def draw_random(selected: np.ndarray, n_neurons: int, rng: np.random.Generator) -> np.ndarray:
    """Return as many other neurons as are selected, each as likely as the next, none twice.

    Parameters
    ----------
    selected : ndarray of int, shape (ranks,)
    n_neurons : int
        How many the layer has.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (ranks,)
    """
    return rng.choice(_others(selected, n_neurons), size=len(selected), replace=False)


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
    left = _others(selected, len(activations))
    left = left[np.argsort(activations[left], kind="stable")]
    drawn = []
    for neuron in selected:
        place = np.searchsorted(activations[left], activations[neuron])
        first = np.clip(place - NEAREST // 2, 0, max(len(left) - NEAREST, 0))
        chosen = rng.integers(first, min(first + NEAREST, len(left)))
        drawn.append(left[chosen])
        left = np.delete(left, chosen)
    return np.array(drawn)


def draw_direction(width: int, rng: np.random.Generator) -> np.ndarray:
    """Return a random direction, each as likely as the next.

    Parameters
    ----------
    width : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (width,)
        Of length 1.
    """
    drawn = rng.standard_normal(width)
    return drawn / np.linalg.norm(drawn)


def _others(selected: np.ndarray, n_neurons: int) -> np.ndarray:
    return np.delete(np.arange(n_neurons), selected)
