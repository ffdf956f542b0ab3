"""Made-up studies, whose truth the tests know because they planted it."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit

from sna.experiments.aggregation import aggregate_prompts
from sna.tables import CLASSIFIED, INTERFERENCE, NEURONS, PROMPTS

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
        Evaluation prompts a task, the first half of them in the fold `first`.
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
    fold = np.where(sweep["prompt"] < prompts / 2, "first", "second")
    return sweep.assign(fold=fold, effect=1.2 * 0.6**away - 0.2)


def _distance_to_middle(levels: Sequence[float]) -> dict[float, int]:
    return {level: abs(place - len(levels) // 2) for place, level in enumerate(levels)}


def _layer_effect(layer: pd.Series, task: str, layers: int) -> np.ndarray:
    """Give the best layer of the task's category the effect 1, and the others 0.3."""
    best = sorted(set(CATEGORIES.values())).index(CATEGORIES[task]) % layers
    return np.where(layer == best, 1.0, 0.3)


def experiments_of(prompts: pd.DataFrame) -> pd.DataFrame:
    """Aggregate made-up prompts as the workflow does, into a table that keeps `sna.tables.EXPERIMENTS`."""
    return aggregate_prompts(prompts)


def made_up_neurons(
    *,
    models: Sequence[str] = ("small",),
    tasks: int = 12,
    layers: int = 3,
    neurons: int = 20,
    width: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Make a table that keeps `sna.tables.NEURONS`.

    Parameters
    ----------
    models, tasks, layers
        As `made_up_prompts` takes them.
    neurons : int
        Top neurons of each task and layer. Half of them are those of its category, the others its own; they are other
        ones in every layer and model.
    width : int
        How many neurons a layer has.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    kinds = sorted(set(CATEGORIES.values()))
    frames = []
    for model, layer in product(models, range(layers)):
        order = rng.permutation(width)
        for place, task in enumerate(list(CATEGORIES)[:tasks]):
            half, first = neurons // 2, kinds.index(CATEGORIES[task])
            own = (len(kinds) + place) * half
            top = np.concatenate([order[first * half : (first + 1) * half], order[own : own + neurons - half]])
            found = {"model": model, "task": task, "layer": layer, "rank": np.arange(1, neurons + 1), "neuron": top}
            frames.append(pd.DataFrame(found | {"score": 1.0, "effect_size": 1.0}))
    return NEURONS.check(pd.concat(frames, ignore_index=True), "made-up neurons")


Effect = Literal["none", "better", "shift"]


def made_up_log_odds(truth: Effect, sentences: int, rng: np.random.Generator) -> pd.DataFrame:
    """Make sentences, every other one `positive`, with the log odds of the positive label `before` and `after`.

    Parameters
    ----------
    truth : {"none", "better", "shift"}
        What happens between, besides noise: nothing; the log odds move towards the right label by 1; or a shift of 1.5
        towards the positive label, which the unamplified model has, is taken back.
    sentences : int
    rng : numpy.random.Generator
    """
    positive = np.arange(sentences) % 2 == 1
    biased = 1.5 if truth == "shift" else 0.0
    effect = {"none": 0.0, "better": np.where(positive, 1.0, -1.0), "shift": -biased}[truth]
    before = rng.normal(np.where(positive, 0.8, -0.8) + biased, 1.2)
    return pd.DataFrame(
        {"positive": positive, "before": before, "after": before + effect + rng.normal(0, 0.2, sentences)}
    )


def made_up_classified(
    *, model: str = "small", truth: Effect = "none", tuning: int = 60, test: int = 400, seed: int = 0
) -> pd.DataFrame:
    """Make a table that keeps `sna.tables.CLASSIFIED`, of four configurations of which one was chosen.

    Parameters
    ----------
    model : str
        Name of the model.
    truth : {"none", "better", "shift"}
        What the chosen configuration does, as in `made_up_log_odds`; the others do nothing.
    tuning, test : int
        Sentences.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    sentences = made_up_log_odds(truth, tuning + test, rng)
    said = rng.uniform(0.01, 0.3, len(sentences))  # either label; the rest is for other words
    frames = []
    for layer, multiplier in product((1, 2), (1.5, 3.0)):
        chosen = (layer, multiplier) == (2, 3.0)
        before, after = sentences["before"], sentences["after" if chosen else "before"]
        rows = pd.DataFrame(
            {
                "model": model,
                "part": np.where(sentences.index < tuning, "tuning", "test"),
                "layer": layer,
                "neurons": 50,
                "multiplier": multiplier,
                "number": sentences.index,
                "label": np.where(sentences["positive"], "positive", "negative"),
                "negative_before": said * expit(-before),
                "positive_before": said * expit(before),
                "negative_after": said * expit(-after),
                "positive_after": said * expit(after),
            }
        )
        frames.append(rows if chosen else rows[rows["part"] == "tuning"])
    return CLASSIFIED.check(pd.concat(frames, ignore_index=True), "made-up reviews")


#: The statements of `made_up_interference`: whose neurons, and whose tasks.
STATED = {"arithmetic-on-poetry": ("arithmetic", "poetry"), "semantics-on-arithmetic": ("semantics", "arithmetic")}


def made_up_interference(
    *,
    models: Sequence[str] = ("small",),
    tasks: int = 12,
    prompts: int = 12,
    fresh: int = 24,
    draws: int = 8,
    effects: Mapping[tuple[str, str], float] | None = None,
    random: float = 0.0,
    noise: float = 0.1,
    seed: int = 0,
) -> pd.DataFrame:
    """Make a table that keeps `sna.tables.INTERFERENCE`, with the statements of `STATED`.

    Parameters
    ----------
    models : sequence of str
        Names of the models; each has other noise, none another truth.
    tasks : int
        The first so many of `CATEGORIES`.
    prompts, fresh : int
        Evaluation and fresh prompts a task.
    draws : int
        Sets of random neurons beside a statement's own, each measured on half the prompts of a task.
    effects : mapping, optional
        By the category of the amplified task and of the measured one: what each token's probability is multiplied by,
        less 1. Without it nothing changes but by chance.
    random : float
        The same by random neurons.
    noise : float
        Standard deviation of what is added to each prompt's multiplier.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    names = list(CATEGORIES)[:tasks]
    by_category = {kind: [name for name in names if CATEGORIES[name] == kind] for kind in CATEGORIES.values()}
    pairs = [("best", *pair, "target") for pair in product(names, names)]
    pairs += [("best", *pair, "text") for pair in product(names, by_category["poetry"])]
    for name, (kind, other) in STATED.items():
        pairs += [(name, *pair) for pair in product(by_category[kind], by_category[other], ("target", "text"))]
        pairs += [(name, source, source, "target") for source in by_category[kind] if by_category[other]]
    sets = {"evaluation": prompts, "fresh": fresh}
    keys = product(sets, names, ("target", "text"))
    baselines = {(of, *key): rng.uniform(0.05, 0.4, sets[of]) for of, *key in keys}
    frames = []
    for model, (setting, source, task, scored), of in product(models, pairs, sets):
        if setting == "best" and of == "fresh":
            continue
        n_draws = draws if setting != "best" and task != source else 0
        # The source's own neurons on all prompts, and each draw on every other one.
        numbers = [np.arange(sets[of]), *(np.arange(draw % 2, sets[of], 2) for draw in range(n_draws))]
        drawn = np.repeat(np.arange(n_draws + 1), list(map(len, numbers)))
        number = np.concatenate(numbers)
        planted = (effects or {}).get((CATEGORIES[source], CATEGORIES[task]), 0.0)
        change = 1 + np.where(drawn == 0, planted, random) + rng.normal(0, noise, len(number))
        tokens = number % 3 + 4 if scored == "text" else np.ones(len(number), dtype=int)
        baseline = baselines[of, task, scored][number]
        rows = {
            "model": model,
            "setting": setting,
            "source": source,
            "kind": np.where(drawn == 0, "selected", "random"),
            "draw": np.maximum(drawn - 1, 0),
            "layer": names.index(source) % 3 if setting == "best" else 2,
            "neurons": 50,
            "multiplier": 1.5,
            "task": task,
            "scored": scored,
            "prompts": of,
            "prompt": number,
            "tokens": tokens,
            "baseline": baseline**tokens,
            "probability": np.clip(baseline * change, 1e-9, 1) ** tokens,
        }
        frames.append(pd.DataFrame(rows))
    return INTERFERENCE.check(pd.concat(frames), "made-up interference")
