"""What tuning does over several tasks, and how often noise alone would seem to do as much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate, mean_estimate
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.logits import logit_gain, shift
from sna.statistics.tuning import Likeness, Sum, TunedGroup, TunedTask
from sna.statistics.tuning_noise import (
    DRAWS,
    draw_signs,
    lowest_likely,
    overlaps_of_random_sets,
    share_as_large,
)

#: Two gains add up if what they come to together differs from their sum by less than this share of amplification's own.
MARGIN = 1 / 3
#: Two sets of top neurons are mostly the same if they share this much of what either holds.
SAME = 0.5


@dataclass(frozen=True)
class Pair:
    """One task in a model before and after tuning.

    Attributes
    ----------
    found : TunedTask
    before, after : TaskPrompts
        Of the same prompts.
    width, neurons, layers : int
        How many neurons a layer has, how many of these are compared, and at how many layers.
    """

    found: TunedTask
    before: TaskPrompts
    after: TaskPrompts
    width: int
    neurons: int
    layers: int

    @property
    def tuning(self) -> np.ndarray:
        """By how much tuning raises the logit of each prompt's target."""
        return logit_gain(self.after.baseline, self.before.baseline)

    @property
    def interaction(self) -> np.ndarray:
        """By how much more amplification raises it in the tuned model."""
        return self.after.logit_gain - self.before.logit_gain


def judge_sum(interaction: Estimate, amplified: Estimate) -> Sum:
    """Say whether two gains add up, by what they come to less their sum.

    Parameters
    ----------
    interaction, amplified : Estimate
        That, and the gain by amplification alone.

    Returns
    -------
    {"add up", "less", "more", "cannot tell"}
        They add up if the whole interval lies within `MARGIN` of the gain around 0; else they come to less, or to more,
        if it lies below or above 0.
    """
    if interaction.low is None or interaction.high is None or amplified.value is None:
        return "cannot tell"
    margin = MARGIN * abs(amplified.value)
    if -margin < interaction.low and interaction.high < margin:
        return "add up"
    if interaction.high < 0:
        return "less"
    return "more" if interaction.low > 0 else "cannot tell"


def measure_group(pairs: Sequence[Pair], boundary: float, settings: Statistics) -> TunedGroup:
    """Measure several tasks together, and how often noise alone would seem to do as much.

    Parameters
    ----------
    pairs : sequence of Pair
        One at least.
    boundary : float
        Where zone 1 ends.
    settings : Statistics
        The confidence level and the seed.

    Returns
    -------
    TunedGroup
    """
    found = [pair.found for pair in pairs]
    rng = np.random.default_rng([settings.seed, *b"tuning"])
    tuning, amplified, amplified_tuned, interaction = (
        _mean_of([getattr(task, name) for task in found], settings)
        for name in ("tuning", "amplified", "amplified_tuned", "interaction")
    )
    leaving, holding = sum(task.leaves for task in found), sum(task.holds for task in found)
    total = judge_sum(interaction, amplified)
    overlap = float(np.mean([task.overlap for task in found]))
    others = [task.overlap_of_others for task in found if task.overlap_of_others is not None]
    size, layers, width = pairs[0].neurons, pairs[0].layers, pairs[0].width
    by_noise = share_as_large(overlap, overlaps_of_random_sets(size, width, layers * len(pairs), rng))
    return TunedGroup(
        n=len(found),
        in_zone1=sum(task.zone == 1 for task in found),
        leaving=leaving,
        leaving_by_noise=share_as_large(leaving, _leaving_by_noise(pairs, boundary, settings, rng)),
        tuning=tuning,
        amplified=amplified,
        amplified_tuned=amplified_tuned,
        held=sum(task.held for task in found),
        holding=holding,
        holding_by_noise=share_as_large(holding, _holding_by_noise(pairs, settings, rng)),
        interaction=interaction,
        sum=total,
        sum_by_noise=float(np.mean([word == total for word in _sums_by_noise(pairs, amplified, settings, rng)])),
        overlap=overlap,
        overlap_of_others=float(np.mean(others)) if others else None,
        overlap_by_noise=by_noise,
        neurons=_judge_likeness(overlap, by_noise, settings),
    )


def _mean_of(figures: Sequence[Estimate], settings: Statistics) -> Estimate:
    """Return the mean of what several prompts' means are, one a task."""
    return mean_estimate([figure.value for figure in figures if figure.value is not None], settings)


def _judge_likeness(overlap: float, by_noise: float, settings: Statistics) -> Likeness:
    if by_noise >= 1 - settings.confidence_level:
        return "no more alike than by chance"
    return "mostly the same" if overlap >= SAME else "partly the same"


def _leaving_by_noise(
    pairs: Sequence[Pair], boundary: float, settings: Statistics, rng: np.random.Generator
) -> np.ndarray:
    """Count the tasks that leave zone 1 where the prompts' changes by tuning have random signs."""
    left = np.zeros(DRAWS, dtype=int)
    for pair in pairs:
        if pair.found.zone == 1:
            baselines = shift(pair.before.baseline, draw_signs(pair.tuning, rng))
            left += lowest_likely(baselines, settings.confidence_level) > boundary
    return left


def _holding_by_noise(pairs: Sequence[Pair], settings: Statistics, rng: np.random.Generator) -> np.ndarray:
    """Count the tasks whose gain, with random signs, lies above 0 and above that of random neurons.

    A gain that holds must do more, so this is the most that noise would earn.
    """
    held = np.zeros(DRAWS, dtype=int)
    for pair in pairs:
        random = pair.after.controls["random"]
        beyond = pair.after.logit_gain - random.by_prompt(random.logit_gain)
        known = np.isfinite(beyond)
        signs = draw_signs(np.ones(known.sum()), rng)
        lows = [
            lowest_likely(signs * values[known], settings.confidence_level)
            for values in (pair.after.logit_gain, beyond)
        ]
        held += np.all(np.array(lows) > 0, axis=0)
    return held


def _sums_by_noise(
    pairs: Sequence[Pair], amplified: Estimate, settings: Statistics, rng: np.random.Generator
) -> list[Sum]:
    """Judge the sums of gains where the prompts' interactions have random signs."""
    means = np.array([draw_signs(pair.interaction, rng).mean(axis=1) for pair in pairs])
    return [judge_sum(mean_estimate(drawn, settings), amplified) for drawn in means.T]
