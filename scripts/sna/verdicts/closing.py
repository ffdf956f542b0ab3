"""What a run says at its end of what was found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sna.verdicts.words import KINDS, WORDS, Kind, Outcome


def close(claims: Mapping[str, Any], page: str | Path) -> list[str]:
    """Say in five lines where a study's report is, and how its claims were judged over all its models.

    Parameters
    ----------
    claims : mapping
        What ``claims.json`` holds.
    page : path
        The report.

    Returns
    -------
    list of str
    """
    judged = claims["claims"]
    return [
        f"The report of the study {claims['study']}: {Path(page).resolve()}",
        _count("measured", judged),
        _count("fresh", judged),
        *(_name(outcome, judged) for outcome in (Outcome.YES, Outcome.NO)),
    ]


def _count(kind: Kind, judged: Sequence[Mapping[str, Any]]) -> str:
    verdicts = Counter(claim["overall"][kind]["verdict"] for claim in judged if claim["overall"][kind])
    counts = ", ".join(f"{word} {verdicts[word]}" for word in WORDS[kind])
    return f"{KINDS[kind]}, of {verdicts.total()} claims: {counts}"


def _name(outcome: Outcome, judged: Sequence[Mapping[str, Any]]) -> str:
    word = WORDS["fresh"][outcome]
    titles = [it["title"] for it in judged if it["overall"]["fresh"] and it["overall"]["fresh"]["verdict"] == word]
    return f"{word.capitalize()} on fresh prompts: {'; '.join(titles) or 'none'}"
