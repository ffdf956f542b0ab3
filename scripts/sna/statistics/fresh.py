"""What is left of amplification on fresh prompts, which had no part in any choice, and beside controls?"""

from dataclasses import dataclass

from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate
from sna.statistics.predictors import Predictors
from sna.statistics.zones import BestOfZone


@dataclass(frozen=True)
class Against:
    """The selected neurons against controls of one kind, on the same prompts.

    Attributes
    ----------
    draws : int
        How many controls there are.
    logit_gain : Estimate
        Mean over the controls, and the interval that holds the middle ones, as they would be on all prompts.
    improvement : Estimate
        In percent: mean over the controls, and the interval that holds the middle ones on the prompts that each was
        measured on.
    difference : Estimate
        Mean over the prompts of the selected neurons' logit gain less the mean of the controls'; t interval.
    share_beaten : float
        Share of the controls whose logit gain the selected neurons exceed on the prompts that a control was measured
        on. The noise of a few prompts draws it towards one half.
    pvalue, pvalue_corrected : float
        Of a control doing at least as well on all prompts, for this task alone, and corrected for the number of tasks.
    """

    draws: int
    logit_gain: Estimate
    improvement: Estimate
    difference: Estimate
    share_beaten: float
    pvalue: float
    pvalue_corrected: float


@dataclass(frozen=True)
class Answers:
    """Whether the target is the most likely continuation, before and under amplification.

    Attributes
    ----------
    wrong, right : int
        Of how many prompts it is not, and is, before.
    put_right, broken : Estimate
        Share of the wrong ones that amplification puts right, and of the right ones that it breaks.
    put_right_by_random, broken_by_random : float or None
        The same by random neurons, on average over the draws.
    """

    wrong: int
    right: int
    put_right: Estimate
    broken: Estimate
    put_right_by_random: float | None
    broken_by_random: float | None


@dataclass(frozen=True)
class ProseEffect:
    """What amplification does to neutral prose: perplexity, and divergence from the unamplified model.

    Attributes
    ----------
    perplexity_before, perplexity_after : float
    divergence : float
        Kullback-Leibler divergence in nats a token.
    """

    perplexity_before: float
    perplexity_after: float
    divergence: float


@dataclass(frozen=True)
class FreshTask:
    """One task at the configuration that its evaluation prompts chose.

    Attributes
    ----------
    n : int
        How many fresh prompts were measured.
    zone : int
        Of the baseline on the fresh prompts.
    baseline : Estimate
        Mean probability of the target; bootstrap over prompts.
    guess : float
        Mean probability of the target after another prompt of the task.
    above_guess : Estimate
        Mean logarithm of baseline over guess; t interval over prompts.
    known : bool
        Whether the baseline is clearly above both the guess and that of a uniform distribution over the vocabulary.
    improvement : Estimate
        ``100 * (mean p / mean p0 - 1)`` in percent; bootstrap over prompts.
    median_ratio : float
        Of p and p0 over the prompts.
    share_improved : Estimate
        Share of the prompts whose target gains; bootstrap.
    logit_gain : Estimate
        Mean over the prompts; t interval.
    random, matched, direction, other : Against
        Against random neurons, random ones of like activation, random directions of the same norm, and the other tasks'
        neurons; None where a study has none.
    prose, prose_random : ProseEffect or None
        By the selected neurons, and by random ones on average.
    holds : bool
        Whether the gain is there: logit gain and improvement lie above 0, the logit gain above that of random neurons,
        and hardly any set of these would do as well.
    """

    category: str
    n: int
    zone: int
    baseline: Estimate
    guess: float
    above_guess: Estimate
    known: bool
    configuration: Configuration
    improvement: Estimate
    median_ratio: float
    share_improved: Estimate
    logit_gain: Estimate
    random: Against
    matched: Against | None
    direction: Against | None
    other: Against | None
    answers: Answers
    prose: ProseEffect | None
    prose_random: ProseEffect | None
    holds: bool


