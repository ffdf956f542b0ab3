"""Is amplification better than what one would do instead, on the same fresh prompts?"""

from dataclasses import dataclass

from sna.statistics.better import Called
from sna.statistics.estimate import Estimate


@dataclass(frozen=True)
class Versus:
    """A method less another, on the same prompts.

    Attributes
    ----------
    logit : Estimate
        Mean over the tasks of the mean difference of the target's logit, in nats; t interval over tasks.
    logit_of_these : Estimate
        The same with the interval for these very tasks: bootstrap over the prompts of each.
    accuracy : Estimate
        Mean over the tasks of the difference in prompts whose target is the most likely continuation, in percentage
        points; t interval over tasks.
    pvalue, pvalue_corrected : float
        Of the logit's mean difference, for this method alone and for all of them together.
    called : {"better", "worse", "cannot tell"}
        By the corrected p-value, as `sna.statistics.better.call` has it.
    noise : float
        Share of the simulated studies in which no method does anything that call this one better.
    """

    logit: Estimate
    logit_of_these: Estimate
    accuracy: Estimate
    pvalue: float
    pvalue_corrected: float
    called: Called
    noise: float


@dataclass(frozen=True)
class TaskUnder:
    """One task under a method.

    Attributes
    ----------
    logit, accuracy : float
        By how much the mean logit, and the accuracy in percentage points, differ from those of the model as it is.
    chosen : float or None
        The multiplier, temperature or strength that the evaluation prompts chose.
    """

    category: str
    logit: float
    accuracy: float
    chosen: float | None


@dataclass(frozen=True)
class Method:
    """One way to raise a task's targets.

    Attributes
    ----------
    title : str
        What it is called.
    probability, accuracy : float
        Mean over the tasks of the target's mean probability, and of the share of prompts whose target is the most
        likely continuation.
    perplexity : float
        Of neutral prose; geometric mean over the tasks.
    perplexity_ratio : Estimate
        To that of the model as it is; t interval over tasks, of its logarithm.
    stored, prepared : float
        How many numbers must be kept for a task, and how many tokens are read beforehand; medians over the tasks.
    read : float
        Tokens that are read for a prompt, as a multiple of the prompt's own.
    versus : dict of str to Versus or None
        By what it is compared with, `nothing` and `amplified`. None of itself, and of nothing beside amplification,
        which is the same as amplification beside nothing.
    by_task : dict of str to TaskUnder
    """

    title: str
    probability: float
    accuracy: float
    perplexity: float
    perplexity_ratio: Estimate
    stored: float
    prepared: float
    read: float
    versus: dict[str, Versus | None]
    by_task: dict[str, TaskUnder]


@dataclass(frozen=True)
class Alternatives:
    """One model under all methods.

    Attributes
    ----------
    n : int
        Tasks.
    prompts : int
        Fresh prompts of a task; the fewest of any.
    simulated : int
        Studies in which no method does anything.
    noise_any : dict of str to float
        By what methods are compared with: share of these studies that call at least one of them better.
    correction : str
        How p-values allow for the number of methods.
    methods : dict of str to Method
    """

    n: int
    prompts: int
    simulated: int
    noise_any: dict[str, float]
    correction: str
    methods: dict[str, Method]
