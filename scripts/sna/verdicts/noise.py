"""How often noise alone would earn a verdict."""

from collections.abc import Mapping
from typing import Any

from sna.verdicts.words import WORDS, Kind, Outcome, outcome_of


def noise_rate(noise: Mapping[str, Any], claim: str, kind: Kind, word: str) -> float | None:
    """Return the share of simulated studies without any effect that get a verdict or a better one.

    Parameters
    ----------
    noise : mapping
        One model's part of noise.json: how many `studies` were simulated, and of `claims` how many got each word.
    claim : str
        Its id.
    kind : {"measured", "fresh"}
    word : str
        The verdict.

    Returns
    -------
    float or None
        None unless the verdict says that the claim is so, or partly so, and the claim was simulated.
    """
    outcome = outcome_of(kind, word)
    counts = noise["claims"].get(claim, {}).get(kind)
    if outcome > Outcome.PARTLY or not counts:
        return None
    return sum(counts.get(better, 0) for better in WORDS[kind][: outcome + 1]) / noise["studies"]