@dataclass(frozen=True)
class FreshSaturation:
    """Baselines from one half of the fresh prompts against improvements on the other half, both ways.

    Attributes
    ----------
    rho : Estimate
        Spearman's rho over tasks, mean of the two ways; bootstrap over tasks and their prompts.
    pvalue : float or None
        Two-sided permutation test.
    rho_shuffled : Estimate
        What the tasks' own logit gains give when they are shuffled over the tasks: median and central interval.
    pvalue_shuffled : float or None
        Share of the shuffles with a rho as low as the observed one.
    rho_random : Estimate
        By random neurons, averaged over the draws; bootstrap like that of `rho`.
    beyond_random : Estimate
        Rho of baseline and improvement less that by random neurons; bootstrap like that of `rho`.
    logit : Estimate
        Rho of baseline and mean logit gain, on the same halves.
    """

    n: int
    rho: Estimate
    pvalue: float | None
    rho_shuffled: Estimate
    pvalue_shuffled: float | None
    rho_random: Estimate
    beyond_random: Estimate
    logit: Estimate


@dataclass(frozen=True)
class FreshZone:
    """The tasks of one zone by their baselines on fresh prompts; improvements in percent.

    Attributes
    ----------
    mean : Estimate
        Mean over the tasks; t interval.
    random : Estimate
        Mean over the tasks of the improvement by random neurons, averaged over their draws; t interval.
    difference : Estimate
        Mean over the tasks of the logit gain less that of random neurons; t interval.
    best : BestOfZone or None
        The zone's largest improvement, with its bootstrap interval over prompts, corrected for the number of tasks.
    above_negligible, maybe_above_negligible : int
        Of how many tasks the interval lies above the negligible improvement, and of how many it reaches above it.
    needed : int or None
        How many tasks would do for an interval whose half-width is a third of the mean, at this mean and spread.
    """

    n: int
    tasks: list[str]
    mean: Estimate
    random: Estimate
    difference: Estimate
    best: BestOfZone | None
    above_negligible: int
    maybe_above_negligible: int
    needed: int | None


@dataclass(frozen=True)
class FreshLayers:
    """Is a category's gain at its own best layer larger than at those of the other categories?

    Attributes
    ----------
    specialization : Estimate
        Mean over the tasks of the logit gain at the own category's best layer less the mean at the others'; t interval.
    by_category : dict
        For each category of tasks, the mean logit gain of its tasks at each category's best layer, by that category.
    layers : dict
        The best layer of each category, which the evaluation prompts chose.
    """

    specialization: Estimate
    by_category: dict[str, dict[str, Estimate]]
    layers: dict[str, int]


@dataclass(frozen=True)
class FreshConfident:
    """Does amplification leave alone what the model is confident of? Over prompts, with tasks as a random factor.

    Attributes
    ----------
    threshold : float
        The baseline from which a prompt counts as confident.
    n, n_others : int
        Confident prompts, and the others.
    improvement : Estimate
        Of the confident prompts, in percent of their mean probability; bootstrap over tasks.
    difference : Estimate
        Mean logit gain less that of random neurons on the other prompts; t interval over tasks.
    """

    threshold: float
    n: int
    n_others: int
    improvement: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Fresh:
    """One model on fresh prompts.

    Attributes
    ----------
    n, known, holding : int
        How many tasks there are, how many of them the model knows, and on how many the gain is there. Whatever is over
        several tasks, such as `saturation`, is over those that the model knows.
    draws, prompts_per_draw : int
        How many sets of random neurons there are, and on how many prompts each is measured.
    answers : Answers
        Over the tasks that the model knows; shares are means over prompts, with t intervals over tasks.
    net_put_right : Estimate
        Prompts put right less prompts broken, as a share of all, less the same by random neurons; t interval over
        tasks.
    predictors, predictors_logit : Predictors
        Whether the baseline predicts improvement in percent, and the logit gain, better than the category does.
    """

    n: int
    known: int
    holding: int
    draws: int
    prompts_per_draw: int
    correction: str
    by_task: dict[str, FreshTask]
    saturation: FreshSaturation
    zones: dict[str, FreshZone]
    layers: FreshLayers
    answers: Answers
    net_put_right: Estimate
    confident: FreshConfident
    predictors: Predictors
    predictors_logit: Predictors
