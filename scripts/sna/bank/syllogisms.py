"""The bank of syllogisms."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, cycle

from sna.bank.drawing import shuffle
from sna.bank.reading import read_list
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

#: How many are made at most, by the list of names and the verb; each form has as many.
_MOST = {
    ("people", "are"): 96,
    ("people", "can"): 40,
    ("people", "like"): 24,
    ("people", "love"): 24,
    ("animals", "are"): 20,
    ("animals", "have"): 32,
    ("animals", "eat"): 28,
}
_SINGULAR = {"are": "is", "can": "can", "like": "likes", "love": "loves", "have": "has", "eat": "eats"}
# Of two kinds, whether they change places, and whether the individual is of the kind that is then named first.
_FORMS = ((False, True), (True, False), (True, True), (False, False))


@dataclass(frozen=True)
class Kind:
    """A kind of people or animals, and what is said of all of them.

    Attributes
    ----------
    plural, singular : str
        Such as "bakers" and "a baker".
    said : str
        Follows the verb.
    also : str
        What is also true of them, and may be said of another kind: separated by commas.
    """

    plural: str
    singular: str
    said: str
    also: str = ""


def syllogisms(task: Task) -> Iterator[FreshPrompt]:
    """Yield syllogisms: what is so of all of two kinds, and of which kind an individual is.

    In half of them it is of the kind that was named first. So whoever repeats what was said last is right in half.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt
        None is about the same two kinds as one of the task's.
    """
    own = [item.prompt for item in task.all_prompts().values()]
    for (who, verb), most in _MOST.items():
        pairs = _pair_people(verb) if who == "people" else _pair_animals(verb)
        fresh = [pair for pair in pairs if not any(all(f"All {kind.plural} " in text for kind in pair) for text in own)]
        for place, (pair, name) in enumerate(zip(fresh[:most], _name(who, verb), strict=False)):
            swapped, of_the_first = _FORMS[place % len(_FORMS)]
            yield _syllogism(verb, pair[::-1] if swapped else pair, name, of_the_first)


def _name(who: str, verb: str) -> Iterator[str]:
    """Yield names, in another order for each verb, without end."""
    names = [row["name"] for row in read_list("names") if row["of"] == who]
    return cycle(shuffle(names, lambda name: f"{name} {verb}"))


def _syllogism(verb: str, kinds: tuple[Kind, ...], name: str, of_the_first: bool) -> FreshPrompt:
    generals = " ".join(f"All {kind.plural} {verb} {kind.said}." for kind in kinds)
    kind = kinds[0 if of_the_first else 1]
    return FreshPrompt(
        f"{generals} {name} is {kind.singular}. So {name} {_SINGULAR[verb]}",
        f" {kind.said}",
        f"what all {verb}, from the {'first' if of_the_first else 'second'} premise",
    )


def _pair_people(verb: str) -> list[tuple[Kind, Kind]]:
    """Pair kinds of people, of which two different things are said, none of them known to be true or false."""
    people = combinations([(row["plural"], row["singular"]) for row in read_list("people")], 2)
    traits = combinations([row["said"] for row in read_list("traits") if row["verb"] == verb], 2)
    pairs = zip(
        shuffle(people, lambda pair: f"{pair[0][0]} {pair[1][0]} {verb}"),
        shuffle(traits, " ".join),
        strict=False,
    )
    return [(Kind(*one, said), Kind(*other, other_said)) for (one, other), (said, other_said) in pairs]


def _pair_animals(verb: str) -> list[tuple[Kind, Kind]]:
    """Pair kinds of animals, of which two things are said that are not both true of one of them."""
    rows = [row for row in read_list("animals") if row["verb"] == verb]
    kinds = [Kind(row["plural"], row["singular"], row["said"], row["also"]) for row in rows]
    pairs = [(one, other) for one, other in combinations(kinds, 2) if not (_shares(one, other) or _shares(other, one))]
    return shuffle(pairs, lambda pair: f"{pair[0].plural} {pair[1].plural}")


def _shares(kind: Kind, other: Kind) -> bool:
    return other.said in (kind.said, *kind.also.split(", "))
