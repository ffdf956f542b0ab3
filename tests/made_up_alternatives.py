"""Made-up tasks under amplification and what one would do instead, whose truth is known because it is planted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from made_up import CATEGORIES

from sna.statistics.alternatives import Alternatives, Method, TaskUnder, Versus
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.logits import shift
from sna.tables import ALTERNATIVES, ALTERNATIVES_METHODS, ALTERNATIVES_PROSE

#: From which probability on a target is the most likely continuation.
TOP = 0.3
#: What each method adds to every logit, if nothing else is said.
GAINS = {"amplified": 0.2, "random": 0.0, "examples_1": 0.5, "examples_4": 1.5, "temperature": 0.0, "lora": -1.0}


@dataclass(frozen=True)
class MadeUpAlternatives:
    """Tables that keep `sna.tables.ALTERNATIVES`, `ALTERNATIVES_PROSE` and `ALTERNATIVES_METHODS`."""

    answers: pd.DataFrame
    prose: pd.DataFrame
    methods: pd.DataFrame


def made_up_alternatives(
    *,
    models: Sequence[str] = ("small",),
    tasks: int = 12,
    prompts: int = 24,
    gains: Mapping[str, float] | None = None,
    surprise: Mapping[str, float] | None = None,
    noise: float = 0.3,
    spread: float = 0.1,
    seed: int = 0,
) -> MadeUpAlternatives:
    """Make what `compare_alternatives` writes.

    Parameters
    ----------
    models : sequence of str
        Names of the models; each has other noise, none another truth.
    tasks : int
        The first so many of `made_up.CATEGORIES`.
    prompts : int
        Fresh prompts a task.
    gains : mapping, optional
        What each method adds to the logit of every target; by default `GAINS`. `nothing` is always there.
    surprise : mapping, optional
        By how many nats a token each method makes prose less likely.
    noise, spread : float
        Standard deviation of what is added to that at each prompt, and at each task.
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    gains = {"nothing": 0.0} | dict(GAINS if gains is None else gains)
    answers, prose, methods = [], [], []
    for model, task in product(models, list(CATEGORIES)[:tasks]):
        named = {"model": model, "task": task, "category": CATEGORIES[task]}
        baseline = rng.uniform(0.02, 0.6, prompts)
        for method, gain in gains.items():
            moved = 0 if method == "nothing" else rng.normal(gain, spread) + rng.normal(0, noise, prompts)
            probability = shift(baseline, moved)
            rows = {
                "method": method,
                "prompt": np.arange(prompts),
                "probability": probability,
                "top": probability > TOP,
            }
            answers.append(pd.DataFrame(rows).assign(**named))
            tokens = np.array([10, 20])
            rows = {"method": method, "text": [0, 1], "tokens": tokens}
            log_probability = -tokens * (3.0 + (surprise or {}).get(method, 0.0))
            prose.append(pd.DataFrame(rows).assign(log_probability=log_probability, **named))
            chosen = 1.5 if method in {"amplified", "random", "temperature"} else np.nan
            needs = {"method": method, "chosen": chosen, "stored": 7, "prepared": 100}
            methods.append(named | needs | {"read": 30.0 if method.startswith("examples") else 10.0})
    return MadeUpAlternatives(
        ALTERNATIVES.check(pd.concat(answers)[list(ALTERNATIVES.columns)], "made-up answers"),
        ALTERNATIVES_PROSE.check(pd.concat(prose)[list(ALTERNATIVES_PROSE.columns)], "made-up prose"),
        ALTERNATIVES_METHODS.check(pd.DataFrame(methods)[list(ALTERNATIVES_METHODS.columns)], "made-up methods"),
    )


def _versus(logit: float, called: str) -> Versus:
    return Versus(
        logit=Estimate(logit, logit - 0.1, logit + 0.1),
        logit_of_these=Estimate(logit, logit - 0.05, logit + 0.05),
        accuracy=Estimate(10 * logit, 10 * logit - 2, 10 * logit + 2),
        pvalue=0.001,
        pvalue_corrected=0.01,
        called=called,
        noise=0.02,
    )


def _method(title: str, nothing: Versus | None = None, amplified: Versus | None = None) -> Method:
    return Method(
        title=title,
        probability=0.2,
        accuracy=0.4,
        perplexity=21.0,
        perplexity_ratio=Estimate(1.05, 1.0, 1.1),
        stored=52.0,
        prepared=14_000.0,
        read=1.0,
        versus={"nothing": nothing, "amplified": amplified},
        by_task={"addition": TaskUnder("arithmetic", 0.1, 2.0, 1.5)},
    )


#: Evidence on a model on which four examples do more than amplification, random neurons less, and a temperature nobody
#: can tell.
EVIDENCE = Alternatives(
    n=12,
    prompts=60,
    simulated=400,
    noise_any={"nothing": 0.04, "amplified": 0.03},
    correction="Holm",
    methods={
        "nothing": _method("nothing"),
        "amplified": _method("amplification", nothing=_versus(0.2, "better")),
        "random": _method("random neurons", nothing=_versus(-0.1, "worse"), amplified=_versus(-0.3, "worse")),
        "temperature": _method(
            "temperature", nothing=_versus(0.05, "cannot tell"), amplified=_versus(-0.05, "cannot tell")
        ),
        "examples_4": _method("4 examples", nothing=_versus(1.5, "better"), amplified=_versus(1.3, "better")),
    },
)


def _untold(versus: Versus) -> Versus:
    known = {"logit": versus.logit, "logit_of_these": versus.logit_of_these, "accuracy": versus.accuracy}
    return replace(
        versus,
        **{name: replace(UNDEFINED, value=figure.value) for name, figure in known.items()},
        pvalue=1.0,
        pvalue_corrected=1.0,
        called="cannot tell",
        noise=0.0,
    )


#: The same of a single task, of which nothing can be told.
SMOKE = replace(
    EVIDENCE,
    n=1,
    noise_any={"nothing": 0.0, "amplified": 0.0},
    methods={
        name: replace(method, versus={other: versus and _untold(versus) for other, versus in method.versus.items()})
        for name, method in EVIDENCE.methods.items()
    },
)
