"""Made-up tables of several tasks at once, whose truth the tests know because they planted it."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from made_up import CATEGORIES
from scipy.special import expit

from sna.experiments.together import choose_sets
from sna.tables import TOGETHER


def made_up_together(
    *,
    models: Sequence[str] = ("small",),
    tasks: int = 6,
    prompts: int = 24,
    draws: int = 4,
    truth: Literal["additive", "saturating", "nothing"] = "additive",
    own: float = 0.6,
    other: float = 0.1,
    noise: float = 0.1,
    seed: int = 0,
) -> pd.DataFrame:
    """Make a table that keeps `sna.tables.TOGETHER`.

    Parameters
    ----------
    models : sequence of str
        Names of the models; each has other noise, none another truth.
    tasks : int
        The first so many of `made_up.CATEGORIES`.
    prompts, draws : int
        Fresh prompts a task, and sets of random neurons.
    truth : {"additive", "saturating", "nothing"}
        What several tasks' neurons bring: the sum of what each brings alone; half of that; or nothing, as each alone.
    own, other : float
        What a task's own neurons bring to its logits, and what another task's bring; random ones bring a tenth.
    noise : float
        Standard deviation of what a prompt's gain differs by.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    names = list(CATEGORIES)[:tasks]
    sets = choose_sets(names, 2, np.random.default_rng(seed)) if tasks > 1 else [tuple(names)]
    frames = []
    for model in models:
        for task in names:
            logits = rng.normal(-1, 1, prompts)
            for members in (members for members in sets if len(members) == 1 or task in members):
                total = sum(own if member == task else other for member in members)
                share = {"additive": 1.0, "nothing": 0.0, "saturating": 0.5 if len(members) > 1 else 1.0}[truth]
                for kind, size in (("selected", 1.0), ("random", 0.1)):
                    after = logits + size * share * total + rng.normal(0, noise, prompts)
                    rows = {"model": model, "task": task, "kind": kind, "prompt": np.arange(prompts)}
                    rows |= {"draw": rows["prompt"] % draws if kind == "random" else 0}
                    rows |= {"amplified": "+".join(members), "size": len(members)}
                    rows |= {"baseline": expit(logits), "probability": expit(after)}
                    frames.append(pd.DataFrame(rows))
    return TOGETHER.check(pd.concat(frames)[list(TOGETHER.columns)], "made-up tasks at once")
