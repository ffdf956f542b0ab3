"""The bank of lines of verse, from a list of lines out of copyright."""

from collections.abc import Iterator

from sna.bank.reading import read_list
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task


def verses(task: Task) -> Iterator[FreshPrompt]:
    """Yield lines of well-known verse without their last word.

    Parameters
    ----------
    task : Task

    Yields
    ------
    FreshPrompt
        Its source is the author, or "traditional", and the title. Quotation marks and the mark at the line's end are
        left out.
    """
    for row in read_list("verses"):
        beginning, _, target = row["line"].rpartition(" ")
        yield FreshPrompt(beginning, f" {target}", f"{row['author']}, {row['title']}")
