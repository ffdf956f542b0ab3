"""Banks of the arithmetic tasks, but for sequences.

Each prompt is a fact about three numbers, such as 7, 5 and 12, that its task has in no order.
"""

import re
from collections.abc import Iterable

from sna.bank.drawing import shuffle
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

# One number has one digit, as in the tasks; the other goes on until there are enough facts.
_SMALL, _LARGEST_TERM = range(1, 10), 35
_FACTORS, _LARGEST_FACTOR, _LARGEST_PRODUCT = range(2, 10), 60, 200
_LARGEST_MINUEND = 25


def addition(task: Task, largest: int = _LARGEST_TERM) -> list[FreshPrompt]:
    """Return sums of a small number and another one.

    Parameters
    ----------
    task : Task
    largest : int
        Of the other one.

    Returns
    -------
    list of FreshPrompt
        None is another one turned round.
    """
    sums = [(f"{left} + {right}", left + right) for left in range(1, largest + 1) for right in _SMALL]
    return _once(_new_facts(task, "sum", sums))


def subtraction(task: Task, largest: int = _LARGEST_MINUEND) -> list[FreshPrompt]:
    """Return differences of two small numbers; all are positive.

    Parameters
    ----------
    task : Task
    largest : int
        From which the other is subtracted.

    Returns
    -------
    list of FreshPrompt
    """
    differences = [(f"{left} - {right}", left - right) for left in range(2, largest + 1) for right in range(1, left)]
    return _new_facts(task, "difference", differences)


def multiplication(
    task: Task, largest: int = _LARGEST_FACTOR, largest_product: int = _LARGEST_PRODUCT
) -> list[FreshPrompt]:
    """Return products of a number from 2 to 9 and another one that is not smaller.

    Parameters
    ----------
    task : Task
    largest, largest_product : int
        Of the other one, and of what they come to.

    Returns
    -------
    list of FreshPrompt
    """
    products = [
        (f"{left} * {right}", left * right)
        for left in _FACTORS
        for right in range(left, min(largest, largest_product // left) + 1)
    ]
    return _new_facts(task, "product", products)


def _new_facts(task: Task, source: str, facts: Iterable[tuple[str, int]]) -> list[FreshPrompt]:
    known = {_numbers(item.prompt, item.target) for item in task.all_prompts().values()}
    fresh = [FreshPrompt(f"{left} =", f" {right}", source) for left, right in facts]
    return [item for item in fresh if _numbers(item.prompt, item.target) not in known]


def _once(fresh: Iterable[FreshPrompt]) -> list[FreshPrompt]:
    """Return one prompt of each fact: 3 + 6 or 6 + 3, which is as likely."""
    return list({_numbers(item.prompt, item.target): item for item in shuffle(fresh)}.values())


def _numbers(prompt: str, target: str) -> frozenset[int]:
    return frozenset(map(int, re.findall(r"\d+", prompt + target)))
