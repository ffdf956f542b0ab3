"""Edits of Python files, as people make them."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path


def edits_of_functions(source: str) -> Iterator[tuple[str, str]]:
    """Give a source with one of its functions edited, for each, and the name of the definition that it is in."""
    for top in ast.parse(source).body:
        for node in ast.walk(top):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.body[0].lineno > node.lineno:
                lines = source.splitlines(keepends=True)
                # The last statement of all: one that returns, or has no more lines after it.
                last = node.body[-1]
                lines.insert(last.lineno - 1, f"{' ' * last.col_offset}edited = 1\n")
                yield top.name, "".join(lines)


def edit_function(name: str) -> Callable[[Path], None]:
    """Return what edits a function of a file."""

    def edit(path: Path) -> None:
        edited = dict(reversed(list(edits_of_functions(path.read_text(encoding="utf-8")))))
        path.write_text(edited[name], encoding="utf-8")

    return edit


def edit_docstrings(path: Path) -> None:
    """Put other docstrings in the place of those of a file, take its comments away, and lay it out anew."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Expr(ast.Constant("Another docstring."))
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)) + "\n", encoding="utf-8")


def append(text: str) -> Callable[[Path], None]:
    """Return what adds text to the end of a file."""

    def edit(path: Path) -> None:
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    return edit


def replace(old: str, new: str) -> Callable[[Path], None]:
    """Return what puts a text, which must be there, in the place of another, once."""

    def edit(path: Path) -> None:
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{path}: there is no {old}"
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return edit


add_function = append("\n\ndef nobody_calls_this(value):\n    return value + 1\n")
add_comment = append("# A comment.\n")
