"""One verdict over all models of a study."""

from collections.abc import Iterable

from sna.verdicts.words import WORDS, Kind, Outcome, outcome_of

#: How `combine` decides, as the report says it.
RULE = (
    "Over all models: those on which a claim is not tested do not count. Where the others agree, their verdict stands. "
    "Where the claim is so on some of them only, it is so partly. Otherwise the weakest verdict stands."
)

_WEAKEST_FIRST = (Outcome.NO, Outcome.CANNOT_TELL, Outcome.PARTLY, Outcome.YES)


def combine(kind: Kind, verdicts: Iterable[str]) -> str:
    """Combine the verdicts of one kind on one claim.

    Parameters
    ----------
    kind : {"measured", "fresh"}
    verdicts : iterable of str
        Each model's word.

    Returns
    -------
    str
    """
    found = {outcome_of(kind, word) for word in verdicts} - {Outcome.UNTESTED}
    if not found:
        outcome = Outcome.UNTESTED
    elif len(found) > 1 and Outcome.YES in found:
        outcome = Outcome.PARTLY
    else:
        outcome = min(found, key=_WEAKEST_FIRST.index)
    return WORDS[kind][outcome]
