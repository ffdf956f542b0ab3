"""Prompts to tune on: enough of them, right, and none that anything is measured on."""

import re
from pathlib import Path

import pytest

from sna.bank.training import GENERATORS, make_training
from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt, check_fresh, read_fresh
from sna.inputs.tasks import Task, read_task

ROOT = Path(__file__).parents[3]


def read(name: str) -> tuple[Task, list[FreshPrompt]]:
    return read_task(ROOT / "tasks" / f"{name}.yaml"), read_fresh(ROOT / "tasks" / "fresh" / f"{name}.tsv")


@pytest.mark.parametrize("name", GENERATORS)
def test_none_of_sixty_prompts_is_measured_on_or_stands_twice(name: str) -> None:
    task, bank = read(name)
    made = make_training(task, bank, 60, seed=1)
    assert len({item.prompt for item in made}) == 60
    assert {item.prompt for item in made}.isdisjoint(item.prompt for item in bank)
    check_fresh(made, task, "training.tsv")


@pytest.mark.parametrize("name", ["addition", "subtraction", "multiplication"])
def test_no_fact_of_arithmetic_is_measured_on_however_it_is_turned(name: str) -> None:
    task, bank = read(name)

    def facts(items) -> set[frozenset[str]]:
        return {frozenset(re.findall(r"\d+", item.prompt + item.target)) for item in items}

    made = facts(make_training(task, bank, 60, seed=1))
    assert made.isdisjoint(facts(bank))
    assert made.isdisjoint(facts(task.all_prompts().values()))


def test_a_seed_decides_which_are_taken() -> None:
    task, bank = read("syllogisms")
    assert make_training(task, bank, 60, seed=1) == make_training(task, bank, 60, seed=1)
    assert make_training(task, bank, 60, seed=1) != make_training(task, bank, 60, seed=2)


def test_more_than_can_be_made_are_refused_with_how_many_there_are() -> None:
    task, bank = read("python_expressions")
    with pytest.raises(InputError, match=r"^10000 prompts of python_expressions asked for; \d+ can be made that"):
        make_training(task, bank, 10_000, seed=1)


def test_a_task_whose_list_is_used_up_is_refused_with_those_that_work() -> None:
    task, bank = read("antonyms")
    with pytest.raises(InputError, match=rf"all that there are, {len(bank)}, are its fresh ones; choose from addition"):
        make_training(task, bank, 10, seed=1)
