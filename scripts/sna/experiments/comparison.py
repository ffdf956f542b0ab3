"""A task's fresh prompts and the prose under all methods: amplification, and what one would do instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.engine.changes import amplification, push
from sna.experiments.alternatives import (
    Chosen,
    ask,
    ask_plainly,
    choose_strengths,
    choose_temperature,
    find_directions,
    precede,
    tokenize_text_after,
)
from sna.experiments.confirmation import Choice
from sna.experiments.controls import draw_random_sets
from sna.experiments.fresh import generator
from sna.inputs.alternatives import (
    AMPLIFIED,
    LORA,
    NOTHING,
    PROBE,
    RANDOM,
    STEERING,
    TEMPERATURE,
    Alternatives,
    LoraTraining,
    with_examples,
)
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Prompt, Task
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, tokenize, tokenize_text
from sna.tuning.training import TunedModel, tune


@dataclass(frozen=True)
class Subject:
    """A task in one model, and all that its methods are made of.

    Attributes
    ----------
    model : LanguageModel
    task : Task
    evaluation, selection : list of TokenizedPrompt
        The task's own prompts with their targets.
    contrast : list of str
        The contrast text.
    blocks : list of dict of int to FreshPrompt
        The fresh prompts by their numbers. Each block has examples and random neurons of its own.
    prose : list of str
        Neutral prose.
    choice : Choice
        The task's best configuration.
    neurons : list of int
        The task's own.
    experiments : int
        How many configurations it was chosen from.
    """

    model: LanguageModel
    task: Task
    evaluation: list[TokenizedPrompt]
    selection: list[TokenizedPrompt]
    contrast: list[str]
    blocks: list[dict[int, FreshPrompt]]
    prose: list[str]
    choice: Choice
    neurons: list[int]
    experiments: int

    @property
    def texts(self) -> dict[int, TokenizedPrompt]:
        """The prose as it is."""
        return {number: tokenize_text(self.model, text) for number, text in enumerate(self.prose)}

    @property
    def plain(self) -> "Texts":
        """The fresh prompts and the prose as they are."""
        return Texts(self.tokenize_all([()] * len(self.blocks)), self.texts)

    @property
    def compared(self) -> list[str]:
        """The texts that rank the neurons and give the directions."""
        return [*(item.prompt for item in self.task.selection), *self.contrast]

    def tokenize(self, block: Mapping[int, FreshPrompt], examples: Sequence[Prompt] = ()) -> dict[int, TokenizedPrompt]:
        """Split the prompts of a block into tokens, with examples before each."""
        return {
            number: tokenize(self.model, precede(examples, item.prompt), item.target) for number, item in block.items()
        }

    def tokenize_all(self, sets: Sequence[Sequence[Prompt]]) -> dict[int, TokenizedPrompt]:
        """Split the prompts of all blocks into tokens, each with the examples of its block before it."""
        tokenized: dict[int, TokenizedPrompt] = {}
        for block, examples in zip(self.blocks, sets, strict=True):
            tokenized |= self.tokenize(block, examples)
        return tokenized


@dataclass(frozen=True)
class Texts:
    """What a model is asked, by numbers.

    Attributes
    ----------
    prompts, prose : mapping of int to TokenizedPrompt
        The fresh prompts, and the prose.
    """

    prompts: Mapping[int, TokenizedPrompt]
    prose: Mapping[int, TokenizedPrompt]


@dataclass(frozen=True)
class Measured:
    """What a model said under some methods, in rows as `sna.experiments.alternatives.ask` returns them.

    Attributes
    ----------
    answers, prose : DataFrame
        To the fresh prompts, and to the prose.
    """

    answers: pd.DataFrame
    prose: pd.DataFrame


def choose_methods(subject: Subject, sizes: Alternatives) -> tuple[Chosen, dict[str, float]]:
    """Choose a temperature and the strength of each direction on the evaluation prompts.

    Parameters
    ----------
    subject : Subject
    sizes : Alternatives

    Returns
    -------
    Chosen
        With the task's own neurons, but without random ones.
    dict of str to float
        What was chosen, by method.
    """
    model, evaluation, choice = subject.model, subject.evaluation, subject.choice
    directions = find_directions(model, subject.task, subject.contrast, choice.layer)
    strengths = choose_strengths(model, evaluation, choice.layer, directions, sizes.strengths)
    temperature = choose_temperature(model, evaluation, sizes.temperatures)
    changes = {AMPLIFIED: amplification(subject.neurons, choice.multiplier)}
    changes |= {method: push(strengths[method] * direction) for method, direction in directions.items()}
    named = {AMPLIFIED: choice.multiplier, RANDOM: choice.multiplier, TEMPERATURE: temperature}
    return Chosen(choice.layer, changes, temperature), named | strengths


def draw_sets(subject: Subject, seed: int) -> list[list[int]]:
    """Draw random neurons for each block: the first of those beside which amplification is confirmed.

    Parameters
    ----------
    subject : Subject
    seed : int

    Returns
    -------
    list of list of int

    Raises
    ------
    InputError
        If the layer has too few neurons for them.
    """
    model, n_neurons = subject.model, subject.model.adapter.n_neurons
    named = {"model": model.name, "task": subject.task.name, "layer": subject.choice.layer}
    return draw_random_sets(subject.neurons, n_neurons, len(subject.blocks), seed, **named)


def draw_examples(subject: Subject, count: int, seed: int) -> list[list[Prompt]]:
    """Draw examples for each block; of a larger count the first ones are those of a smaller count.

    Parameters
    ----------
    subject : Subject
    count : int
    seed : int

    Returns
    -------
    list of list of Prompt
    """
    selection = subject.task.selection
    rngs = [generator(seed, subject.task.name, f"examples/{number}") for number in range(len(subject.blocks))]
    return [[selection[place] for place in rng.permutation(len(selection))[:count]] for rng in rngs]


def measure_changes(subject: Subject, chosen: Chosen, sets: Sequence[Sequence[int]]) -> Measured:
    """Measure all that asks for no other text and no other weights: on the fresh prompts, and on the prose.

    Parameters
    ----------
    subject : Subject
    chosen : Chosen
    sets : sequence of sequence of int
        Random neurons of each block; the prose meets those of the first.

    Returns
    -------
    Measured
    """

    def ask_with(prompts: Mapping[int, TokenizedPrompt], random: Sequence[int]) -> pd.DataFrame:
        changes = {**chosen.changes, RANDOM: amplification(random, subject.choice.multiplier)}
        return ask(subject.model, prompts, Chosen(chosen.layer, changes, chosen.temperature))

    blocks = zip(subject.blocks, sets, strict=True)
    answers = [ask_with(subject.tokenize(block), random) for block, random in blocks]
    return Measured(pd.concat(answers), ask_with(subject.texts, sets[0]))


def place_examples(subject: Subject, count: int, seed: int) -> Texts:
    """Place examples before every fresh prompt, and those of the first block before the prose.

    Parameters
    ----------
    subject : Subject
    count : int
        How many.
    seed : int

    Returns
    -------
    Texts

    Raises
    ------
    InputError
        If the model cannot read a text with the examples.
    """
    sets = draw_examples(subject, count, seed)
    prose = [tokenize_text_after(subject.model, sets[0], text) for text in subject.prose]
    return Texts(subject.tokenize_all(sets), dict(enumerate(prose)))


def measure_texts(model: LanguageModel, texts: Texts, method: str) -> Measured:
    """Measure texts in a model as it is.

    Parameters
    ----------
    model : LanguageModel
    texts : Texts
    method : str

    Returns
    -------
    Measured
    """
    return Measured(ask_plainly(model, texts.prompts, method), ask_plainly(model, texts.prose, method))


def train(subject: Subject, training: LoraTraining, seed: int) -> TunedModel:
    """Train a low-rank adapter on the task's selection prompts.

    Parameters
    ----------
    subject : Subject
    training : LoraTraining
    seed : int

    Returns
    -------
    TunedModel

    Raises
    ------
    InputError
        If the training goes astray.
    """
    return tune(subject.model, subject.selection, method="lora", seed=seed, **training.model_dump())


def describe_methods(
    subject: Subject, sizes: Alternatives, chosen: Mapping[str, float], trained: int, seed: int
) -> pd.DataFrame:
    """Say what each method needs.

    Counted are the passes that one would make: the sweep that chose the configuration reads every evaluation prompt
    once for each of its configurations. The directions are of the layer that this sweep found, whose passes are not
    counted for them.

    Parameters
    ----------
    subject : Subject
    sizes : Alternatives
    chosen : mapping of str to float
        From `choose_methods`.
    trained : int
        How many numbers LoRA trained.
    seed : int

    Returns
    -------
    DataFrame
        One row a method: `method`, `chosen`, `stored`, `read` and `prepared`, as `sna.tables.ALTERNATIVES_METHODS`.
    """
    model, strengths = subject.model, len(sizes.strengths)
    texts = sum(len(model.encode(text)) for text in subject.compared)
    evaluation = sum(len(prompt.context) for prompt in subject.evaluation)
    trained_on = 3 * sizes.lora.steps * sizes.lora.batch * np.mean([len(each.context) for each in subject.selection])
    neurons, direction = len(subject.neurons) + 2, model.adapter.unembedding.weight.shape[1] + 1
    read = _mean_length(subject, [[]] * len(subject.blocks))
    rows = [
        (NOTHING, 0, read, 0),
        # The neurons, the layer and the multiplier.
        (AMPLIFIED, neurons, read, texts + subject.experiments * evaluation),
        (RANDOM, neurons, read, 0),
        (TEMPERATURE, 1, read, evaluation),
        # The vector and the layer.
        (STEERING, direction, read, texts + strengths * evaluation),
        (PROBE, direction, read, texts + strengths * evaluation),
        (LORA, trained, read, round(trained_on)),
    ]
    for count in sizes.examples:
        sets = draw_examples(subject, count, seed)
        stored = np.mean([len(model.encode(precede(examples, ""))) - len(model.start) for examples in sets])
        rows.append((with_examples(count), round(stored), _mean_length(subject, sets), 0))
    methods = pd.DataFrame(rows, columns=["method", "stored", "read", "prepared"])
    return methods.assign(chosen=methods["method"].map(chosen).astype(float))


def _mean_length(subject: Subject, sets: Sequence[Sequence[Prompt]]) -> float:
    """Return how many tokens the model reads for a fresh prompt, on average, with the examples of its block."""
    return float(np.mean([len(prompt.context) for prompt in subject.tokenize_all(sets).values()]))
