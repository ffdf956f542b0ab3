"""Opposites, analogies, rhymes and verses: each list is right, and asks nothing twice."""

from collections import Counter
from pathlib import Path

import pytest

from sna.bank import rhymes, verses, words
from sna.bank.reading import read_list
from sna.bank.rhymes import rhyme
from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Prompt, Task, read_task

ROOT = Path(__file__).parents[3]
#: When the copyright of what its author wrote has ended everywhere.
LAST_DEATH = 1909


@pytest.fixture
def task(request: pytest.FixtureRequest) -> Task:
    return read_task(ROOT / "tasks" / f"{request.param}.yaml")


def renewed(task: Task, prompt: str, target: str) -> Task:
    """Return a task whose first prompt is another."""
    return task.model_copy(update={"selection": [Prompt(prompt=prompt, target=target), *task.selection[1:]]})


@pytest.mark.parametrize("name", ["antonyms", "relations", "rhymes", "verses", "idioms"])
def test_no_cell_of_a_list_is_padded_and_no_row_stands_twice(name: str) -> None:
    rows = [tuple(row.values()) for row in read_list(name)]
    assert [row for row in rows if any(cell != cell.strip() for cell in row)] == []
    assert [row for row, number in Counter(rows).items() if number > 1] == []


def test_a_pair_of_opposites_stands_once_whichever_way_round() -> None:
    pairs = Counter(frozenset((row["word"], row["opposite"])) for row in read_list("antonyms"))
    assert [pair for pair, number in pairs.items() if number > 1 or len(pair) != 2] == []


def test_a_word_has_one_opposite() -> None:
    asked = Counter(row["word"] for row in read_list("antonyms"))
    assert [word for word, number in asked.items() if number > 1 or not word.isalpha()] == []


@pytest.mark.parametrize("task", ["antonyms"], indirect=True)
@pytest.mark.parametrize("pair", [("dawn", "dusk"), ("dusk", "dawn")])
def test_a_pair_of_the_task_is_left_out_whichever_way_round(task: Task, pair: tuple[str, str]) -> None:
    dawn = FreshPrompt("The opposite of dawn is", " dusk", "opposite")
    assert dawn in words.antonyms(task)
    assert dawn not in words.antonyms(renewed(task, f"The opposite of {pair[0]} is", f" {pair[1]}"))


@pytest.mark.parametrize("task", ["analogies"], indirect=True)
def test_an_analogy_relates_two_pairs_of_one_relation(task: Task) -> None:
    relations = {(row["first"].lower(), row["second"].lower()): row["relation"] for row in read_list("relations")}
    assert len(relations) == len(read_list("relations"))
    for item in words.analogies(task):
        one, other = f"{item.prompt}{item.target}".lower().split(" as ")
        example, asked = tuple(one.split(" is to ")), tuple(other.split(" is to "))
        assert relations[example] == relations[asked] == item.source
        assert example != asked


@pytest.mark.parametrize("task", ["analogies"], indirect=True)
def test_no_two_pairs_stand_in_two_analogies(task: Task) -> None:
    made = [frozenset(f"{item.prompt}{item.target}".lower().split(" as ")) for item in words.analogies(task)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("task", ["analogies"], indirect=True)
def test_a_pair_of_the_task_is_not_asked_for(task: Task) -> None:
    changed = renewed(task, "Tokyo is to Japan as Rome is to", " Italy")
    assert [item.target for item in words.analogies(task) if " as Tokyo is to" in item.prompt] == [" Japan"]
    assert [item for item in words.analogies(changed) if " as Tokyo is to" in item.prompt] == []


def test_a_word_has_one_partner_in_a_relation() -> None:
    firsts = Counter((row["relation"], row["first"]) for row in read_list("relations"))
    assert [first for first, number in firsts.items() if number > 1] == []


def test_a_relation_has_its_rows_together_and_three_at_least() -> None:
    order = [row["relation"] for row in read_list("relations")]
    assert sorted(order, key=order.index) == order
    assert [relation for relation, number in Counter(order).items() if number < 3] == []


@pytest.mark.parametrize(
    ("relation", "pairs"),
    [
        ("capital and country", {"Tokyo": "Japan", "Canberra": "Australia", "Ottawa": "Canada"}),
        ("smaller and larger unit", {"decade": "century", "inch": "foot", "bit": "byte"}),
        ("singular and plural", {"tooth": "teeth", "leaf": "leaves", "person": "people"}),
    ],
)
def test_relations_hold(relation: str, pairs: dict[str, str]) -> None:
    known = {row["first"]: row["second"] for row in read_list("relations") if row["relation"] == relation}
    assert {first: known.get(first) for first in pairs} == pairs


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("cat", "hat", True),
        ("Cat", "HAT", True),
        ("sailor", "tailor", True),
        ("crocodile", "smile", True),
        ("cat", "dog", False),
        ("home", "some", False),
        # From the last stressed vowel on, not from the last vowel.
        ("winner", "runner", False),
        # The same sounds are no rhyme.
        ("hare", "hair", False),
        ("cat", "cat", False),
        ("cat", "qxzt", False),
        ("", "cat", False),
    ],
)
def test_words_rhyme_if_they_sound_alike_from_the_last_stressed_vowel_on(one: str, other: str, expected: bool) -> None:
    assert rhyme(one, other) is rhyme(other, one) is expected


@pytest.mark.parametrize("task", ["rhymes"], indirect=True)
def test_the_tasks_own_targets_rhyme_with_its_nouns(task: Task) -> None:
    prompts = [*task.selection, *task.evaluation]
    assert [item for item in prompts if not rhyme(item.prompt.split()[3], item.target.strip())] == []


@pytest.mark.parametrize("task", ["rhymes"], indirect=True)
def test_no_rhyme_is_asked_for_twice(task: Task) -> None:
    own = [f"{item.prompt.split()[3]} and{item.target}" for item in (*task.selection, *task.evaluation)]
    pairs = Counter(frozenset(pair.split(" and ")) for pair in [*own, *(item.source for item in rhymes.rhymes(task))])
    assert [pair for pair, number in pairs.items() if number > 1] == []


@pytest.mark.parametrize("task", ["rhymes"], indirect=True)
def test_what_does_not_rhyme_is_refused(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rhymes, "read_list", lambda name: [{"sentence": "the frog sat on a chair"}])
    with pytest.raises(InputError, match="'the frog sat on a chair': frog and chair do not rhyme"):
        list(rhymes.rhymes(task))


def test_a_verse_is_out_of_copyright() -> None:
    for row in read_list("verses"):
        assert (row["author"] == "traditional") == (row["died"] == "")
        assert int(row["died"] or 0) <= LAST_DEATH


def test_an_author_died_once() -> None:
    assert len({(row["author"], row["died"]) for row in read_list("verses")}) == len(
        {row["author"] for row in read_list("verses")}
    )


@pytest.mark.parametrize("task", ["verses"], indirect=True)
def test_a_verse_is_asked_for_its_last_word(task: Task) -> None:
    made = list(verses.verses(task))
    assert FreshPrompt("To be, or not to be, that is the", " question", "William Shakespeare, Hamlet") in made
    assert [item for item in made if not item.target[-1].isalpha() or len(item.prompt.split()) < 2] == []
