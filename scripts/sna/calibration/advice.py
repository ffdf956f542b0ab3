"""The advice: whether amplification is worth it, by the rule that `sna.calibration.results.RULE` has in words."""

from collections.abc import Iterator
from dataclasses import replace

from sna import formats
from sna.calibration.results import Calibration, HeldOutGain, Margins, OtherTargets, RandomNeurons, SideEffects
from sna.statistics.estimate import Estimate

NOTHING_TO_CHOOSE = "Every configuration of the grid changes prose by more than the margins allow."
_SPEAKS_FOR = (
    "The gain stands on prompts that had no part in the choice, random neurons do not reach it, other prompts' targets "
    "do not gain as much, and prose stays within the margins."
)


def advise(found: Calibration, confidence_level: float) -> Calibration:
    """Say whether amplification is worth it, and why.

    Parameters
    ----------
    found : Calibration
        With all that was measured.
    confidence_level : float

    Returns
    -------
    Calibration
        The same with `use` and `reasons`.
    """
    if found.gain is None or found.random is None or found.prose is None:
        return replace(found, use=False, reasons=[NOTHING_TO_CHOOSE])
    against = [
        *_doubt_gain(found.gain),
        *_doubt_selection(found.random, confidence_level),
        *_doubt_answer(found.others),
        *_doubt_prose(found.prose, found.margins),
    ]
    return replace(found, use=not against, reasons=against or [_SPEAKS_FOR])


def _doubt_gain(gain: HeldOutGain) -> Iterator[str]:
    if not (_lies_above_0(gain.percent) and _lies_above_0(gain.logits)):
        figures = f"{formats.estimate(gain.percent, 'percent')}, in logits {formats.estimate(gain.logits)}"
        yield f"On prompts that had no part in the choice a gain is not certain: {figures}."


def _doubt_selection(random: RandomNeurons, confidence_level: float) -> Iterator[str]:
    if not (_lies_above_0(random.difference) and random.pvalue_corrected < 1 - confidence_level):
        yield (
            "Random neurons may do as well: in logits the task's own neurons gain "
            f"{formats.estimate(random.difference)} more, {formats.pvalue(random.pvalue_corrected)}."
        )


def _doubt_answer(others: OtherTargets | None) -> Iterator[str]:
    if others is None:
        yield "All prompts have the same target: whether the answer gains or this word in any text can't be told."
    elif not _lies_above_0(others.difference):
        yield (
            "Other prompts' targets may gain as much after the same prompts: in logits a prompt's own target gains "
            f"{formats.estimate(others.difference)} more."
        )


def _doubt_prose(prose: SideEffects, margins: Margins) -> Iterator[str]:
    if not prose.within(margins):
        yield (
            f"Prose changes by more than the margins allow: perplexity by {formats.signed(prose.rise)} %, divergence "
            f"{formats.number(prose.divergence)} nats a token; at most +{margins.perplexity:g} % and "
            f"{margins.divergence:g} are allowed."
        )


def _lies_above_0(figure: Estimate) -> bool:
    """Whether the whole interval does; without an interval nothing is certain."""
    return figure.low is not None and figure.low > 0
