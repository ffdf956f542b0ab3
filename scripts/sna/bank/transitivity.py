"""The bank of chains of comparisons."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from sna.bank.drawing import shuffle
from sna.bank.reading import read_list
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

#: How many chains of each scale at most; each form has as many.
_MOST = 12
_COLOURS = ("red", "blue", "green", "yellow", "pink", "gray", "black", "white", "brown", "purple", "orange")
# Whether the chain descends, and whether it is asked for the item at its start. Neither tells the other.
_FORMS = ((True, False), (False, True), (True, True), (False, False))


@dataclass(frozen=True)
class Scale:
    """What can be compared, and how.

    Attributes
    ----------
    verb : str
        "is" or "are".
    more, less : str
        The comparatives, such as "taller than".
    most, least : str
        The superlatives.
    items : str
        From the most to the least, separated by commas; "names" or "colours" are ranked as it comes.
    """

    verb: str
    more: str
    less: str
    most: str
    least: str
    items: str

    def ladder(self) -> list[str]:
        """Return the items from the most to the least."""
        made_up = {"names": [row["name"] for row in read_list("names") if row["of"] == "people"], "colours": _COLOURS}
        if self.items in made_up:
            return shuffle(made_up[self.items], lambda item: f"{item} {self.more}")
        return self.items.split(", ")

    def chain(self, items: tuple[str, str, str], descends: bool, asks_first: bool) -> FreshPrompt:
        """Return a chain of comparisons.

        Parameters
        ----------
        items : tuple of str
            From the most to the least.
        descends : bool
            Whether they are named in this order, by `more`, or from the least to the most, by `less`.
        asks_first : bool
            Whether the target is the item that is named first, or the one that is named last.

        Returns
        -------
        FreshPrompt
        """
        first, second, third = items if descends else items[::-1]
        comparative = self.more if descends else self.less
        superlative = self.most if descends == asks_first else self.least
        return FreshPrompt(
            f"{first[0].upper()}{first[1:]} {self.verb} {comparative} {second} and {second} {self.verb} {comparative} "
            f"{third}, so the {superlative} {self.verb}",
            f" {first if asks_first else third}",
            f"{self.more.removesuffix(' than')}, {'first' if asks_first else 'last'} named",
        )


def transitivity(task: Task) -> Iterator[FreshPrompt]:
    """Yield chains of two comparisons, true or made up; in half of them the target is named first, in half last.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt
        None is of the same three as one of the task's.
    """
    own = [_words(item.prompt) for item in task.all_prompts().values()]
    for row in read_list("scales"):
        yield from _chains(Scale(**row), own)


def _chains(scale: Scale, own: Sequence[set[str]]) -> Iterator[FreshPrompt]:
    triples = [items for items in combinations(scale.ladder(), 3) if not any(map(_words(*items).issubset, own))]
    number = min(_MOST, len(triples)) // len(_FORMS) * len(_FORMS)
    for place, items in enumerate(shuffle(triples, lambda items: " ".join((*items, scale.more)))[:number]):
        yield scale.chain(items, *_FORMS[place % len(_FORMS)])


def _words(*texts: str) -> set[str]:
    return {word for text in texts for word in re.findall(r"\w+", text.lower())}
