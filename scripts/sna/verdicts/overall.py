"""One verdict over all models of a study."""

from collections.abc import Mapping
from dataclasses import dataclass

from sna.verdicts.words import WORDS, Kind, Outcome, outcome_of

#: How `combine` decides, as the report says it.
RULE = (
    "Over all models: those on which a claim is not tested do not count. Where the others agree, their verdict stands. "
    "Where the claim is so on some of them only, it is so partly. Otherwise the weakest verdict stands."
)

_WEAKEST_FIRST = (Outcome.NO, Outcome.CANNOT_TELL, Outcome.PARTLY, Outcome.YES)


@dataclass(frozen=True)
class Overall:
    """A verdict over all models, and what it rests on."""

    verdict: str
    reason: str


def combine(kind: Kind, verdicts: Mapping[str, str]) -> Overall:
    """Combine the verdicts of one kind on one claim.

    Parameters
    ----------
    kind : {"measured", "fresh"}
    verdicts : mapping of str to str
        Their words, by model.

    Returns
    -------
    Overall
    """
    found = {outcome_of(kind, word) for word in verdicts.values()} - {Outcome.UNTESTED}
    if not found:
        outcome = Outcome.UNTESTED
    elif len(found) > 1 and Outcome.YES in found:
        outcome = Outcome.PARTLY
    else:
        outcome = min(found, key=_WEAKEST_FIRST.index)
    by_model = "; ".join(f"on {model}: {word}" for model, word in verdicts.items())
    return Overall(WORDS[kind][outcome], f"{by_model[0].upper()}{by_model[1:]}.")
