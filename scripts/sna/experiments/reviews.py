"""Reviews, classified without examples: which of two labels does the model rather put after the question?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, sweep_layer
from sna.errors import InputError
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, read_text, tokenize


@dataclass(frozen=True)
class Question:
    """How a sentence's sentiment is asked for.

    Attributes
    ----------
    prompt : str
        With {sentence} where the sentence goes.
    negative, positive : str
        The labels: what the model may say.
    """

    prompt: str
    negative: str
    positive: str

    def ask(self, sentence: str) -> str:
        """Return the text that the model reads.

        Parameters
        ----------
        sentence : str

        Returns
        -------
        str
        """
        return self.prompt.replace("{sentence}", sentence)

    def fits(self, model: LanguageModel, sentences: Sequence[str]) -> np.ndarray:
        """Say for each sentence whether the model can read it, with the question and either label.

        That is whether its context is long enough, and it knows all of the sentence.

        Parameters
        ----------
        model : LanguageModel
        sentences : sequence of str

        Returns
        -------
        ndarray of bool, shape (sentences,)
        """
        lengths = [
            [len(tokens) for tokens in model.encode_all([self.ask(text) + label for text in sentences])]
            for label in (self.negative, self.positive)
        ]
        # What is wrong with the question itself, or with a label, is no matter of the sentence.
        known = [_reads(model, text) for text in sentences]
        return (np.max(lengths, axis=0) <= model.adapter.n_ctx) & known

    def tokenize(self, model: LanguageModel, sentences: Sequence[str]) -> list[TokenizedPrompt]:
        """Return the question about each sentence, with either label, as tokens.

        Parameters
        ----------
        model : LanguageModel
        sentences : sequence of str

        Returns
        -------
        list of TokenizedPrompt
            Two a sentence, the negative label's first. The engine computes their common beginning once.

        Raises
        ------
        InputError
            If a label does not tokenize cleanly after the question, with its key in config.yaml.
        """
        return [self._tokenize(model, text, key) for text in sentences for key in ("negative", "positive")]

    def _tokenize(self, model: LanguageModel, sentence: str, key: str) -> TokenizedPrompt:
        try:
            return tokenize(model, self.ask(sentence), getattr(self, key))
        except InputError as error:
            raise InputError(f"config.yaml: sentiment.labels.{key}: {error} ({model.name})") from None


def _reads(model: LanguageModel, text: str) -> bool:
    try:
        read_text(model, text)
    except InputError:
        return False
    return True


@dataclass(frozen=True)
class Classified:
    """Probabilities of the two labels, the negative one first, as the model says them: they need not add up to 1.

    Attributes
    ----------
    before : ndarray, shape (sentences, 2)
        Unamplified.
    after : ndarray, shape (neuron counts, multipliers, sentences, 2)
        Under every configuration of the layer.
    """

    before: np.ndarray
    after: np.ndarray


def classify(
    model: LanguageModel,
    layer: int,
    prompts: Sequence[TokenizedPrompt],
    neuron_ids: Sequence[int],
    grid: Grid,
    *,
    dtype: torch.dtype | None = None,
) -> Classified:
    """Return what sentences are classified as, under all configurations of one layer.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The block whose neurons are amplified, from 0.
    prompts : sequence of TokenizedPrompt
        Two a sentence, from `Question.tokenize`.
    neuron_ids : sequence of int
        The layer's ranked neurons.
    grid : Grid
        The configurations.
    dtype : torch.dtype, optional
        As in `sna.engine.sweep.sweep_layer`.

    Returns
    -------
    Classified

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    (result,) = sweep_layer(model, layer, [SweepInput(prompts, [neuron_ids])], grid, dtype)
    return Classified(
        result.baseline.unflatten(-1, (-1, 2)).numpy(),
        result.probabilities[0].unflatten(-1, (-1, 2)).numpy(),
    )
