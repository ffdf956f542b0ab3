"""The lists that banks are made from, in lists/ beside this file."""

import csv
from pathlib import Path

_LISTS = Path(__file__).parent / "lists"


def read_list(name: str) -> list[dict[str, str]]:
    """Return the rows of a list.

    Parameters
    ----------
    name : str
        The file's, without its ending .tsv: cells separated by tabs, never quoted; the first line names the columns.

    Returns
    -------
    list of dict
        Each row's cells by column.
    """
    with (_LISTS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n"))
