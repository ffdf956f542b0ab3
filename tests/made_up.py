"""Made-up studies, whose truth the tests know because they planted it."""

from collections.abc import Sequence
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd

from sna.aggregation import aggregate_prompts
from sna.tables import PROMPTS

#: The tasks in the order in which studies take them: categories take turns, so that three tasks are of three kinds.
CATEGORIES = {
    "addition": "arithmetic",
    "syllogisms": "logic",
    "antonyms": "semantics",
    "rhymes": "poetry",
    "python_idioms": "coding",
    "subtraction": "arithmetic",
    "transitivity": "logic",
    "analogies": "semantics",
    "verses": "poetry",
    "python_expressions": "coding",
    "multiplication": "arithmetic",
    "sequences": "arithmetic",
}


def made_up_prompts(
    *,
    models: Sequence[str] = ("small",),
    tasks: int = 12,
    layers: int = 3,
    neurons: Sequence[int] = (5, 50),
    multipliers: Sequence[float] = (1.5, 3.0),
    prompts: int = 12,
    truth: Literal["saturation", "none"] = "saturation",
    specialized: bool = True,
    noise: float = 0.02,
    seed: int = 0,
) -> pd.DataFrame:
    """Make a table that keeps `sna.tables.PROMPTS`.

    Parameters
    ----------
    models : sequence of str
        Names of the models; each has other noise, none another truth.
    tasks : int
        The first so many of `CATEGORIES`. Their baselines ascend from 0.02 to 0.5 in a shuffled order.
    layers, neurons, multipliers
        The sweep: layers 0 to ``layers - 1``, and the grid. The largest gain is at the middle of the grid.
    prompts : int
        Evaluation prompts a task, the first half of them in the half `first`.
    truth : {"saturation", "none"}
        Whether a task's gain falls as its baseline rises, or has nothing to do with it.
    specialized : bool
        Whether each category has a best layer of its own; otherwise the layer makes no difference.
    noise : float
        Standard deviation of the logarithm of each prompt's probability around the truth.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    names = list(CATEGORIES)[:tasks]
    baselines = dict(zip(names, rng.permutation(np.geomspace(0.02, 0.5, tasks)), strict=True))
    if truth == "saturation":
        gains = {name: 0.03 / baseline**0.7 for name, baseline in baselines.items()}
    else:
        gains = dict(zip(names, rng.uniform(0.05, 0.5, tasks), strict=True))
    sweep = _sweep(layers, neurons, multipliers, prompts)
    frames = []
    for model, name in product(models, names):
        shape = sweep["effect"] * (_layer_effect(sweep["layer"], name, layers) if specialized else 1)
        without = np.clip(baselines[name] * rng.lognormal(0, 0.3, prompts), 0, 1)[sweep["prompt"]]
        raised = without * (1 + gains[name] * shape) * rng.lognormal(0, noise, len(sweep))
        frames.append(
            sweep.assign(
                model=model,
                task=name,
                category=CATEGORIES[name],
                baseline=without,
                probability=np.clip(raised, 0, 1),
            )[list(PROMPTS.columns)]
        )
    return PROMPTS.check(pd.concat(frames, ignore_index=True), "made-up prompts")


def _sweep(layers: int, neurons: Sequence[int], multipliers: Sequence[float], prompts: int) -> pd.DataFrame:
    """List one task's rows, with the share of the task's gain that each has: 1 at the grid's middle, below 0 afar."""
    names = ["layer", "neurons", "multiplier", "prompt"]
    rows = pd.MultiIndex.from_product([range(layers), neurons, multipliers, range(prompts)], names=names)
    sweep = rows.to_frame(index=False)
    away = sweep["neurons"].map(_distance_to_middle(neurons)) + sweep["multiplier"].map(
        _distance_to_middle(multipliers)
    )
    half = np.where(sweep["prompt"] < prompts / 2, "first", "second")
    return sweep.assign(half=half, effect=1.2 * 0.6**away - 0.2)


def _distance_to_middle(levels: Sequence[float]) -> dict[float, int]:
    return {level: abs(place - len(levels) // 2) for place, level in enumerate(levels)}


def _layer_effect(layer: pd.Series, task: str, layers: int) -> np.ndarray:
    """Give the best layer of the task's category the effect 1, and the others 0.3."""
    best = sorted(set(CATEGORIES.values())).index(CATEGORIES[task]) % layers
    return np.where(layer == best, 1.0, 0.3)


def experiments_of(prompts: pd.DataFrame) -> pd.DataFrame:
    """Aggregate made-up prompts as the workflow does, into a table that keeps `sna.tables.EXPERIMENTS`."""
    return aggregate_prompts(prompts)
