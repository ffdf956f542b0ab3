"""The search for a configuration: every layer, number of neurons and multiplier, as far as prose stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from sna.calibration.results import LayerGain, Margins, SideEffects
from sna.engine.divergence import measure_divergence
from sna.engine.grid import Grid
from sna.engine.site import Additions
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt
from sna.statistics.configuration import Configuration
from sna.statistics.fresh_prompts import improvement_of_means

#: Where a configuration stands in a search: its layer's, its count's and its multiplier's place.
Place = tuple[int, int, int]


@dataclass(frozen=True)
class Swept:
    """A task's prompts under every configuration.

    Attributes
    ----------
    layers : list of int
    grid : Grid
    baseline : ndarray, shape (prompts,)
        Probability of the target, unamplified.
    probability : ndarray, shape (layers, neuron counts, multipliers, prompts)
    baseline_top, top : ndarray of bool, shaped as these
        Whether the model would say the target.
    """

    layers: list[int]
    grid: Grid
    baseline: np.ndarray
    probability: np.ndarray
    baseline_top: np.ndarray
    top: np.ndarray

    def improvements(self, prompts: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the gain of each configuration on some of the prompts.

        Parameters
        ----------
        prompts : ndarray of bool, shape (prompts,), or slice
            Which; by default all.

        Returns
        -------
        ndarray, shape (layers, neuron counts, multipliers)
            In percent.
        """
        return improvement_of_means(self.probability[..., prompts], self.baseline[prompts])

    def configuration(self, place: Place) -> Configuration:
        """Return the configuration at a place.

        Parameters
        ----------
        place : tuple of int

        Returns
        -------
        Configuration
        """
        layer, count, multiplier = place
        return Configuration(
            self.layers[layer], int(self.grid.n_neurons[count]), float(self.grid.multipliers[multiplier])
        )

    def best_of_layers(self) -> list[LayerGain]:
        """Return each layer's largest gain on all prompts, whatever it does to prose.

        Returns
        -------
        list of LayerGain
        """
        gains, shape = self.improvements(), self.probability.shape[1:3]
        best = []
        for number, of_layer in enumerate(gains):
            count, multiplier = map(int, np.unravel_index(of_layer.argmax(), shape))
            found = self.configuration((number, count, multiplier))
            best.append(LayerGain(found.layer, found.neurons, found.multiplier, float(of_layer.max())))
        return best


def sweep(
    model: LanguageModel,
    neuron_ids: np.ndarray,
    layers: Sequence[int],
    prompts: Sequence[TokenizedPrompt],
    grid: Grid,
    *,
    dtype: torch.dtype | None = None,
) -> Swept:
    """Measure prompts under every configuration of some layers.

    Parameters
    ----------
    model : LanguageModel
    neuron_ids : ndarray of int, shape (layers of the model, ranks)
        Its ranked neurons.
    layers : sequence of int
        From 0.
    prompts : sequence of TokenizedPrompt
    grid : Grid
    dtype : torch.dtype, optional
        As in `sna.engine.sweep.sweep_layer`.

    Returns
    -------
    Swept
    """
    results = [
        sweep_layer(model, layer, [SweepInput(prompts, [neuron_ids[layer].tolist()])], grid, dtype)[0]
        for layer in layers
    ]
    return Swept(
        layers=list(layers),
        grid=grid,
        baseline=results[0].baseline.numpy(),
        probability=np.stack([result.probabilities[0].numpy() for result in results]),
        baseline_top=results[0].baseline_top.numpy(),
        top=np.stack([result.top[0].numpy() for result in results]),
    )


@dataclass(frozen=True)
class Prose:
    """Texts that amplification should leave alone, and what it does to them in the layers that were looked at.

    Attributes
    ----------
    model : LanguageModel
    texts : sequence of TokenizedPrompt
    neuron_ids : ndarray of int, shape (layers of the model, ranks)
    grid : Grid
    """

    model: LanguageModel
    texts: Sequence[TokenizedPrompt]
    neuron_ids: np.ndarray
    grid: Grid
    _measured: dict[int, list[list[SideEffects]]] = field(default_factory=dict)

    def effects(self, layer: int) -> list[list[SideEffects]]:
        """Return what each configuration of a layer does to all texts together; each layer is measured once.

        Parameters
        ----------
        layer : int
            From 0.

        Returns
        -------
        list of list of SideEffects
            By the places of neuron count and multiplier.
        """
        if layer not in self._measured:
            [measured] = measure_prose(self.model, layer, self.texts, [self.neuron_ids[layer]], self.grid)
            self._measured[layer] = measured
        return self._measured[layer]


def measure_prose(
    model: LanguageModel, layer: int, texts: Sequence[TokenizedPrompt], rankings: Sequence[np.ndarray], grid: Grid
) -> list[list[list[SideEffects]]]:
    """Measure what configurations of a layer do to texts.

    Parameters
    ----------
    model : LanguageModel
    layer : int
        From 0.
    texts : sequence of TokenizedPrompt
    rankings : sequence of ndarray of int, each of shape (ranks,)
        Each is amplified apart from the others.
    grid : Grid

    Returns
    -------
    list of list of list of SideEffects
        By ranking, neuron count and multiplier; over all texts' tokens together.
    """
    found = measure_divergence(model, layer, texts, Additions([ranking.tolist() for ranking in rankings]), grid)
    tokens = sum(len(text.target) for text in texts)
    before = float(np.exp(-found.before.sum().item() / tokens))
    after, divergence = (-found.after.sum(-1) / tokens).exp(), found.divergence.sum(-1) / tokens
    return [
        [
            [SideEffects(before, *pair) for pair in zip(*of_count, strict=True)]
            for of_count in zip(*of_ranking, strict=True)
        ]
        for of_ranking in zip(after.tolist(), divergence.tolist(), strict=True)
    ]


def choose(swept: Swept, prose: Prose, margins: Margins, prompts: np.ndarray | slice = slice(None)) -> Place | None:
    """Return the configuration that gains most on some prompts, among those that leave prose within the margins.

    Parameters
    ----------
    swept : Swept
    prose : Prose
    margins : Margins
    prompts : ndarray of bool, shape (prompts,), or slice
        Those that choose; by default all.

    Returns
    -------
    tuple of int or None
        Its place; of equally good ones that of the lowest layer, then of the fewest neurons, then of the smallest
        multiplier. None if no configuration leaves prose within the margins.
    """
    gains = swept.improvements(prompts)
    # Down from the best: prose is measured in no more layers than come up before one is found.
    for flat in np.argsort(-gains, axis=None, kind="stable"):
        layer, count, multiplier = map(int, np.unravel_index(flat, gains.shape))
        if prose.effects(swept.layers[layer])[count][multiplier].within(margins):
            return layer, count, multiplier
    return None
