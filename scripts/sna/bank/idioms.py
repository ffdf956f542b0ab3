"""The bank of lines of Python, of which the interpreter's own standard library says how most of them go on.

The library changes from version to version, and the bank does not: a list names the beginnings, all of which most lines
of Python 3.11, 3.12 and 3.13 continue in the same way. Where they do not, the bank is refused.
"""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path

from sna.bank.reading import read_list
from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

_LIBRARY = Path(os.__file__).parent
#: Folders of what others wrote, and of tests, which repeat themselves.
_LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idle_test", "idlelib"}
# What is next, with the space before it.
_NEXT = re.compile(r" ?(?:\w+|'[^']*'|\"[^\"]*\"|[-+*/%@&|^<>=!]+|[^\w\s])")
#: At least so many lines go on in the same way, and so large a share of those that begin so.
_FEWEST, _SHARE = 3, 0.6
# By which lines are sorted out that begin like none.
_KEY = 4


def python_idioms(task: Task) -> Iterator[FreshPrompt]:
    """Yield beginnings of lines that go on in one way far more often than in others.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt

    Raises
    ------
    InputError
        If not three lines of the standard library begin so and go on in the same way, or they are not three fifths of
        those that begin so.
    """
    for beginning, found in continuations(frozenset(row["beginning"] for row in read_list("idioms"))).items():
        target, number = max(found.items(), key=itemgetter(1), default=("", 0))
        if not target or number < max(_FEWEST, _SHARE * found.total()):
            raise InputError(
                f"idioms.tsv: {number} of {found.total()} lines of the standard library that begin with {beginning!r} "
                f"go on with {target!r}; at least {_FEWEST} and {_SHARE:.0%} must go on alike"
            )
        yield FreshPrompt(beginning, target, "most frequent in the standard library")


@cache
def continuations(beginnings: Collection[str]) -> dict[str, Counter[str]]:
    """Look lines up in the standard library of this interpreter.

    Parameters
    ----------
    beginnings : frozenset of str
        How lines begin, indentation left out; each has at least 4 characters.

    Returns
    -------
    dict of str to Counter
        For each beginning, how many lines go on with which word, string, operator or mark, with the space before it; or
        end there, with the empty text.
    """
    by_key: dict[str, list[str]] = {}
    for beginning in beginnings:
        by_key.setdefault(beginning[:_KEY], []).append(beginning)
    found: dict[str, Counter[str]] = {beginning: Counter() for beginning in beginnings}
    for line in _lines():
        for beginning in by_key.get(line[:_KEY], ()):
            if line.startswith(beginning) and not _inside_word(line, len(beginning)):
                after = _NEXT.match(line, len(beginning))
                found[beginning][after.group() if after else ""] += 1
    return found


def _lines() -> Iterator[str]:
    for path in sorted(_LIBRARY.rglob("*.py")):
        if _LEFT_OUT.isdisjoint(path.relative_to(_LIBRARY).parts):
            yield from map(str.strip, path.read_text(encoding="utf-8", errors="replace").splitlines())


def _inside_word(line: str, place: int) -> bool:
    return bool(re.match(r"\w\w", line[place - 1 : place + 1]))
