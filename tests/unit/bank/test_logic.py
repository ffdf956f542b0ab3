"""Logic, the banks and the tasks: what is asked for can be inferred, and is not copied from always the same place."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from sna.bank.reading import read_list
from sna.bank.registry import make_bank
from sna.bank.transitivity import Scale
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Prompt, read_task

ROOT = Path(__file__).parents[3]
TASKS = {name: read_task(ROOT / "tasks" / f"{name}.yaml") for name in ("syllogisms", "transitivity")}
#: Of each task its two lists of prompts, and its bank.
PARTS = ("selection", "evaluation", "bank")
CHAIN = re.compile(r"(.+?) (is|are) (.+) (\w+) and \4 \2 \3 (\w+), so the (.+) \2")
SYLLOGISM = re.compile(
    r"All (?P<one>\w+) (?P<verb>\w+) (?P<said>\w+)\. All (?P<other>\w+) (?P=verb) (?P<last>\w+)\. "
    r"(?P<name>[A-Z][a-z]+) is (?P<article>an?) (?P<kind>\w+)\. So (?P=name) (?P<asked>\w+)"
)
# The superlative that asks for what stands first in a chain of a comparative, where it is not made of it by -est.
SUPERLATIVES = {
    "more than": "greatest",
    "less than": "least",
    "more expensive than": "most expensive",
    "before": "first",
    "after": "last",
    "above": "highest",
    "below": "lowest",
}
PLURALS = {"man": "men", "mouse": "mice", "fish": "fish", "thief": "thieves", "fox": "foxes"}


@cache
def part(name: str, which: str) -> Sequence[Prompt | FreshPrompt]:
    return make_bank(TASKS[name]) if which == "bank" else getattr(TASKS[name], which)


def superlative(comparative: str) -> str:
    if comparative.endswith(" of"):
        return f"furthest {comparative.removesuffix(' of')}"
    return SUPERLATIVES.get(comparative) or re.sub(r"r than$", "st", comparative)


def ends(item: Prompt | FreshPrompt) -> tuple[str, str, bool]:
    """Return a chain's comparative, its superlative, and whether the target is the item that is named first."""
    found = CHAIN.fullmatch(item.prompt)
    first, _, comparative, second, third, asked = found.groups()
    assert len({first.lower(), second.lower(), third.lower()}) == 3
    assert item.target.lower() in (f" {first}".lower(), f" {third}".lower())
    return comparative, asked, item.target.lower() == f" {first}".lower()


@pytest.mark.parametrize("which", PARTS)
def test_the_end_of_a_chain_is_the_one_that_is_asked_for(which: str) -> None:
    for item in part("transitivity", which):
        comparative, asked, is_first = ends(item)
        assert (superlative(comparative) == asked) == is_first, item


def test_a_scale_asks_for_one_of_its_two_ends() -> None:
    scales = read_list("scales")
    for item in part("transitivity", "bank"):
        comparative, asked, _ = ends(item)
        ways = [{row["more"], row["less"]} for row in scales if asked in (row["most"], row["least"])]
        assert any(comparative in way for way in ways), item


@pytest.mark.parametrize("which", PARTS)
def test_of_chains_that_go_down_or_up_half_each_ask_for_what_is_named_first(which: str) -> None:
    """So that neither the place nor the comparative nor the superlative tells the target."""
    down = {row["more"] for row in read_list("scales")} | {"warmer than"}
    chains = [ends(item) for item in part("transitivity", which)]
    forms = Counter((comparative in down, is_first) for comparative, _, is_first in chains)
    assert set(forms.values()) == {len(chains) // 4}
    assert len(forms) == 4


def test_no_chain_is_of_the_same_three_as_another() -> None:
    items = [*part("transitivity", "bank"), *TASKS["transitivity"].all_prompts().values()]
    chains = Counter(frozenset(re.findall(r"\w+", item.prompt.lower().partition(", so")[0])) for item in items)
    assert chains.most_common(1)[0][1] == 1


def test_a_chain_reads_as_english() -> None:
    scale = Scale("are", "faster than", "slower than", "fastest", "slowest", "planes, trains, ships")
    made = scale.chain(("planes", "trains", "ships"), descends=False, asks_first=True)
    assert made.prompt == "Ships are slower than trains and trains are slower than planes, so the slowest are"
    assert made.target == " ships"


def test_a_ranking_of_names_is_made_up_but_always_the_same() -> None:
    ranked = [Scale("is", more, "", "", "", "names").ladder() for more in ("taller than", "older than", "taller than")]
    assert ranked[0] == ranked[2]
    assert ranked[0] != ranked[1]
    assert (
        sorted(ranked[0])
        == sorted(ranked[1])
        == sorted(row["name"] for row in read_list("names") if row["of"] == "people")
    )


@pytest.mark.parametrize("which", PARTS)
def test_what_follows_from_three_premises_is_the_target_and_nothing_else_follows(which: str) -> None:
    for item in part("syllogisms", which):
        found = SYLLOGISM.fullmatch(item.prompt)
        kind = found["kind"]
        plural = PLURALS.get(kind) or re.sub("ys$", "ies", f"{kind}s")
        said = {found["one"]: found["said"], found["other"]: found["last"]}
        assert len(set(said.values())) == len(said) == 2
        assert item.target == f" {said[plural]}"
        assert found["asked"] in ({"are": "is", "have": "has", "can": "can"}.get(found["verb"]), f"{found['verb']}s")
        assert found["article"] == ("an" if kind[0] in "aeiou" else "a")


@pytest.mark.parametrize("which", PARTS)
def test_whoever_repeats_what_was_said_last_is_right_in_half_of_the_syllogisms(which: str) -> None:
    items = part("syllogisms", which)
    last = [item.target == f" {SYLLOGISM.fullmatch(item.prompt)['last']}" for item in items]
    assert sum(last) == len(last) / 2


def test_no_two_kinds_meet_in_more_than_one_syllogism_of_a_verb() -> None:
    items = [*part("syllogisms", "bank"), *TASKS["syllogisms"].all_prompts().values()]
    found = [SYLLOGISM.fullmatch(item.prompt) for item in items]
    pairs = Counter((match["verb"], frozenset([match["one"], match["other"]])) for match in found)
    assert pairs.most_common(1)[0][1] == 1


def test_no_animal_is_asked_about_what_is_also_true_of_it() -> None:
    """Of owls, which have claws, no premise says that bears have claws: whoever knows owls could say that, too."""
    also = {row["plural"]: set(row["also"].split(", ")) for row in read_list("animals") if row["verb"] == "have"}
    for item in part("syllogisms", "bank"):
        found = SYLLOGISM.fullmatch(item.prompt)
        if found["verb"] == "have":
            assert found["last"] not in also[found["one"]]
            assert found["said"] not in also[found["other"]]
