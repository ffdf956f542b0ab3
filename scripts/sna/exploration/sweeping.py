"""One prompt under all configurations of some layers, step by step, so that whoever waits sees how far it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, sweep_layer
from sna.errors import InputError
from sna.experiments.aggregation import improvement
from sna.experiments.ranking import top_neurons
from sna.experiments.tabulation import tabulate_sweep
from sna.exploration.limits import check_configurations
from sna.exploration.views import SweepView
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

#: Positions times variants of a step: a few seconds on one core in the lowest layer of a small model.
STEP = 1000


@dataclass(frozen=True)
class Step:
    """Some of a layer's configurations: these neuron counts, each with every multiplier."""

    layer: int
    n_neurons: tuple[int, ...]


def plan_sweep(view: SweepView, tokens: int) -> list[Step]:
    """Return a sweep's steps, which take about as long as one another; between them it can be stopped.

    Parameters
    ----------
    view : SweepView
    tokens : int
        Of prompt and target.

    Returns
    -------
    list of Step

    Raises
    ------
    InputError
        If the sweep is too large for the explorer.
    """
    check_configurations(len(view.layers), len(view.neurons), len(view.multipliers))
    size = max(1, STEP // (tokens * len(view.multipliers)))
    parts = [tuple(view.neurons[start : start + size]) for start in range(0, len(view.neurons), size)]
    return [Step(layer, part) for layer in view.layers for part in parts]


def run_step(
    model: LanguageModel, view: SweepView, prompt: TokenizedPrompt, ranking: pd.DataFrame, step: Step
) -> pd.DataFrame:
    """Return what the engine measures in a step.

    Parameters
    ----------
    model : LanguageModel
    view : SweepView
    prompt : TokenizedPrompt
        The view's, as `sna.exploration.asking.read_prompt` returns it.
    ranking : DataFrame
        The model's table that keeps `sna.tables.NEURONS`.
    step : Step
        From `plan_sweep`.

    Returns
    -------
    DataFrame
        A row a configuration: `layer`, `neurons`, `multiplier`, `baseline`, `probability` and `improvement` (percent).

    Raises
    ------
    InputError
        If the ranking has not these neurons, a probability is not a number, or the baseline is 0.
    """
    neuron_ids = top_neurons(ranking, view.task, [step.layer], max(step.n_neurons))[step.layer]
    grid = Grid(step.n_neurons, view.multipliers)
    (result,) = sweep_layer(model, step.layer, [SweepInput([prompt], [neuron_ids])], grid)
    if result.baseline.item() == 0:
        raise InputError("target: its baseline probability is 0, so that no improvement has a percentage; shorten it")
    rows = tabulate_sweep(result, grid).assign(layer=step.layer)
    rows["improvement"] = improvement(rows["probability"], rows["baseline"])
    return rows[["layer", "neurons", "multiplier", "baseline", "probability", "improvement"]]


def sweep_prompt(
    model: LanguageModel, view: SweepView, prompt: TokenizedPrompt, ranking: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """Yield what the engine measures, step by step.

    Parameters
    ----------
    model, view, prompt, ranking
        As `run_step` takes them.

    Yields
    ------
    DataFrame
        As `run_step` returns it.
    """
    for step in plan_sweep(view, len(prompt.context) + 1):
        yield run_step(model, view, prompt, ranking, step)
