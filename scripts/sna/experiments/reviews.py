"""Classifying the sentiment of reviews, zero-shot: which of two labels does the model rather put after the question?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sna.engine.grid import Grid
from sna.engine.sweep import Intervention, sweep_layer
from sna.errors import InputError
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, tokenize


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
        """Return the text that the model reads."""
        return self.prompt.replace("{sentence}", sentence)

    def fits(self, model: LanguageModel, sentences: Sequence[str]) -> np.ndarray:
        """Say for each sentence whether the model can read it, with the question and either label.

        Returns
        -------
        ndarray of bool, shape (sentences,)
        """
        lengths = [
            [len(tokens) for tokens in model.tokenizer([self.ask(text) + label for text in sentences])["input_ids"]]
            for label in (self.negative, self.positive)
        ]
        return np.max(lengths, axis=0) <= model.anatomy.context

    def tokenize(self, model: LanguageModel, sentences: Sequence[str]) -> list[TokenizedPrompt]:
        """Split the question about each sentence, and either label, into tokens.

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
            return tokenize(model.tokenizer, self.ask(sentence), getattr(self, key), model.anatomy.context)
        except InputError as error:
            raise InputError(f"config.yaml: sentiment.labels.{key}: {error} ({model.name})") from None


@dataclass(frozen=True)
class Classified:
    """Probabilities of the two labels, the negative one first, as the model says them: they need not add up to 1.

    Attributes
    ----------
    before : ndarray, shape (sentences, 2)
        Unamplified.
    after : ndarray, shape (counts, multipliers, sentences, 2)
        Under every configuration of the layer.
    """

    before: np.ndarray
    after: np.ndarray


def classify(
    model: LanguageModel,
    layer: int,
    prompts: Sequence[TokenizedPrompt],
    ranking: Sequence[int],
    grid: Grid,
    *,
    dtype: torch.dtype | None = None,
) -> Classified:
    """Classify sentences under all configurations of one layer.

    Parameters
    ----------
    model : LanguageModel
        The model.
    layer : int
        The block whose neurons are amplified, from 0.
    prompts : sequence of TokenizedPrompt
        Two a sentence, from `Question.tokenize`.
    ranking : sequence of int
        The layer's neurons, the first to be amplified first.
    grid : Grid
        The configurations.
    dtype : torch.dtype, optional
        As in `sna.engine.sweep.sweep_layer`.

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    (swept,) = sweep_layer(model, layer, [Intervention(prompts, [ranking])], grid, dtype)
    return Classified(
        swept.baseline.unflatten(-1, (-1, 2)).numpy(),
        swept.probabilities[0].unflatten(-1, (-1, 2)).numpy(),
    )
