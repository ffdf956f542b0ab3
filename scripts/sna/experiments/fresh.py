"""Fresh prompts: which of a bank's a model is asked, and into what parts they fall."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt
from sna.inputs.studies import FEWEST_PROMPTS
from sna.inputs.tasks import FOLDS
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, tokenize


def generator(seed: int, task: str, purpose: str) -> np.random.Generator:
    """Return a task's random numbers for one purpose: the same for every model, and in every stage that asks.

    Parameters
    ----------
    seed : int
    task : str
        Its name.
    purpose : str
        What is drawn, such as ``prompts``.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng([seed, *f"{task}/{purpose}".encode()])


def choose_prompts(
    model: LanguageModel, bank: Sequence[FreshPrompt], count: int, rng: np.random.Generator, path: str | Path
) -> dict[int, TokenizedPrompt]:
    """Draw prompts from a bank; what the model cannot be asked is left out, and the log says how many and why.

    Parameters
    ----------
    model : LanguageModel
    bank : sequence of FreshPrompt
    count : int
        How many prompts, if there are as many that the model can be asked.
    rng : numpy.random.Generator
    path : str or Path
        The bank's file, for messages.

    Returns
    -------
    dict of int to TokenizedPrompt
        By their places in the bank, from 0, ascending.

    Raises
    ------
    InputError
        If fewer than `sna.inputs.studies.FEWEST_PROMPTS` are left.
    """
    chosen: dict[int, TokenizedPrompt] = {}
    reasons = []
    for number in rng.permutation(len(bank)).tolist():
        if len(chosen) == count:
            break
        try:
            chosen[number] = tokenize(model, bank[number].prompt, bank[number].target)
        except InputError as error:
            reasons.append(f"\n  {error}")
    if reasons:
        said = f"{path}: {len(reasons)} prompts are left out, which {model.name} cannot be asked:"
        print(said + "".join(reasons), file=sys.stderr)
    if len(chosen) < FEWEST_PROMPTS:
        raise InputError(
            f"{path}: {model.name} can be asked {len(chosen)} of its prompts, and a verdict needs {FEWEST_PROMPTS} at "
            "least; the lines above say what is wrong with the others"
        )
    return dict(sorted(chosen.items()))


def part(numbers: Sequence[int], size: int, rng: np.random.Generator) -> list[list[int]]:
    """Part prompts into blocks at random: each control is measured on one block, and each block meets some controls.

    So every prompt meets several controls and every control several prompts, at a fraction of what all on all would
    cost: an incomplete block design [1]_.

    Parameters
    ----------
    numbers : sequence of int
        The prompts'.
    size : int
        How many prompts a block has at least, if there are as many.
    rng : numpy.random.Generator

    Returns
    -------
    list of list of int
        The numbers of each block's prompts.

    References
    ----------
    .. [1] W. G. Cochran and G. M. Cox, Experimental Designs, 2nd ed. (1957), chapter 9.
    """
    blocks = np.array_split(rng.permutation(numbers), max(1, len(numbers) // size))
    return [block.tolist() for block in blocks]


def halve(numbers: Sequence[int], rng: np.random.Generator) -> dict[int, str]:
    """Split prompts into two halves at random.

    Parameters
    ----------
    numbers : sequence of int
        The prompts'.
    rng : numpy.random.Generator

    Returns
    -------
    dict of int to str
        The half of each prompt, of `sna.inputs.tasks.FOLDS`; of an odd number the first has one prompt more.
    """
    return {number: FOLDS[place % 2] for number, place in zip(numbers, rng.permutation(len(numbers)), strict=True)}


def exchange_targets(prompts: Sequence[TokenizedPrompt], rng: np.random.Generator) -> list[TokenizedPrompt]:
    """Put each target after another prompt, at random: how likely it is there, a model guesses without the own prompt.

    Two prompts may have the same target: such a guess is right as often as the target is common.

    Parameters
    ----------
    prompts : sequence of TokenizedPrompt
        Two at least.
    rng : numpy.random.Generator

    Returns
    -------
    list of TokenizedPrompt
        The first has the target of the first of `prompts`, and so on.
    """
    order = rng.permutation(len(prompts))
    other = np.empty_like(order)
    # All prompts in one circle: no target stays where it was.
    other[order] = np.roll(order, 1)
    return [TokenizedPrompt(prompts[place].prompt, prompt.target) for place, prompt in zip(other, prompts, strict=True)]
