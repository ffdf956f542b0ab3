import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.fetching.reviews.parts import distinct, draw_parts

SIZES = {"selection": 4, "tuning": 2, "test": 6}


def reviews(rows: list[tuple[str, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["label", "sentence"], dtype="str")
    return table.assign(number=range(len(table)))[["number", "label", "sentence"]]


def plain(sentence: str) -> str:
    return " ".join(sentence.casefold().split())


@st.composite
def with_duplicates(draw) -> pd.DataFrame:
    """Reviews, just enough for all parts, of which some come again, as they are or written another way."""
    rows = [(label, f"Film {number} is {label}") for label in ("negative", "positive") for number in range(6)]
    changes = st.sampled_from([str, str.upper, lambda sentence: sentence.replace(" ", "  ")])
    again = draw(st.lists(st.tuples(st.sampled_from(rows), changes)))
    rows += [(label, change(sentence)) for (label, sentence), change in again]
    return reviews(draw(st.permutations(rows)))


@given(with_duplicates(), st.integers(0, 5))
def test_no_sentence_is_in_two_parts_or_twice_in_one_and_labels_are_balanced(table, seed):
    parts = draw_parts(table, SIZES, seed)
    drawn = [plain(sentence) for part in parts.values() for sentence in part["sentence"]]
    assert len(set(drawn)) == len(drawn) == sum(SIZES.values())
    for name, part in parts.items():
        assert part["label"].value_counts().to_dict() == {"negative": SIZES[name] / 2, "positive": SIZES[name] / 2}
        assert part["number"].is_monotonic_increasing


def test_a_sentence_with_both_labels_is_left_out_and_others_are_kept_once():
    table = reviews(
        [
            ("positive", "Fine."),
            ("negative", "fine. "),
            ("positive", "Great"),
            ("positive", "GREAT"),
            ("negative", "Bad"),
        ]
    )
    assert distinct(table)["sentence"].tolist() == ["Great", "Bad"]


def test_the_seed_decides_what_is_drawn():
    table = reviews([(label, f"{label} {n}") for label in ("negative", "positive") for n in range(50)])
    numbers = [draw_parts(table, SIZES, seed)["test"]["number"].tolist() for seed in (1, 1, 2)]
    assert numbers[0] == numbers[1] != numbers[2]


def test_every_sentence_can_come_into_every_part():
    table = reviews([(label, f"{label} {n}") for label in ("negative", "positive") for n in range(6)])
    seen = {part: set() for part in SIZES}
    for seed in range(60):
        for part, rows in draw_parts(table, SIZES, seed).items():
            seen[part] |= set(rows["number"])
    assert all(numbers == set(range(12)) for numbers in seen.values())


def test_too_few_sentences_of_a_label_are_counted():
    table = reviews([("negative", str(n)) for n in range(6)] + [("positive", f"+{n // 2}") for n in range(10)])
    with pytest.raises(
        InputError, match=r"selection \+ tuning \+ test need 6 different positive sentences; there are 5"
    ):
        draw_parts(table, SIZES, seed=0)
