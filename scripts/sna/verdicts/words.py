"""How a claim may come out, and by which word each kind of verdict says it."""

from enum import IntEnum
from typing import Literal

Kind = Literal["measured", "fresh"]


class Outcome(IntEnum):
    """What a rule decides."""

    YES = 0
    PARTLY = 1
    NO = 2
    CANNOT_TELL = 3
    UNTESTED = 4


#: The two kinds of verdicts, as titles.
KINDS: dict[Kind, str] = {"measured": "As the paper measured it", "fresh": "On fresh prompts"}

#: Each kind's words, in the order of `Outcome`.
WORDS: dict[Kind, tuple[str, ...]] = {
    "measured": ("reproduced", "partly reproduced", "not reproduced", "cannot tell", "not tested here"),
    "fresh": ("holds", "partly holds", "does not hold", "cannot tell", "not tested here"),
}


def outcome_of(kind: Kind, word: str) -> Outcome:
    """Return what a word says.

    Parameters
    ----------
    kind : {"measured", "fresh"}
    word : str
        One of its `WORDS`.

    Returns
    -------
    Outcome
    """
    return Outcome(WORDS[kind].index(word))
