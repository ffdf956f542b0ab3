"""Prompts under what others chose, beside random neurons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import stats

from sna.calibration.results import HeldOutGain, OtherTargets, RandomNeurons
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

#: After each prompt so many other prompts' targets are asked for, if there are so many.
OTHERS = 4


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
    others : ndarray, shape (prompts,)
        The logit gain of other prompts' targets after this prompt, their mean; NaN if all targets are the same.
    """

    baseline: np.ndarray
    probability: np.ndarray
    right_before: np.ndarray
    right_after: np.ndarray
    random: np.ndarray
    others: np.ndarray


def hold_out(
    swept: Swept,
    prompts: Sequence[TokenizedPrompt],
    folds: np.ndarray,
    places: Mapping[str, Place],
    controls: Controls,
    *,
    dtype: torch.dtype | None = None,
) -> HeldOut:
    """Take each prompt's probability under what the other fold chose; measure random neurons and other targets there.

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
    random, others = np.empty((controls.draws, len(prompts))), np.full(len(prompts), np.nan)
    exchanged = exchange_targets(prompts)
    for fold, place in places.items():
        tested = folds != fold
        chosen = swept.configuration(place)
        probability[tested], right[tested] = swept.probability[place][tested], swept.top[place][tested]
        asked = [prompt for prompt, is_tested in zip(prompts, tested, strict=True) if is_tested]
        rankings = [neurons.tolist() for neurons in controls.draw(chosen)]
        only = Grid([chosen.neurons], [chosen.multiplier])
        [result] = sweep_layer(controls.model, chosen.layer, [SweepInput(asked, rankings)], only, dtype)
        random[:, tested] = result.probabilities[:, 0, 0].numpy()
        asked = [each for each, is_tested in zip(exchanged, tested, strict=True) if is_tested]
        if any(asked):
            others[tested] = _measure_others(controls, chosen, asked, dtype)
    return HeldOut(swept.baseline, probability, swept.baseline_top, right, random, others)


def exchange_targets(prompts: Sequence[TokenizedPrompt]) -> list[list[TokenizedPrompt]]:
    """Return each prompt with other prompts' targets, those of the next prompts that differ.

    Parameters
    ----------
    prompts : sequence of TokenizedPrompt

    Returns
    -------
    list of list of TokenizedPrompt
        Of each prompt as many as there are other targets, at most `OTHERS`.
    """
    targets = [prompt.target for prompt in prompts]
    exchanged = []
    for number, prompt in enumerate(prompts):
        following = dict.fromkeys(targets[number + 1 :] + targets[:number])
        following.pop(prompt.target, None)
        exchanged.append([replace(prompt, target=target) for target in list(following)[:OTHERS]])
    return exchanged


def _measure_others(
    controls: Controls, chosen: Configuration, asked: Sequence[Sequence[TokenizedPrompt]], dtype: torch.dtype | None
) -> np.ndarray:
    """Return the mean logit gain of the targets that are asked for in place of each prompt's own."""
    selected = controls.neuron_ids[chosen.layer, : chosen.neurons].tolist()
    every = SweepInput([prompt for prompts in asked for prompt in prompts], [selected])
    only = Grid([chosen.neurons], [chosen.multiplier])
    [result] = sweep_layer(controls.model, chosen.layer, [every], only, dtype)
    gains = logit_gain(result.probabilities[0, 0, 0].numpy(), result.baseline.numpy())
    ends = np.cumsum([len(prompts) for prompts in asked])[:-1]
    return np.array([of_prompt.mean() for of_prompt in np.split(gains, ends)])


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


def compare_with_others(held_out: HeldOut, settings: Statistics) -> OtherTargets | None:
    """Compare the gain of each prompt's own target with that of other prompts' targets.

    Parameters
    ----------
    held_out : HeldOut
    settings : Statistics
        The confidence level.

    Returns
    -------
    OtherTargets or None
        None if all targets are the same.
    """
    if np.isnan(held_out.others).all():
        return None
    own = logit_gain(held_out.probability, held_out.baseline)
    return OtherTargets(mean_estimate(held_out.others, settings), mean_estimate(own - held_out.others, settings))


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
