"""What the documentation takes from the project's own files, so that nothing is told twice.

MkDocs calls the functions ``on_*`` while it builds the site. A line of a page such as ``<!-- readme: Exploring -->``
stands for that section of README.md, ``<!-- tables -->`` for the tables between the stages, and ``<!-- statistics -->``
for the files of statistics. Every package of the library gets a page, of which mkdocstrings makes the reference.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from pandera.pandas import Check, Column

    from sna.tables import Table

LIBRARY = ROOT / "scripts" / "sna"
TABLES = LIBRARY / "tables.py"
PICTURES = "report/pictures"
_MARK = re.compile(r"^<!-- (\w+)(?:: (.+))? -->$", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
# What a browser would load by itself from another place.
_FOREIGN = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//[^>]*>""")


def on_config(config: "MkDocsConfig") -> None:
    """Put the pages of the library's packages at the end of the reference."""
    config.nav[-1]["Reference"] += [{name: page} for name, page in packages().items()]


def on_files(files: "Files", *, config: "MkDocsConfig") -> None:
    """Add the pages of the library's packages, and the README's pictures."""
    from mkdocs.structure.files import File  # noqa: PLC0415  (the tests, which need no more of this file, lack it)

    for name, page in packages().items():
        files.append(File.generated(config, page, content=f"# {name}\n\n::: {name}\n"))
    for picture in (ROOT / PICTURES).iterdir():
        files.append(File.generated(config, f"{PICTURES}/{picture.name}", abs_src_path=str(picture)))


def on_page_markdown(markdown: str, **_) -> str:
    """Put what they stand for in the place of a page's marks."""
    return fill(markdown)


def on_post_page(output: str, *, page, **_) -> None:
    """Refuse a page that loads something from another place."""
    if foreign := _FOREIGN.search(output):
        raise ValueError(f"{page.file.src_uri}: would load {foreign.group()}")


def packages() -> dict[str, str]:
    """Return the page of each package of the library, and of its modules outside any, by its dotted name."""
    names = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))
    return {"sna": "reference/sna.md"} | {f"sna.{name}": f"reference/{name}.md" for name in names}


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
    is_picture, _, target = link.groups()
    return link[0] if "://" in target or is_picture else f"`{target}`"


def describe_tables() -> str:
    """Describe every table of `sna.tables`: by its contract what its columns hold, by its comments what they mean."""
    from sna import tables  # noqa: PLC0415  (its libraries are only needed here)

    return "\n".join(
        "\n".join([f"### {name}\n", words.table, "", *_rows(getattr(tables, name), words.columns), ""])
        for name, words in read_words(TABLES.read_text(encoding="utf-8")).items()
    )


def _rows(table: "Table", meanings: dict[str, str]) -> Iterator[str]:
    yield "| column | type | holds | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, column in table.columns.items():
        yield f"| `{name}` | {column.dtype} | {_values(column)} | {meanings[name]} |"
    yield ""
    yield f"A row is named by {_listed(table.keys)}, and the rows are sorted by them."
    if table.grid:
        yield f"Every combination of {_listed(table.grid)} that occurs is there."


def _listed(names: Iterable[str]) -> str:
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def _values(column: "Column") -> str:
    """Say in words which values a column may hold."""
    said = [_say(check) for check in column.checks] + ["or nothing"] * column.nullable
    return " ".join(said)


def _say(check: "Check") -> str:
    told = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return f"{told['min_value']} or more"
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
                if isinstance(key, ast.Constant) and (words := _comment_above(lines, key.lineno))
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
        comment.insert(0, line.strip("# "))
    return " ".join(comment)


def describe_statistics() -> str:
    """List the files of statistics with the class of what each holds, which has a place in the reference."""
    from sna.statistics.registry import RESULTS  # noqa: PLC0415  (its libraries are only needed here)

    rows = [
        f"| `statistics/{name}.json` | [`{kind.__name__}`][{kind.__module__}.{kind.__name__}] |"
        for name, kind in sorted(RESULTS.items())
    ]
    return "\n".join(["| file | of each model |", "| --- | --- |", *rows])
