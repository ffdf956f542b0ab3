"""The banks of opposites and of analogies, each from a list of pairs of words."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from sna.bank.reading import read_list
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task


def antonyms(task: Task) -> Iterator[FreshPrompt]:
    """Yield a word and its opposite.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt
        None is of a pair of the task, either way round.
    """
    own = set(map(frozenset, _pairs(task, r"opposite of (\w+) is (\w+)")))
    for row in read_list("antonyms"):
        word, opposite = row["word"], row["opposite"]
        if frozenset((word, opposite)) not in own:
            yield FreshPrompt(f"The opposite of {word} is", f" {opposite}", "opposite")


def analogies(task: Task) -> Iterator[FreshPrompt]:
    """Yield analogies: each pair of words is asked for once, after the pair that precedes it in the list.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt
        Its source is the relation. None asks for a pair of the task.
    """
    own = _pairs(task, r"(\w+) is to (\w+)")
    for relation, rows in groupby(read_list("relations"), key=itemgetter("relation")):
        pairs = [(row["first"], row["second"]) for row in rows]
        for (a, b), (c, d) in zip(pairs[-1:] + pairs[:-1], pairs, strict=True):
            if (c.lower(), d.lower()) not in own:
                yield FreshPrompt(f"{a[0].upper()}{a[1:]} is to {b} as {c} is to", f" {d}", relation)


def _pairs(task: Task, frame: str) -> set[tuple[str, str]]:
    """Return the pairs of words that a task's prompts, with their targets, have in a frame, in lower case."""
    texts = (f"{item.prompt}{item.target}".lower() for item in task.all_prompts().values())
    return {pair for text in texts for pair in re.findall(frame, text)}
