"""Does amplification work? The verdicts in few words, for the page's first screen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sna.verdicts.words import WORDS, Kind, Outcome


@dataclass(frozen=True)
class Named:
    """A claim in a list of those with the same verdict.

    Attributes
    ----------
    id, title : str
    where : dict of str to list of str
        The models on which it is tested, by their own verdicts; empty where these are the same.
    """

    id: str
    title: str
    where: dict[str, list[str]]


@dataclass(frozen=True)
class Answer:
    """What the verdicts of one kind come to, over all models of a study.

    Attributes
    ----------
    claims : dict of str to list of Named
        By verdict, in the order of `sna.verdicts.words.WORDS`.
    tested : int
        How many of them are tested.
    by_noise : float or None
        Of the verdicts that speak for a claim, the one that noise alone earns most often: how often that is. None where
        there is none, or it is not known.
    untested : str or None
        The reason that is given most often why a claim is not tested.
    """

    claims: dict[str, list[Named]]
    tested: int
    by_noise: float | None
    untested: str | None


def answer(claims: Sequence[Mapping[str, Any]], kind: Kind) -> Answer:
    """Sort the claims by their verdict over all models.

    Parameters
    ----------
    claims : sequence of mapping
        As claims.json holds them; those without such a verdict are left out.
    kind : {"measured", "fresh"}

    Returns
    -------
    Answer
    """
    judged = [claim for claim in claims if claim["overall"][kind] is not None]
    by_word: dict[str, list[Named]] = {word: [] for word in WORDS[kind]}
    for claim in judged:
        by_word[claim["overall"][kind]["verdict"]].append(Named(claim["id"], claim["title"], _find_where(claim, kind)))
    passed = [entry[kind] for claim in judged for entry in claim["models"]]
    untested = WORDS[kind][Outcome.UNTESTED]
    reasons = Counter(verdict["reason"] for verdict in passed if verdict["verdict"] == untested)
    return Answer(
        claims=by_word,
        tested=len(judged) - len(by_word[untested]),
        by_noise=max((verdict["noise"] for verdict in passed if verdict["noise"] is not None), default=None),
        untested=max(reasons, key=reasons.__getitem__, default=None),
    )


def _find_where(claim: Mapping[str, Any], kind: Kind) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {word: [] for word in WORDS[kind][: Outcome.UNTESTED]}
    for entry in claim["models"]:
        if (word := entry[kind]["verdict"]) in where:
            where[word].append(entry["model"])
    where = {word: models for word, models in where.items() if models}
    return where if len(where) > 1 else {}


def headline(claims: Sequence[Mapping[str, Any]]) -> str:
    """Say in few words whether amplification works.

    That is how much holds on fresh prompts of what the paper says that it does. What it says that it does not do, such
    as moving confident predictions, is no sign that it works.

    Parameters
    ----------
    claims : sequence of mapping
        As claims.json holds them.

    Returns
    -------
    str
        A sentence.
    """
    found = answer([claim for claim in claims if not claim["absence"]], "fresh")
    so, partly, not_so, *_ = (len(named) for named in found.claims.values())
    if not found.tested:
        return "This study cannot say."
    if so == found.tested:
        return "Yes, in all that could be tested."
    if 2 * (so + partly) > found.tested:
        return "For the most part."
    if 4 * (so + partly) > found.tested:
        return "In some respects."
    if so + partly:
        return "Hardly, as far as this study can tell."
    return "Not that this study shows." if not_so else "Nobody can tell yet."
