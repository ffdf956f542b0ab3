"""Calibrate a model for a task: search on one fold of its prompts, measure on the other, beside random neurons."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from sna.calibration.advice import advise
from sna.calibration.held_out import Controls, compare_with_others, compare_with_random, hold_out, measure_gain
from sna.calibration.results import Calibration, Margins, Searched, SideEffects
from sna.calibration.search import Prose, choose, measure_prose, sweep
from sna.engine.grid import Grid
from sna.errors import InputError
from sna.experiments.ranking import mean_activations, rank_neurons
from sna.experiments.summary import zone_of
from sna.inputs.calibration import check_enough
from sna.inputs.config import Statistics
from sna.inputs.tasks import FOLDS, Task
from sna.interventions.checksums import hash_ranking
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, read_text, tokenize, tokenize_text
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import estimate

#: Sets of random neurons under which prose is measured, at most.
PROSE_DRAWS = 4


def calibrate(
    model: LanguageModel,
    task: Task,
    contrast: Sequence[str],
    prose: Sequence[str],
    *,
    layers: Sequence[int] | None = None,
    neurons: Sequence[int],
    multipliers: Sequence[float],
    draws: int = 40,
    seed: int = 0,
    margins: Margins | None = None,
    boundaries: tuple[float, float] = (0.07, 0.10),
    confidence_level: float = 0.95,
    resamples: int = 9999,
    dtype: torch.dtype | None = None,
) -> Calibration:
    """Find out which amplification suits a task, what gain it promises on other prompts, and whether it is worth it.

    The task's neurons are ranked by differential activation on its selection prompts. Each fold of the evaluation
    prompts then chooses its best configuration, among those that leave prose within the margins, and is measured in
    the choice of the other one (cross-fitting): the gain to expect is free of what is largest by chance, though the
    choice of half the prompts is a little worse than that of all, which is recommended. Prose is halved too: one half
    takes part in the choice, the other tells the side effects.

    Parameters
    ----------
    model : LanguageModel
    task : Task
        With `sna.inputs.studies.FEWEST_PROMPTS` evaluation prompts at least.
    contrast : sequence of str
        Ordinary prose, with which the neurons' activations are compared.
    prose : sequence of str
        Other prose, two texts at least, which amplification should leave alone.
    layers : sequence of int, optional
        Those that are searched, from 0; by default all.
    neurons : sequence of int
        How many of the task's top neurons are amplified.
    multipliers : sequence of float
        What their activations are multiplied by.
    draws : int
        Sets of random neurons, two at least.
    seed : int
        Of folds, random neurons and resamples.
    margins : Margins, optional
        How much amplification may change of prose.
    boundaries : tuple of float
        Of the paper's zones of baseline probability.
    confidence_level : float
        Of every interval.
    resamples : int
        Of every bootstrap.
    dtype : torch.dtype, optional
        Precision of the search's matrix products, by default the model's own.

    Returns
    -------
    Calibration

    Raises
    ------
    InputError
        If there are too few prompts, the model cannot read one, or has no such layer or too few neurons.

    References
    ----------
    V. Chernozhukov et al., Double/debiased Machine Learning for Treatment and Structural Parameters, The Econometrics
    Journal 21 (2018), C1-C68, for cross-fitting.
    """
    check_enough(len(task.evaluation), f"task {task.name}")
    settings = Statistics(task_improvement="best", confidence_level=confidence_level, resamples=resamples, seed=seed)
    prompts, texts = _tokenize(model, task, prose)
    grid, margins = Grid(sorted(neurons), sorted(multipliers)), margins or Margins()
    neuron_ids = _rank(model, task, contrast, grid.n_neurons[-1])
    swept = sweep(model, neuron_ids, _check_layers(model, layers), prompts, grid, dtype=dtype)
    found = Calibration(
        model=model.name,
        task=task.name,
        searched=Searched(len(prompts), swept.layers, list(grid.n_neurons), list(grid.multipliers)),
        baseline=estimate((swept.baseline,), np.mean, settings),
        zone=zone_of(swept.baseline.mean(), boundaries),
        margins=margins,
        ranking=hash_ranking(neuron_ids),
        layers=swept.best_of_layers(),
    )
    folds = np.array(task.folds(seed))
    seen = Prose(model, texts[::2], neuron_ids, grid)
    recommended = choose(swept, seen, margins)
    if recommended is None:
        return advise(found, confidence_level)
    # If all prompts have a choice, so has each fold: prose decides that alone.
    choices = {fold: choose(swept, seen, margins, folds == fold) for fold in FOLDS}
    places = {fold: place for fold, place in choices.items() if place is not None}
    controls = Controls(model, task.name, neuron_ids, draws, seed)
    held_out = hold_out(swept, prompts, folds, places, controls, dtype=dtype)
    return advise(
        replace(
            found,
            recommended=swept.configuration(recommended),
            chosen={fold: swept.configuration(place) for fold, place in places.items()},
            in_sample=float(swept.improvements()[recommended]),
            gain=measure_gain(held_out, settings),
            random=compare_with_random(held_out, len(swept.layers), settings),
            others=compare_with_others(held_out, settings),
            **_describe(model, swept.configuration(recommended), neuron_ids, texts[1::2], controls),
        ),
        confidence_level,
    )


def _tokenize(
    model: LanguageModel, task: Task, prose: Sequence[str]
) -> tuple[list[TokenizedPrompt], list[TokenizedPrompt]]:
    """Return a task's evaluation prompts and prose as tokens; refuse what the model cannot read."""
    if len(prose) < 2:
        raise InputError(
            f"prose: {len(prose)} texts given; calibration needs 2 at least, one to choose and one to tell"
        )
    for item in task.selection:
        read_text(model, item.prompt)
    prompts = [tokenize(model, item.prompt, item.target) for item in task.evaluation]
    return prompts, [tokenize_text(model, text) for text in prose]


def _rank(model: LanguageModel, task: Task, contrast: Sequence[str], n_neurons: int) -> np.ndarray:
    """Return the task's top neurons of every layer, (layers, ranks)."""
    of_task = mean_activations(model, [item.prompt for item in task.selection])
    return rank_neurons(of_task, mean_activations(model, contrast), n_neurons).neuron_ids


def _check_layers(model: LanguageModel, layers: Sequence[int] | None) -> list[int]:
    """Return the layers that are searched, ascending; refuse one that the model does not have."""
    there = range(model.adapter.n_layers)
    if beyond := [layer for layer in layers or () if layer not in there]:
        raise InputError(f"layers: there is no layer {beyond[0]} in {model.name}; its last is {there[-1]}")
    return sorted(there if layers is None else set(layers))


def _describe(
    model: LanguageModel,
    recommended: Configuration,
    neuron_ids: np.ndarray,
    texts: Sequence[TokenizedPrompt],
    controls: Controls,
) -> dict[str, Any]:
    """Say which neurons a configuration amplifies, and what they, and random ones, do to prose."""
    selected = neuron_ids[recommended.layer, : recommended.neurons]
    rankings = [selected, *controls.draw(recommended)[:PROSE_DRAWS]]
    only = Grid([recommended.neurons], [recommended.multiplier])
    measured = measure_prose(model, recommended.layer, texts, rankings, only)
    own, *others = [of_ranking[0][0] for of_ranking in measured]
    return {
        "neuron_ids": selected.tolist(),
        "prose": own,
        "prose_random": SideEffects(
            own.perplexity_before,
            float(np.mean([each.perplexity_after for each in others])),
            float(np.mean([each.divergence for each in others])),
        ),
    }
