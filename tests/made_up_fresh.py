"""Made-up fresh prompts, whose truth the tests know because they planted it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from made_up import CATEGORIES
from numpy.typing import ArrayLike

from sna.statistics.configuration import Configuration
from sna.statistics.fresh_prompts import Controls, TaskPrompts
from sna.statistics.logits import shift
from sna.tables import FRESH, FRESH_PROMPTS, PROSE

#: How likely the target is after another prompt of the task, beside its own.
GUESS = 0.2
#: From which probability on a target is the most likely continuation.
TOP = 0.3


@dataclass(frozen=True)
class MadeUpFresh:
    """Tables that keep `sna.tables.FRESH_PROMPTS`, `sna.tables.FRESH` and `sna.tables.PROSE`."""

    prompts: pd.DataFrame
    gains: pd.DataFrame
    prose: pd.DataFrame


def made_up_fresh(
    *,
    models: Sequence[str] = ("small",),
    tasks: int = 12,
    prompts: int = 240,
    draws: Mapping[str, int] | None = None,
    prompts_per_draw: int = 12,
    gain: float | Mapping[str, float] = 0.0,
    other_gain: float = 0.0,
    noise: float = 0.3,
    draw_spread: float = 0.05,
    baselines: Mapping[str, float] | None = None,
    guess: float = GUESS,
    other_start: float | None = None,
    seed: int = 0,
) -> MadeUpFresh:
    """Make what `confirm_choices` writes.

    Parameters
    ----------
    models : sequence of str
        Names of the models; each has other noise, none another truth.
    tasks : int
        The first so many of `made_up.CATEGORIES`.
    prompts : int
        Fresh prompts a task; every other one belongs to the first half.
    draws : mapping, optional
        How many controls a task has of each kind among random, matched and direction.
    prompts_per_draw : int
        On how many prompts each of these is measured: draw d on block d modulo the number of blocks.
    gain : float or mapping
        Logit gain by the task's own neurons, the same for all tasks or by task.
    other_gain : float
        Logit gain at the best layer of another category than the task's.
    noise : float
        Standard deviation of each prompt's logit gain around what neurons give, whichever they are.
    draw_spread : float
        Standard deviation of the logit gains of the controls, which are 0 on average.
    baselines : mapping, optional
        Typical baseline of each task; by default they ascend from 0.02 to 0.4 in the order of `made_up.CATEGORIES`.
    guess : float
        Probability of the target after another prompt, beside that after its own.
    other_start : float, optional
        What the logit of every target gains where the text begins the other way; by default there is no start token.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    names = list(CATEGORIES)[:tasks]
    baselines = baselines or dict(zip(names, np.geomspace(0.02, 0.4, tasks), strict=True))
    draws = {"random": 200, "matched": 20, "direction": 20} if draws is None else draws
    gains = gain if isinstance(gain, Mapping) else dict.fromkeys(names, gain)
    tables = {"prompts": [], "gains": [], "prose": []}

    def amplify(rows: pd.DataFrame, gain: float | np.ndarray, **what) -> None:
        probability = shift(rows["baseline"], gain + rng.normal(0, noise, len(rows)))
        amplified = {"draw": 0, "layer": 2, "neurons": 50, "multiplier": 2.0, "probability": probability} | what
        laid_out = rows[["model", "task", "prompt"]].assign(top=probability > TOP, **amplified)
        tables["gains"].append(laid_out[list(FRESH.columns)])

    for model, task in product(models, names):
        own = _make_prompts(rng, model=model, task=task, typical=baselines[task], prompts=prompts, guess=guess)
        own = own.assign(other_start=np.nan if other_start is None else shift(own["baseline"], other_start))
        own = own[list(FRESH_PROMPTS.columns)]
        tables["prompts"].append(own)
        tables["prose"].append(_make_prose(rng, model, task, draws["random"]))
        amplify(own, gains[task], kind="selected", source=task)
        if other_start is not None:
            amplify(own.assign(baseline=own["other_start"]), gains[task], kind="other_start", source=task)
        for layer, category in enumerate(sorted({CATEGORIES[name] for name in names})):
            at_layer = gains[task] if category == CATEGORIES[task] else other_gain
            amplify(own, at_layer, kind="layer", source=category, layer=layer)
        for other in names:
            if other != task:
                amplify(own, rng.normal(0, draw_spread), kind="other", source=other)
        for kind, n in draws.items():
            draw, place = _part(n, prompts, prompts_per_draw)
            spread = rng.normal(0, draw_spread, n)
            amplify(own.iloc[place], spread[draw], kind=kind, source=task, draw=draw)
    return MadeUpFresh(
        FRESH_PROMPTS.check(pd.concat(tables["prompts"]), "made-up fresh prompts"),
        FRESH.check(pd.concat(tables["gains"]), "made-up gains"),
        PROSE.check(pd.concat(tables["prose"]), "made-up prose"),
    )


