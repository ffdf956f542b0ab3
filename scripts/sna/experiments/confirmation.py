"""A task under the configurations that were chosen for it, and what stands beside its own neurons there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import torch

from sna.engine.divergence import measure_divergence
from sna.engine.grid import Grid
from sna.engine.layers import Amplification, measure_amplifications
from sna.engine.site import Additions
from sna.engine.sweep import SweepInput, SweepResult, sweep_layer
from sna.experiments.controls import DRAWN, Amplified
from sna.experiments.fresh import exchange_targets
from sna.experiments.summary import best_configurations, summarize_tasks
from sna.experiments.tabulation import tabulate_sweep
from sna.inputs.fresh import FreshPrompt
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, tokenize

# Blocks of prompts that are measured at once: all that is added to their prompts is held in memory.
BLOCKS = 10
#: About so many other tasks' neurons each prompt meets.
OTHERS = 3
#: Sets of random neurons, and directions, under which prose is measured, at most.
PROSE_DRAWS = 4


@dataclass(frozen=True)
class Choice:
    """The best of a task's configurations: the layer, how many of its neurons are amplified, and by what."""

    layer: int
    neurons: int
    multiplier: float

    @property
    def grid(self) -> Grid:
        """The grid that holds nothing else."""
        return Grid([self.neurons], [self.multiplier])


def choose(experiments: pd.DataFrame) -> Choice:
    """Return a task's best configuration.

    Parameters
    ----------
    experiments : DataFrame
        The task's rows of a table that keeps `sna.tables.EXPERIMENTS`, for one model.

    Returns
    -------
    Choice
    """
    [best] = best_configurations(summarize_tasks(experiments, "best")).itertuples(index=False)
    return Choice(int(best.layer), int(best.neurons), float(best.multiplier))


