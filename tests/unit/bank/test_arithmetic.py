"""The arithmetic banks: every target is right, and no fact is one of the task, however it is turned."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from math import isqrt
from pathlib import Path

import pytest

from sna.bank.registry import make_bank
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Prompt, Task, read_task

ROOT = Path(__file__).parents[3]
OPERATIONS = [
    ("addition", "+", operator.add),
    ("subtraction", "-", operator.sub),
    ("multiplication", "*", operator.mul),
]


def task_of(name: str) -> Task:
    return read_task(ROOT / "tasks" / f"{name}.yaml")


def numbers(prompt: str, target: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", prompt + target)]


@pytest.mark.parametrize(("name", "sign", "operation"), OPERATIONS)
def test_every_result_is_right_and_positive(name: str, sign: str, operation: Callable) -> None:
    for item in make_bank(task_of(name)):
        left, right, result = numbers(item.prompt, item.target)
        assert item.prompt == f"{left} {sign} {right} ="
        assert item.target == f" {result}"
        assert result == operation(left, right) > 0


def facts(items: Iterable[Prompt | FreshPrompt]) -> list[frozenset[int]]:
    return [frozenset(numbers(item.prompt, item.target)) for item in items]


@pytest.mark.parametrize("name", ["addition", "subtraction", "multiplication"])
def test_none_is_one_of_the_task_turned_round(name: str) -> None:
    task = task_of(name)
    assert set(facts(make_bank(task))) & set(facts(task.all_prompts().values())) == set()


@pytest.mark.parametrize("name", ["addition", "multiplication"])
def test_none_is_another_one_turned_round(name: str) -> None:
    found = facts(make_bank(task_of(name)))
    assert len(set(found)) == len(found)


def is_square(number: int) -> bool:
    return isqrt(number) ** 2 == number


def follows(rule: str, terms: list[int]) -> bool:
    """Say whether numbers follow a rule, by what the rule means rather than by how the bank makes them."""
    steps = [after - before for before, after in pairwise(terms)]
    equal_steps = len(set(steps)) == 1
    equal_ratios = len({Fraction(after, before) for before, after in pairwise(terms)}) == 1
    growth = {after - before for before, after in pairwise(steps)}
    return {
        "multiples": equal_steps and steps[0] == terms[0],
        "counting up": equal_steps and steps[0] > 0,
        "counting down": equal_steps and steps[0] < 0,
        "multiplying": equal_ratios and steps[0] > 0,
        "dividing": equal_ratios and steps[0] < 0,
        "squares": growth == {2} and all(map(is_square, terms)),
        "triangular numbers": growth == {1} and all(is_square(8 * term + 1) for term in terms),
    }[rule]


def test_every_sequence_goes_on_as_its_rule_says_and_shows_three_numbers_or_more() -> None:
    for item in make_bank(task_of("sequences")):
        terms = numbers(item.prompt, item.target)
        assert item.prompt == f"{', '.join(map(str, terms[:-1]))},"
        assert len(terms) >= 4
        assert min(terms) > 0
        assert follows(item.source, terms), item


def test_no_sequence_begins_as_another_one_or_one_of_the_task() -> None:
    task = task_of("sequences")
    fresh = make_bank(task)
    others = {item.prompt for item in task.all_prompts().values()} | {item.prompt for item in fresh}
    for item in fresh:
        assert [other for other in others - {item.prompt} if other.startswith(item.prompt)] == []


def test_every_rule_of_sequences_is_there() -> None:
    assert len(Counter(item.source for item in make_bank(task_of("sequences")))) == 7