def _make_prompts(
    rng: np.random.Generator, *, model: str, task: str, typical: float, prompts: int, guess: float
) -> pd.DataFrame:
    baseline = shift(typical, rng.normal(0, 0.7, prompts))
    number = np.arange(prompts)
    rows = {
        "model": model,
        "task": task,
        "category": CATEGORIES[task],
        "prompt": number,
        "half": np.where(number % 2 == 0, "first", "second"),
        "text": [f"{task} {n}" for n in number],
        "target": " yes",
        "source": "made up",
        "baseline": baseline,
        "guess": np.clip(guess * baseline * rng.lognormal(0, 0.5, prompts), 0, 1),
        "top": baseline > TOP,
    }
    return pd.DataFrame(rows)


def _part(draws: int, prompts: int, prompts_per_draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each measurement which draw it is of, and the place of the prompt."""
    draw, place = np.divmod(np.arange(draws * prompts_per_draw), prompts_per_draw)
    return draw, draw % (prompts // prompts_per_draw) * prompts_per_draw + place


def _make_prose(rng: np.random.Generator, model: str, task: str, draws: int) -> pd.DataFrame:
    amplified = [("selected", 0), *(("random", draw) for draw in range(draws))]
    rows = [
        (model, task, kind, draw, text, 20, -60.0, -60.0 - harm, harm / 2)
        for kind, draw in amplified
        for text, harm in enumerate(rng.uniform(0, 4 if kind == "selected" else 2, 3))
    ]
    return pd.DataFrame(rows, columns=list(PROSE.columns))


def made_up_task(
    gains: ArrayLike,
    *,
    name: str = "addition",
    baseline: ArrayLike = 0.1,
    top: ArrayLike = False,
    top_amplified: ArrayLike = False,
    layer_gains: Mapping[str, float] | None = None,
    **controls: Controls,
) -> TaskPrompts:
    """Arrange a task whose every other prompt belongs to the first half.

    Parameters
    ----------
    gains : array_like, shape (prompts,)
        Logit gains by the task's own neurons.
    name : str
        One of `made_up.CATEGORIES`.
    baseline, top, top_amplified : array_like, shape (prompts,) or ()
    layer_gains : mapping, optional
        Mean logit gain at the best layer of each category.
    **controls
        By kind; random ones by default do nothing.
    """
    gains = np.asarray(gains, dtype=float).round(9)  # as the statistics round them
    baseline, top, top_amplified = (np.broadcast_to(value, gains.shape) for value in (baseline, top, top_amplified))
    idle = made_up_controls(np.zeros((2, gains.size)), baseline, np.array([top, top]))
    return TaskPrompts(
        name=name,
        category=CATEGORIES[name],
        configuration=Configuration(layer=2, neurons=50, multiplier=2.0),
        baseline=baseline,
        guess=baseline * GUESS,
        top=top,
        first=np.arange(gains.size) % 2 == 0,
        probability=shift(baseline, gains),
        logit_gain=gains,
        top_amplified=top_amplified,
        controls={"random": idle} | controls,
        layers={category: number for number, category in enumerate(layer_gains or {})},
        layer_gains=layer_gains or {},
    )


def made_up_controls(
    gains: ArrayLike, baseline: ArrayLike = 0.1, top: ArrayLike = False, measured: ArrayLike = True
) -> Controls:
    """Arrange controls.

    Parameters
    ----------
    gains : array_like, shape (draws, prompts)
        Logit gains.
    baseline : array_like, shape (prompts,) or ()
    top : array_like, shape (draws, prompts) or ()
        Whether the target is the most likely continuation then.
    measured : array_like of bool, shape (draws, prompts) or ()
        On which prompts a draw is measured.
    """
    gains = np.asarray(gains, dtype=float)
    draw, prompt = np.nonzero(np.broadcast_to(measured, gains.shape))
    probability = shift(np.broadcast_to(baseline, gains.shape), gains)
    return Controls(
        draw=draw,
        prompt=prompt,
        probability=probability[draw, prompt],
        logit_gain=gains[draw, prompt],
        top=np.broadcast_to(top, gains.shape)[draw, prompt],
        prompts=gains.shape[1],
    )


def in_blocks(draws: int, prompts: int, prompts_per_draw: int) -> np.ndarray:
    """Return which draw is measured on which prompt, shape (draws, prompts): draw d on block d modulo their number."""
    measured = np.zeros((draws, prompts), dtype=bool)
    measured[_part(draws, prompts, prompts_per_draw)] = True
    return measured
