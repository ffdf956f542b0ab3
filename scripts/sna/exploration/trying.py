"""One prompt before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from sna.engine.reference import amplified
from sna.experiments.aggregation import improvement
from sna.exploration.asking import Reading, ask, continue_prompt
from sna.exploration.neurons import check_listed, top_neurons
from sna.exploration.views import TryView
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


def chosen_neurons(view: TryView, model: LanguageModel, ranking: pd.DataFrame | None) -> dict[int, list[int]]:
    """Return the neurons that a view amplifies, by layer.

    Parameters
    ----------
    view : TryView
    model : LanguageModel
    ranking : DataFrame or None
        The model's table that keeps `sna.tables.NEURONS`; not needed for neurons that are listed by hand.

    Raises
    ------
    InputError
        If the model or the ranking does not have them.
    """
    if view.listed is not None:
        return check_listed(view.listed, len(model.anatomy.blocks), model.anatomy.width)
    return top_neurons(ranking, view.task, view.layers, view.neurons)


@dataclass(frozen=True)
class Tried:
    """A prompt before and after.

    Attributes
    ----------
    applied : bool
        Whether the amplification was applied; if not, before and after are the same.
    before, after : Reading
    """

    applied: bool
    before: Reading
    after: Reading

    @property
    def improvement(self) -> float | None:
        """What the target's probability gains, in percent; None if it was 0."""
        return improvement(self.after.target, self.before.target) if self.before.target else None


def try_prompt(
    model: LanguageModel,
    view: TryView,
    prompt: TokenizedPrompt,
    neurons: Mapping[int, Sequence[int]],
    before: Reading,
) -> Tried:
    """Measure a prompt under amplification, unless its baseline is not below the view's threshold.

    Parameters
    ----------
    model : LanguageModel
    view : TryView
    prompt : TokenizedPrompt
        The view's, as `sna.exploration.asking.read_prompt` returns it.
    neurons : mapping of int to sequence of int
        From `chosen_neurons`.
    before : Reading
        What the model says without amplification.
    """
    if view.below is not None and before.target >= view.below:
        return Tried(False, before, before)
    with amplified(model, neurons, view.multiplier):
        return Tried(True, before, ask(model, prompt))


class Continuations(NamedTuple):
    """A prompt's continuation before and after."""

    before: str
    after: str


def continue_both(
    model: LanguageModel, view: TryView, prompt: TokenizedPrompt, neurons: Mapping[int, Sequence[int]], *, applied: bool
) -> Continuations:
    """Continue a prompt without amplification and with it, where it is applied."""
    settings = (prompt.prompt, view.tokens, view.temperature, view.seed)
    before = continue_prompt(model, *settings)
    if not applied:
        return Continuations(before, before)
    with amplified(model, neurons, view.multiplier):
        return Continuations(before, continue_prompt(model, *settings))
