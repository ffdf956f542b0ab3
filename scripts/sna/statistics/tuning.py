"""What tuning does beside amplification: what is found of a model and of the one that it was tuned from."""

from dataclasses import dataclass
from typing import Literal

from sna.statistics.estimate import Estimate

Sum = Literal["add up", "less", "more", "cannot tell"]
Likeness = Literal["mostly the same", "partly the same", "no more alike than by chance"]


@dataclass(frozen=True)
class TunedTask:
    """One task on fresh prompts, in a model before and after tuning; gains and changes are means of logits.

    Attributes
    ----------
    category : str
    tuned_on : bool
        Whether the model was tuned on prompts of this task.
    zone : int
        Of the baseline before tuning.
    before, after : Estimate
        Baseline before and after tuning: the mean probability of the targets.
    leaves : bool
        Whether the baseline before lies in zone 1, and the whole interval of that after above it.
    tuning, amplified, together : Estimate
        Change by tuning, by amplification of the model before, and by amplification of the tuned model over the
        model before; t intervals over prompts.
    amplified_tuned : Estimate
        Change by amplification of the tuned model over the tuned model.
    beyond_random : Estimate
        That, less what random neurons change in the tuned model.
    held, holds : bool
        Whether the gain by amplification is there before, and after tuning.
    interaction : Estimate
        `together` less the sum of `tuning` and `amplified`; t interval over prompts.
    sum : str
        Whether the two gains add up.
    overlap, overlap_of_others : float or None
        What the top neurons of the task before and after share, mean over the layers; and what those of other tasks
        before share with its own after, which is None of a single task.
    """

    category: str
    tuned_on: bool
    zone: int
    before: Estimate
    after: Estimate
    leaves: bool
    tuning: Estimate
    amplified: Estimate
    together: Estimate
    amplified_tuned: Estimate
    beyond_random: Estimate
    held: bool
    holds: bool
    interaction: Estimate
    sum: Sum
    overlap: float
    overlap_of_others: float | None


@dataclass(frozen=True)
class TunedGroup:
    """The tasks that a model was tuned on, or the others; means over tasks have t intervals.

    Of each answer `_by_noise` is how often prompts' changes with random signs, or random neurons, give it, or more of
    it.

    Attributes
    ----------
    n, in_zone1, leaving : int
        How many tasks there are, how many were in zone 1, and how many of these left it.
    tuning, amplified, amplified_tuned, interaction : Estimate
        As of a task.
    held, holding : int
        On how many tasks the gain by amplification was there before, and is there after tuning.
    sum : str
        Whether the gains add up.
    overlap, overlap_of_others : float or None
        As of a task.
    neurons : str
        Whether the same neurons are selected.
    """

    n: int
    in_zone1: int
    leaving: int
    leaving_by_noise: float
    tuning: Estimate
    amplified: Estimate
    amplified_tuned: Estimate
    held: int
    holding: int
    holding_by_noise: float
    interaction: Estimate
    sum: Sum
    sum_by_noise: float
    overlap: float
    overlap_of_others: float | None
    overlap_by_noise: float
    neurons: Likeness


@dataclass(frozen=True)
class Tuning:
    """A model beside the one that it was tuned from.

    Attributes
    ----------
    base, method : str or None
        The other model, and what was trained; None of a model that is not tuned from another one of the study.
    neurons, layers : int
        How many top neurons of a task are compared, and at how many layers.
    overlap_by_chance : float or None
        What random sets of as many neurons share.
    draws : int
        How many draws of noise there are.
    tuned_on, others : TunedGroup or None
        None where there are no such tasks.
    by_task : dict
    """

    base: str | None
    method: str | None
    neurons: int
    layers: int
    overlap_by_chance: float | None
    draws: int
    tuned_on: TunedGroup | None
    others: TunedGroup | None
    by_task: dict[str, TunedTask]


NOT_TUNED = Tuning(None, None, 0, 0, None, 0, None, None, {})
