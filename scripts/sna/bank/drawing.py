"""Orders that look random and depend on nothing but what is ordered: no generator's version, none of the others."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeVar

Item = TypeVar("Item")


def shuffle(items: Iterable[Item], text: Callable[[Any], str] = attrgetter("prompt")) -> list[Item]:
    """Return items in the order of their texts' checksums.

    Parameters
    ----------
    items : iterable
        Fresh prompts, or what `text` is for.
    text : callable
        Gives an item's text.

    Returns
    -------
    list
        The first n of them are a sample. One that is added leaves the order of the others as it was.
    """
    return sorted(items, key=lambda item: sha256(text(item).encode("utf-8")).digest())
