"""The bank of number sequences."""

from collections.abc import Iterator, Sequence

from sna.bank.drawing import shuffle
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

#: How many prompts follow each rule at most, in about the shares that they have in the task.
_MOST = {
    "multiples": 76,
    "counting up": 68,
    "counting down": 68,
    "multiplying": 14,
    "dividing": 18,
    "squares": 12,
    "triangular numbers": 7,
}
_TABLES = (*range(2, 76), *range(80, 100, 5), *range(100, 300, 50))
_STEPS, _WIDE_STEPS, _RATIOS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), (20, 25, 50, 100), (2, 3, 4, 5, 10)
_LARGEST = 1000
# They could also go on as the primes do.
_AMBIGUOUS = ([3, 5, 7], [7, 5, 3])


def sequences(task: Task) -> list[FreshPrompt]:
    """Return sequences of three numbers or more, so many that one rule is clearly the simplest.

    Parameters
    ----------
    task : Task

    Returns
    -------
    list of FreshPrompt
        None begins as one of the task's does.
    """
    own = [item.prompt for item in task.all_prompts().values()]
    rules: dict[str, list[FreshPrompt]] = {rule: [] for rule in _MOST}
    for rule, (*shown, asked) in _all():
        item = FreshPrompt(f"{', '.join(map(str, shown))},", f" {asked}", rule)
        if max(shown[0], asked) <= _LARGEST and shown not in _AMBIGUOUS and not _begins_alike(item.prompt, own):
            rules[rule].append(item)
    return [item for rule, items in rules.items() for item in shuffle(items)[: _MOST[rule]]]


def _begins_alike(prompt: str, others: Sequence[str]) -> bool:
    return any(prompt.startswith(other) or other.startswith(prompt) for other in others)


def _all() -> Iterator[tuple[str, list[int]]]:
    """Yield each rule with the numbers that it gives, the last of which is asked for."""
    for step in _TABLES:
        yield "multiples", [step * place for place in range(1, 5)]
    for step in (*_STEPS, *_WIDE_STEPS):
        # A start that is the step makes multiples.
        starts = [start for start in (range(1, 31) if step in _STEPS else range(step, 7 * step, step)) if start != step]
        yield from (("counting up", [start + step * place for place in range(4)]) for start in starts)
        yield from (("counting down", [start + step * place for place in (3, 2, 1, 0)]) for start in starts)
    for ratio in _RATIOS:
        for start in range(1, 10):
            # Of four numbers: 1, 2, 4 could also go on with 7.
            yield "multiplying", [start * ratio**place for place in range(5)]
            yield "dividing", [start * ratio**place for place in (3, 2, 1, 0)]
    for first in range(1, 9):
        yield "squares", [place**2 for place in range(first, first + 5)]
        yield "squares", [place**2 for place in reversed(range(first, first + 5))]
        yield "triangular numbers", [place * (place + 1) // 2 for place in range(first, first + 5)]
