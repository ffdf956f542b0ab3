"""Several tasks' neurons amplified at once: which tasks together, and what becomes of the prompts of each."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from sna.engine.layers import Amplification, measure_amplifications
from sna.experiments.confirmation import Choice, alike
from sna.experiments.controls import draw_random_sets
from sna.experiments.ranking import top_neurons
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

#: How many tasks the sets have that are drawn at random: between two, of which all pairs are taken, and all tasks.
SIZES = (3, 6)


def choose_sets(tasks: Sequence[str], per_task: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Choose which tasks are amplified together: each alone, all pairs, some sets of `SIZES`, and all.

    Parameters
    ----------
    tasks : sequence of str
        Two at least.
    per_task : int
        In how many sets of each of `SIZES` every task is: of a size that does not divide the number of tasks, some
        tasks are in more. A set that is drawn twice counts once.
    rng : numpy.random.Generator

    Returns
    -------
    list of tuple of str
        The smaller ones first, each in alphabetical order.
    """
    names = sorted(tasks)
    sets = {(name,) for name in names} | set(combinations(names, 2)) | {tuple(names)}
    for size in SIZES:
        if size < len(names):
            for _ in range(per_task):
                sets |= set(_deal(names, size, rng))
    return sorted(sets, key=lambda members: (len(members), members))


def _deal(names: Sequence[str], size: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Deal tasks out into sets; the first ones once more, to fill the last set."""
    order = rng.permutation(names).tolist()
    return [tuple(sorted((order + order)[start : start + size])) for start in range(0, len(order), size)]


def amplify_own(ranking: pd.DataFrame, choices: Mapping[str, Choice]) -> dict[str, Amplification]:
    """Return the amplification of each task's own neurons.

    Parameters
    ----------
    ranking : DataFrame
        The model's table that keeps `sna.tables.NEURONS`.
    choices : mapping of str to Choice
        By task.

    Returns
    -------
    dict of str to Amplification
        By task.

    Raises
    ------
    InputError
        If the ranking does not have them.
    """
    return {
        task: Amplification.of_layer(
            choice.layer, top_neurons(ranking, task, [choice.layer], choice.neurons)[choice.layer], choice.multiplier
        )
        for task, choice in choices.items()
    }


def amplify_random(
    own: Mapping[str, Amplification], n_neurons: int, draws: int, seed: int, model: str
) -> list[dict[str, Amplification]]:
    """Return amplifications of as many random neurons of the same layers: those beside which a task stands elsewhere.

    Parameters
    ----------
    own : mapping of str to Amplification
        From `amplify_own`.
    n_neurons : int
        How many a layer has.
    draws : int
    seed : int
    model : str
        Its name.

    Returns
    -------
    list of dict of str to Amplification
        For each draw, by task.

    Raises
    ------
    InputError
        If a layer has fewer other neurons.
    """
    drawn: list[dict[str, Amplification]] = [{} for _ in range(draws)]
    for task, amplification in own.items():
        [(layer, factors)] = amplification.factors.items()
        multiplier = next(iter(factors.values()))
        sets = draw_random_sets(list(factors), n_neurons, draws, seed, model=model, task=task, layer=layer)
        for neuron_ids, of_draw in zip(sets, drawn, strict=True):
            of_draw[task] = Amplification.of_layer(layer, neuron_ids, multiplier)
    return drawn


def join(parts: Sequence[Amplification]) -> Amplification:
    """Return several amplifications as one; a neuron of several is amplified once, by the largest of its multipliers.

    Parameters
    ----------
    parts : sequence of Amplification
        One at least.

    Returns
    -------
    Amplification
    """
    factors: dict[int, dict[int, float]] = {}
    for part in parts:
        for layer, of_part in part.factors.items():
            of_layer = factors.setdefault(layer, {})
            for neuron, factor in of_part.items():
                of_layer[neuron] = max(factor, of_layer.get(neuron, factor))
    return Amplification(factors)


def measure_together(
    model: LanguageModel,
    task: str,
    prompts: Mapping[int, TokenizedPrompt],
    sets: Sequence[tuple[str, ...]],
    parts: Mapping[str, Amplification],
) -> pd.DataFrame:
    """Measure a task's prompts under every task's neurons alone, and under those of each set that holds the task.

    Parameters
    ----------
    model : LanguageModel
    task : str
    prompts : mapping of int to TokenizedPrompt
        The task's, by their numbers.
    sets : sequence of tuple of str
        From `choose_sets`.
    parts : mapping of str to Amplification
        By task.

    Returns
    -------
    DataFrame
        One row a set and prompt, with columns of `sna.tables.TOGETHER`.
    """
    measured = [members for members in sets if len(members) == 1 or task in members]
    numbers = alike(prompts)
    joined = [join([parts[member] for member in members]) for members in measured]
    found = measure_amplifications(model, [prompts[number] for number in numbers], joined)
    tables = [
        pd.DataFrame({"prompt": numbers, "baseline": found.baseline, "probability": probability}).assign(
            amplified="+".join(members), size=len(members)
        )
        for members, probability in zip(measured, found.probabilities, strict=True)
    ]
    return pd.concat(tables, ignore_index=True).assign(task=task)