def measure_blocks(
    model: LanguageModel,
    choice: Choice,
    blocks: Sequence[Mapping[int, TokenizedPrompt]],
    amplified: Sequence[Amplified],
    dtype: torch.dtype,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure blocks of prompts under what they meet, as `in_block` says.

    Parameters
    ----------
    model : LanguageModel
    choice : Choice
    blocks : sequence of mapping of int to TokenizedPrompt
        The prompts of each block, by their numbers.
    amplified : sequence of Amplified
        Neurons first, then directions; the first one gives these their length.
    dtype : torch.dtype
        Of the engine's matrix products.

    Returns
    -------
    unamplified : DataFrame
        By the prompts' numbers, ascending: `baseline` and `top`.
    gains : DataFrame
        One row a prompt and amplified thing, with columns of `sna.tables.FRESH`.
    """
    met = [in_block(amplified, number, len(blocks)) for number in range(len(blocks))]
    inputs = [
        SweepInput(list(block.values()), *_rankings_and_directions(of_block))
        for block, of_block in zip(blocks, met, strict=True)
    ]
    results = [
        result
        for start in range(0, len(blocks), BLOCKS)
        for result in sweep_layer(model, choice.layer, inputs[start : start + BLOCKS], choice.grid, dtype)
    ]
    unamplified = [
        pd.DataFrame({"baseline": result.baseline, "top": result.baseline_top}, index=list(block))
        for block, result in zip(blocks, results, strict=True)
    ]
    gains = [
        _tabulate(result, choice, list(block), of_block)
        for result, block, of_block in zip(results, blocks, met, strict=True)
    ]
    return pd.concat(unamplified).sort_index(), pd.concat(gains, ignore_index=True)


def in_block(amplified: Sequence[Amplified], block: int, n_blocks: int) -> list[Amplified]:
    """Return what a block of prompts meets: random things of its own, about `OTHERS` other tasks' neurons, all others.

    Parameters
    ----------
    amplified : sequence of Amplified
    block, n_blocks : int
        The block's number, from 0, and how many there are.

    Returns
    -------
    list of Amplified
        In the same order.
    """
    others = sum(each.kind == "other" for each in amplified)
    rounds = dict.fromkeys(DRAWN, n_blocks) | {"other": min(n_blocks, max(1, round(others / OTHERS)))}
    return [each for each in amplified if (each.draw - block) % rounds.get(each.kind, 1) == 0]


def _rankings_and_directions(amplified: Sequence[Amplified]) -> tuple[list[list[int]], list[torch.Tensor]]:
    """Return what the engine amplifies, in the order in which it gives results."""
    rankings = [each.what.tolist() for each in amplified if each.kind != "direction"]
    return rankings, [torch.from_numpy(each.what) for each in amplified if each.kind == "direction"]


def _tabulate(
    result: SweepResult, choice: Choice, numbers: Sequence[int], amplified: Sequence[Amplified]
) -> pd.DataFrame:
    """Lay out what was measured in rows, with the prompts' numbers."""
    rows = tabulate_sweep(result, choice.grid)
    names = pd.DataFrame(
        [(each.kind, each.source, each.draw) for each in amplified], columns=["kind", "source", "draw"]
    )
    return rows.join(names, on="ranking").assign(prompt=np.array(numbers)[rows["prompt"]], layer=choice.layer)


def measure_layers(
    model: LanguageModel,
    choices: Mapping[str, Choice],
    prompts: Mapping[int, TokenizedPrompt],
    neuron_ids: Mapping[int, Sequence[int]],
) -> pd.DataFrame:
    """Measure prompts under a task's own neurons at each category's best layer, in one pass.

    Parameters
    ----------
    model : LanguageModel
    choices : mapping of str to Choice
        By category, the task's best configuration at its best layer.
    prompts : mapping of int to TokenizedPrompt
        By their numbers.
    neuron_ids : mapping of int to sequence of int
        The task's ranked neurons of each layer.

    Returns
    -------
    DataFrame
        One row a prompt and category, with columns of `sna.tables.FRESH`.
    """
    # Categories that have the same best layer share its choice.
    distinct = list(dict.fromkeys(choices.values()))
    amplifications = [
        Amplification.of_layer(choice.layer, neuron_ids[choice.layer][: choice.neurons], choice.multiplier)
        for choice in distinct
    ]
    numbers = alike(prompts)
    found = measure_amplifications(model, [prompts[number] for number in numbers], amplifications)
    tables = []
    for category, choice in choices.items():
        place = distinct.index(choice)
        measured = {"probability": found.probabilities[place], "top": found.top[place]}
        tables.append(pd.DataFrame({"prompt": numbers} | measured).assign(source=category, **asdict(choice)))
    return pd.concat(tables, ignore_index=True).assign(kind="layer", draw=0)


def measure_other_start(
    model: LanguageModel, choice: Choice, items: Mapping[int, FreshPrompt], selected: Amplified
) -> tuple[pd.Series, pd.DataFrame | None]:
    """Measure prompts in a task's best configuration where texts begin with a start token if they did not, or without.

    Parameters
    ----------
    model : LanguageModel
    choice : Choice
    items : mapping of int to FreshPrompt
        By their numbers.
    selected : Amplified
        The task's own neurons.

    Returns
    -------
    unamplified : Series
        By the numbers; NaN where the tokenizer has no start token.
    gains : DataFrame or None
        One row a prompt, with columns of `sna.tables.FRESH`; None where there is no start token.
    """
    other = model.started_otherwise()
    if other is None:
        return pd.Series(np.nan, index=list(items)), None
    prompts = {number: tokenize(other, item.prompt, item.target) for number, item in items.items()}
    numbers = alike(prompts)
    amplification = Amplification.of_layer(choice.layer, selected.what.tolist(), choice.multiplier)
    found = measure_amplifications(other, [prompts[number] for number in numbers], [amplification])
    measured = {"prompt": numbers, "probability": found.probabilities[0], "top": found.top[0]}
    what = {"kind": "other_start", "source": selected.source, "draw": selected.draw} | asdict(choice)
    return pd.Series(found.baseline, index=numbers), pd.DataFrame(measured).assign(**what)


def measure_guesses(
    model: LanguageModel, prompts: Mapping[int, TokenizedPrompt], rng: np.random.Generator
) -> pd.Series:
    """Measure each target's probability after another of the prompts, at random.

    Parameters
    ----------
    model : LanguageModel
    prompts : mapping of int to TokenizedPrompt
        By their numbers.
    rng : numpy.random.Generator

    Returns
    -------
    Series
        By the numbers of the targets' own prompts.
    """
    exchanged = exchange_targets(list(prompts.values()), rng)
    return measure_unamplified(model, dict(zip(prompts, exchanged, strict=True)))


def measure_unamplified(model: LanguageModel, prompts: Mapping[int, TokenizedPrompt]) -> pd.Series:
    """Measure the probability of each prompt's target as the model is.

    Parameters
    ----------
    model : LanguageModel
    prompts : mapping of int to TokenizedPrompt
        By their numbers.

    Returns
    -------
    Series
        By the numbers.
    """
    numbers = alike(prompts)
    found = measure_amplifications(model, [prompts[number] for number in numbers])
    return pd.Series(found.baseline, index=numbers)


def alike(prompts: Mapping[int, TokenizedPrompt]) -> list[int]:
    """Return the numbers of prompts, those that begin alike next to one another.

    Parameters
    ----------
    prompts : mapping of int to TokenizedPrompt
        By their numbers.

    Returns
    -------
    list of int
    """
    return sorted(prompts, key=lambda number: prompts[number].context)


def measure_prose(
    model: LanguageModel, choice: Choice, texts: Sequence[TokenizedPrompt], amplified: Sequence[Amplified]
) -> pd.DataFrame:
    """Measure what a task's own neurons do to prose, and the first draws of random neurons and of directions.

    Parameters
    ----------
    model : LanguageModel
    choice : Choice
    texts : sequence of TokenizedPrompt
    amplified : sequence of Amplified
        As `measure_blocks` takes it.

    Returns
    -------
    DataFrame
        One row a text and amplified thing, with columns of `sna.tables.PROSE`.
    """
    some = [
        each
        for each in amplified
        if each.kind == "selected" or (each.kind in {"random", "direction"} and each.draw < PROSE_DRAWS)
    ]
    found = measure_divergence(model, choice.layer, texts, Additions(*_rankings_and_directions(some)), choice.grid)
    of_texts = {"text": range(len(texts)), "tokens": [len(text.target) for text in texts], "before": found.before}
    tables = [
        pd.DataFrame(of_texts | {"after": after[0, 0], "divergence": divergence[0, 0]}).assign(
            kind=each.kind, draw=each.draw
        )
        for each, after, divergence in zip(some, found.after, found.divergence, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)
