"""One prompt before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from sna.engine.reference import amplified
from sna.errors import InputError
from sna.experiments.aggregation import improvement
from sna.experiments.ranking import top_neurons
from sna.exploration.asking import Reading, ask, continue_prompt
from sna.exploration.neurons import check_listed
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

    Returns
    -------
    dict of int to list of int

    Raises
    ------
    InputError
        If the model or the ranking does not have them.
    """
    if view.task is None:
        return check_listed(view.listed or {}, model.adapter.n_layers, model.adapter.n_neurons)
    if ranking is None:
        raise InputError(f"task: the study has not ranked the neurons of {view.model} by task; list neurons by hand")
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
    neuron_ids: Mapping[int, Sequence[int]],
    before: Reading,
) -> Tried:
    """Return a prompt before and after amplification, which is applied if the baseline is below the view's threshold.

    Parameters
    ----------
    model : LanguageModel
    view : TryView
    prompt : TokenizedPrompt
        The view's, as `sna.exploration.asking.read_prompt` returns it.
    neuron_ids : mapping of int to sequence of int
        From `chosen_neurons`.
    before : Reading
        What the model says without amplification.

    Returns
    -------
    Tried
    """
    if view.below is not None and before.target >= view.below:
        return Tried(False, before, before)
    with amplified(model, neuron_ids, view.multiplier):
        return Tried(True, before, ask(model, prompt))


class Continuations(NamedTuple):
    """A prompt's continuation before and after."""

    before: str
    after: str


def continue_both(
    model: LanguageModel,
    view: TryView,
    prompt: TokenizedPrompt,
    neuron_ids: Mapping[int, Sequence[int]],
    before: str,
    *,
    applied: bool,
) -> Continuations:
    """Return a prompt's continuation without amplification, and with it.

    Parameters
    ----------
    model, view, prompt, neuron_ids
        As `try_prompt` takes them.
    before : str
        The continuation without amplification.
    applied : bool
        From `try_prompt`: whether amplification is applied.

    Returns
    -------
    Continuations
    """
    if not applied:
        return Continuations(before, before)
    with amplified(model, neuron_ids, view.multiplier):
        after = continue_prompt(model, prompt.prompt, view.tokens, view.temperature, view.seed)
    return Continuations(before, after)
