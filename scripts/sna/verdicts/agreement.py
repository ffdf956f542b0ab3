"""Whether the models of a study agree on a claim, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sna import formats
from sna.inputs.intervals import contains
from sna.verdicts.claims import Verdict
from sna.verdicts.words import KINDS, WORDS, Kind, Outcome

#: How `compare` decides, as the report says it.
RULE = (
    "Models agree on a claim that is tested on two of them at least and gets the same verdict on each. Where it cannot "
    "be told on one, nobody can tell whether they agree. Verdicts may differ although the values hardly do: so the "
    "difference of the values stands beside them."
)

#: Units of a difference, and the factor between: that of two percentages is in percentage points.
_OF_DIFFERENCES: dict[formats.Unit, tuple[formats.Unit, float]] = {"percent": ("points", 1), "share": ("points", 100)}


@dataclass(frozen=True)
class Agreement:
    """Whether models agree on a claim, and what that rests on."""

    outcome: Literal["agree", "disagree", "cannot tell", "not compared"]
    reason: str


def tested(verdicts: Mapping[str, Verdict], kind: Kind) -> dict[str, Verdict]:
    """Return the verdicts on models on which the claim is tested.

    Parameters
    ----------
    verdicts : mapping of str to Verdict
        By model.
    kind : {"measured", "fresh"}
        All of this.

    Returns
    -------
    dict of str to Verdict
    """
    return {model: found for model, found in verdicts.items() if found.verdict != WORDS[kind][Outcome.UNTESTED]}


def compare(
    kind: Kind, verdicts: Mapping[str, Verdict], unit: formats.Unit | None, difference: formats.Figure | None
) -> Agreement:
    """Compare the verdicts of one kind on one claim.

    Parameters
    ----------
    kind : {"measured", "fresh"}
    verdicts : mapping of str to Verdict
        By model.
    unit : Unit or None
        Of their figures.
    difference : Figure or None
        Of the figures of the only two models on which the claim is tested, the first less the second.

    Returns
    -------
    Agreement
    """
    found = tested(verdicts, kind)
    if len(found) < 2:
        on = f"{next(iter(found))} alone" if found else "no model"
        return Agreement("not compared", f"Not compared: tested on {on}.")
    by_word = {word: [model for model in found if found[model].verdict == word] for word in WORDS[kind]}
    said = "; ".join(f"{word} on {_listed(models)}" for word, models in by_word.items() if models)
    if by_word[WORDS[kind][Outcome.CANNOT_TELL]]:
        outcome, begins = "cannot tell", "Nobody can tell whether the models agree"
    elif max(map(len, by_word.values())) == len(found):
        outcome, begins = "agree", "The models agree"
    else:
        outcome, begins = "disagree", "The models disagree"
    return Agreement(outcome, f"{begins}: {said}. {_compare_figures(found, unit, difference)}".strip())


def _compare_figures(found: Mapping[str, Verdict], unit: formats.Unit | None, difference: formats.Figure | None) -> str:
    models = list(found)
    if difference is not None and unit is not None:
        shown_in, factor = _OF_DIFFERENCES.get(unit, (unit, 1))
        figures = [None if end is None else factor * end for end in (difference.value, difference.low, difference.high)]
        shown = f"{formats.UNITS[shown_in](figures[0])} ({formats.between(figures[1:], shown_in)})"
        nothing = ", so that there may be none" if contains(difference, 0) else ""
        return f"The difference of their values, {models[0]} less {models[1]}, is {shown}{nothing}."
    by_figure = sorted((verdict.value, model) for model, verdict in found.items() if verdict.value is not None)
    (_, low), (_, high) = by_figure[0], by_figure[-1]
    if found[low].shown == found[high].shown:
        return ""
    return f"Their values run from {found[low].shown} on {low} to {found[high].shown} on {high}."


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def count_agreements(kind: Kind, agreements: Mapping[str, Agreement]) -> str:
    """Say on how many claims the models agree, and on which they do not.

    Parameters
    ----------
    kind : {"measured", "fresh"}
    agreements : mapping of str to Agreement
        By the claims' titles.

    Returns
    -------
    str
        A sentence.
    """
    titles = {
        outcome: [title for title, found in agreements.items() if found.outcome == outcome]
        for outcome in ("agree", "disagree", "cannot tell", "not compared")
    }
    n = {outcome: len(named) for outcome, named in titles.items()}
    disagree = f" ({', '.join(titles['disagree'])})" if titles["disagree"] else ""
    return (
        f"{KINDS[kind]}, of {len(agreements)} claims the models agree on {n['agree']} and disagree on "
        f"{n['disagree']}{disagree}; on {n['cannot tell']} nobody can tell, and {n['not compared']} "
        f"{'is' if n['not compared'] == 1 else 'are'} tested on fewer than two of them."
    )
