"""What stands beside one's own prompt: as many random neurons, and the target read after every layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sna.engine.layers import Amplification, measure_amplifications
from sna.engine.logit_lens import LogitLens, read_lens
from sna.errors import InputError
from sna.experiments.aggregation import improvement
from sna.experiments.controls import draw_random_sets
from sna.exploration.asking import Reading, token_text
from sna.exploration.views import TryView
from sna.inputs.config import Statistics
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt
from sna.statistics.estimate import Estimate, percentile_interval

#: Sets of random neurons that are tried beside the chosen ones.
DRAWS = 20
#: What neurons that are listed by hand are drawn beside, in place of a task.
_LISTED = "listed"


@dataclass(frozen=True)
class RandomNeurons:
    """A prompt under sets of random neurons.

    Attributes
    ----------
    draws : DataFrame
        A row a set: `draw` (from 0), `probability` (of the target) and `improvement` (percent).
    improvement : Estimate
        In percent: the mean over the sets, and the interval that holds the middle ones.
    """

    draws: pd.DataFrame
    improvement: Estimate

    def beaten_by(self, improvement: float) -> int:
        """Return how many of the sets gain less.

        Parameters
        ----------
        improvement : float
            In percent.

        Returns
        -------
        int
        """
        return int((self.draws["improvement"] < improvement).sum())


def draw_sets(view: TryView, neuron_ids: Mapping[int, Sequence[int]], n_neurons: int) -> list[dict[int, list[int]]]:
    """Draw, in each layer of a view, as many other neurons as it amplifies there.

    With the study's seed, and the neurons of one of its tasks, they are those that the study drew first.

    Parameters
    ----------
    view : TryView
    neuron_ids : mapping of int to sequence of int
        The view's, by layer.
    n_neurons : int
        How many a layer has.

    Returns
    -------
    list of dict of int to list of int
        `DRAWS` sets, each by layer.

    Raises
    ------
    InputError
        If a layer has fewer other neurons than chosen ones.
    """
    by_layer = {
        layer: draw_random_sets(
            chosen, n_neurons, DRAWS, view.seed, model=view.model, task=view.task or _LISTED, layer=layer
        )
        for layer, chosen in neuron_ids.items()
    }
    return [{layer: sets[draw] for layer, sets in by_layer.items()} for draw in range(DRAWS)]


def try_random(
    model: LanguageModel,
    view: TryView,
    prompt: TokenizedPrompt,
    neuron_ids: Mapping[int, Sequence[int]],
    before: Reading,
    *,
    settings: Statistics,
) -> RandomNeurons:
    """Amplify as many random neurons instead of the chosen ones, in one pass of the engine.

    Parameters
    ----------
    model, view, prompt, neuron_ids, before
        As `sna.exploration.trying.try_prompt` takes them.
    settings : Statistics
        How wide the interval is.

    Returns
    -------
    RandomNeurons

    Raises
    ------
    InputError
        If there are too few other neurons, the baseline is 0, or a probability is not a number.
    """
    if before.target == 0:
        raise InputError("target: its baseline probability is 0, so that no change has a percentage; shorten it")
    sets = draw_sets(view, neuron_ids, model.adapter.n_neurons)
    amplifications = [
        Amplification({layer: dict.fromkeys(drawn, view.multiplier) for layer, drawn in of_draw.items()})
        for of_draw in sets
    ]
    probabilities = measure_amplifications(model, [prompt], amplifications).probabilities[:, 0]
    draws = pd.DataFrame({"draw": range(DRAWS), "probability": probabilities})
    draws["improvement"] = improvement(draws["probability"], before.target)
    middle = percentile_interval(draws["improvement"].to_numpy(), settings.confidence_level)
    return RandomNeurons(draws, Estimate(float(draws["improvement"].mean()), *middle))


def read_layers(
    model: LanguageModel,
    prompt: TokenizedPrompt,
    neuron_ids: Mapping[int, Sequence[int]],
    multiplier: float,
) -> pd.DataFrame:
    """Return what is said of a target after every layer, without amplification and with it.

    Parameters
    ----------
    model : LanguageModel
    prompt : TokenizedPrompt
    neuron_ids : mapping of int to sequence of int
        What is amplified, by layer; nothing if it is empty.
    multiplier : float

    Returns
    -------
    DataFrame
        A row a token of the target and layer: `place` (of the token, from 0), `token` (its text, quoted), `layer`,
        `logit_before`, `logit_after`, `probability_before` and `probability_after`, as `sna.engine.logit_lens` reads
        them.
    """
    before, after = read_lens(model, prompt), read_lens(model, prompt, neuron_ids, multiplier)
    layers = range(model.adapter.n_layers)
    of_tokens = [
        pd.DataFrame({"place": place, "token": repr(token_text(model, [token])), "layer": layers})
        .assign(**_columns(before, place, "before"))
        .assign(**_columns(after, place, "after"))
        for place, token in enumerate(prompt.target)
    ]
    rows = pd.concat(of_tokens, ignore_index=True)
    return rows[["place", "token", "layer", "logit_before", "logit_after", "probability_before", "probability_after"]]


def _columns(lens: LogitLens, place: int, when: str) -> dict[str, list[float]]:
    return {
        f"logit_{when}": lens.logits[:, place].tolist(),
        f"probability_{when}": lens.log_probabilities[:, place].exp().tolist(),
    }
