"""What the documentation takes from the project's own files, so that nothing is told twice.

A line of a page such as ``<!-- readme: Exploring -->`` stands for that section of README.md, ``<!-- tables -->`` for
the tables between the stages, and ``<!-- statistics -->`` for the files of statistics.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pandera.pandas import Check, Column

from sna import tables
from sna.statistics.registry import RESULTS
from sna.tables import Table

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "scripts" / "sna" / "tables.py"
_MARK = re.compile(r"^<!-- (\w+)(?:: (.+))? -->$", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
# What a browser would load by itself from another place.
_FOREIGN = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//[^>]*>""")


def fill(page: str) -> str:
    """Return a page with what its marks stand for in their place."""
    return _MARK.sub(_stand_for, page)


def _stand_for(mark: re.Match[str]) -> str:
    match mark.groups():
        case "readme", str(heading):
            return section(heading)
        case "tables", None:
            return describe_tables()
        case "statistics", None:
            return describe_statistics()
    raise ValueError(f"there is no mark {mark[0]}")


def section(heading: str) -> str:
    """Return a section of the README without its heading; files of the project are named there instead of linked."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, found, rest = readme.partition(f"\n## {heading}\n")
    if not found:
        raise ValueError(f"README.md has no section {heading!r}")
    return _LINK.sub(_link_from_site, rest.partition("\n## ")[0].strip())


def _link_from_site(link: re.Match[str]) -> str:
    is_picture, text, target = link.groups()
    if "://" in target:
        return link[0]
    return f"![{text}](../{target})" if is_picture else f"`{target}`"


def describe_tables() -> str:
    """Describe every table of `sna.tables`: by its contract what its columns hold, by its comments what they mean."""
    return "\n".join(
        "\n".join([f"### {name}\n", words.table, "", *_rows(getattr(tables, name), words.columns), ""])
        for name, words in read_words(TABLES.read_text(encoding="utf-8")).items()
    )


def _rows(table: Table, meanings: dict[str, str]) -> Iterator[str]:
    yield "| column | type | holds | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, column in table.columns.items():
        # Without how pandas stores it, as of string[pyarrow].
        kind = str(column.dtype).partition("[")[0]
        yield f"| `{name}` | {kind} | {_values(column)} | {meanings[name]} |"
    yield ""
    yield f"A row is named by {_listed(table.keys)}, and the rows are sorted by them."
    if table.grid:
        yield f"Every combination of {_listed(table.grid)} that occurs is there."


def _listed(names: Iterable[str]) -> str:
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def _values(column: Column) -> str:
    """Say in words which values a column may hold."""
    said = [_say(check) for check in column.checks] + ["or nothing"] * column.nullable
    return " ".join(said)


def _say(check: Check) -> str:
    told = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return f"{told['min_value']} or more"
        case "greater_than":
            return f"more than {told['min_value']}"
        case "in_range":
            return f"{told['min_value']} to {told['max_value']}"
        case "isin":
            return ", ".join(f"`{value}`" for value in told["allowed_values"])
        case "str_length":
            return "not empty"
        case name:
            return str(name)


class Words(NamedTuple):
    """What the comments in `sna.tables` say of a table, and of each of its columns."""

    table: str
    columns: dict[str, str]


def read_words(source: str) -> dict[str, Words]:
    """Read what the comments of a module say of the tables that it makes.

    Parameters
    ----------
    source : str
        The module. The comment on a table, or on a column of it, is in the lines right above.

    Returns
    -------
    dict of str to Words
        By the tables' names. A column without a comment means what it means in the last table above that has one.
    """
    lines = source.splitlines()
    known: dict[str, str] = {}
    found = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign):
            keys = (key for node in ast.walk(statement.value) if isinstance(node, ast.Dict) for key in node.keys)
            known |= {
                key.value: words
                for key in keys
                if isinstance(key, ast.Constant)
                and key.lineno > statement.lineno
                and (words := _comment_above(lines, key.lineno))
            }
            if isinstance(statement.value, ast.Call) and ast.unparse(statement.value.func) == "Table":
                found[ast.unparse(statement.targets[0])] = Words(_comment_above(lines, statement.lineno), dict(known))
    return found


def _comment_above(lines: list[str], number: int) -> str:
    """Return the comment in the lines right above a line, which are counted from 1."""
    comment: list[str] = []
    for line in reversed(lines[: number - 1]):
        if not line.lstrip().startswith("#"):
            break
        comment.insert(0, line.strip().removeprefix("# "))
    return " ".join(comment)


def describe_statistics() -> str:
    """List the files of statistics with the class of what each holds, which has a place in the reference."""
    rows = [
        f"| `statistics/{name}.json` | {{py:class}}`~{kind.__module__}.{kind.__name__}` |"
        for name, kind in sorted(RESULTS.items())
    ]
    return "\n".join(["| file | of each model |", "| --- | --- |", *rows])


def check_site(folder: Path) -> None:
    """Refuse a site of which a page would load something from another place.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ValueError
        With the page and what it would load.
    """
    for page in sorted(folder.rglob("*.html")):
        if foreign := _FOREIGN.search(page.read_text(encoding="utf-8")):
            raise ValueError(f"{page.relative_to(folder)}: would load {foreign.group()}")
