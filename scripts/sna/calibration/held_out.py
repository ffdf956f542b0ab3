"""Prompts under what others chose, beside random neurons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats

from sna.calibration.results import HeldOutGain, RandomNeurons
from sna.calibration.search import Place, Swept
from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, sweep_layer
from sna.errors import InputError
from sna.inputs.config import Statistics
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate, estimate, mean_estimate, percentile_interval
from sna.statistics.fresh_prompts import improvement_of_means
from sna.statistics.logits import logit_gain


@dataclass(frozen=True)
class Controls:
    """Sets of random neurons that stand beside a task's own.

    Attributes
    ----------
    model : LanguageModel
    task : str
        Its name.
    neuron_ids : ndarray of int, shape (layers of the model, ranks)
        Its ranked neurons.
    draws : int
        How many sets, two at least.
    seed : int
    """

    model: LanguageModel
    task: str
    neuron_ids: np.ndarray
    draws: int
    seed: int

    def draw(self, configuration: Configuration) -> list[np.ndarray]:
        """Return sets of as many random neurons of the layer as are selected, none of these among them.

        Parameters
        ----------
        configuration : Configuration

        Returns
        -------
        list of ndarray of int, each of shape (neurons,)

        Raises
        ------
        InputError
            If there are too few draws, or the layer has too few neurons.
        """
        if self.draws < 2:
            raise InputError(f"draws: {self.draws} given; 2 at least tell how much random neurons differ")
        n_neurons = self.model.adapter.n_neurons
        if n_neurons < 2 * configuration.neurons:
            raise InputError(
                f"neurons: {configuration.neurons} given; a layer of this model has {n_neurons} neurons, of which at "
                "most half can be drawn beside as many selected ones"
            )
        selected = self.neuron_ids[configuration.layer, : configuration.neurons]
        return [self._draw(number, configuration, selected) for number in range(self.draws)]

    def _draw(self, number: int, configuration: Configuration, selected: np.ndarray) -> np.ndarray:
        """Draw one set: of a layer always from the same order, as the selected ones are, whatever their number."""
        name = f"{self.model.name}/{self.task}/{configuration.layer}/calibration/{number}"
        order = np.random.default_rng([self.seed, *name.encode()]).permutation(self.model.adapter.n_neurons)
        return order[~np.isin(order, selected)][: len(selected)]


@dataclass(frozen=True)
class HeldOut:
    """Each prompt under what the other fold chose.

    Attributes
    ----------
    baseline, probability : ndarray, shape (prompts,)
    right_before, right_after : ndarray of bool, shape (prompts,)
        Whether the target is the model's first choice.
    random : ndarray, shape (draws, prompts)
        The probability under random neurons.
    """

    baseline: np.ndarray
    probability: np.ndarray
    right_before: np.ndarray
    right_after: np.ndarray
    random: np.ndarray


def hold_out(
    swept: Swept,
    prompts: Sequence[TokenizedPrompt],
    folds: np.ndarray,
    places: Mapping[str, Place],
    controls: Controls,
    *,
    dtype: torch.dtype | None = None,
) -> HeldOut:
    """Take each prompt's probability under what the other fold chose, and measure it under random neurons.

    Parameters
    ----------
    swept : Swept
    prompts : sequence of TokenizedPrompt
    folds : ndarray of str, shape (prompts,)
    places : mapping of str to tuple of int
        What each fold chose.
    controls : Controls
    dtype : torch.dtype, optional
        As in `sna.engine.sweep.sweep_layer`.

    Returns
    -------
    HeldOut
    """
    probability, right = np.empty_like(swept.baseline), np.empty_like(swept.baseline_top)
    random = np.empty((controls.draws, len(prompts)))
    for fold, place in places.items():
        tested = folds != fold
        chosen = swept.configuration(place)
        probability[tested], right[tested] = swept.probability[place][tested], swept.top[place][tested]
        asked = [prompt for prompt, is_tested in zip(prompts, tested, strict=True) if is_tested]
        rankings = [neurons.tolist() for neurons in controls.draw(chosen)]
        only = Grid([chosen.neurons], [chosen.multiplier])
        [result] = sweep_layer(controls.model, chosen.layer, [SweepInput(asked, rankings)], only, dtype)
        random[:, tested] = result.probabilities[:, 0, 0].numpy()
    return HeldOut(swept.baseline, probability, swept.baseline_top, right, random)


def measure_gain(held_out: HeldOut, settings: Statistics) -> HeldOutGain:
    """Measure the gain on prompts that had no part in the choice.

    Parameters
    ----------
    held_out : HeldOut
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    HeldOutGain
    """
    return HeldOutGain(
        percent=estimate((held_out.probability, held_out.baseline), improvement_of_means, settings),
        logits=mean_estimate(logit_gain(held_out.probability, held_out.baseline), settings),
        right_before=float(held_out.right_before.mean()),
        right_after=float(held_out.right_after.mean()),
    )


def compare_with_random(held_out: HeldOut, n_layers: int, settings: Statistics) -> RandomNeurons:
    """Compare the selected neurons with random ones, on the same prompts.

    The selected neurons are one set more; whether they belong to the others tells the t distribution of a further value
    of a sample. The search picked the layer in which they do well; a set of random neurons had one layer only. So the
    p-value counts for as many sets as layers were searched (Bonferroni).

    Parameters
    ----------
    held_out : HeldOut
    n_layers : int
        How many layers were searched.
    settings : Statistics
        The confidence level.

    Returns
    -------
    RandomNeurons
    """
    selected = logit_gain(held_out.probability, held_out.baseline)
    drawn = logit_gain(held_out.random, held_out.baseline)
    means = drawn.mean(axis=1)
    percents = improvement_of_means(held_out.random, held_out.baseline)
    ahead, spread = selected.mean() - means.mean(), means.std(ddof=1) * np.sqrt(1 + 1 / len(means))
    pvalue = float(stats.t.sf(ahead / spread, len(means) - 1)) if spread > 0 else float(ahead <= 0)
    return RandomNeurons(
        draws=len(means),
        percent=Estimate(float(percents.mean()), *percentile_interval(percents, settings.confidence_level)),
        difference=mean_estimate(selected - drawn.mean(axis=0), settings),
        pvalue=pvalue,
        pvalue_corrected=min(1.0, pvalue * n_layers),
    )
