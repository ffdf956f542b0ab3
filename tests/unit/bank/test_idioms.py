"""Idioms of Python: what most lines of a library go on with, counted in one of a few lines and in the real one."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sna.bank import idioms
from sna.bank.idioms import continuations, python_idioms
from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task, read_task

ROOT = Path(__file__).parents[3]


@pytest.fixture
def task() -> Task:
    return read_task(ROOT / "tasks" / "python_idioms.yaml")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a library of the given text in the place of the interpreter's."""

    def write(text: str, name: str = "module.py") -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(idioms, "_LIBRARY", tmp_path)
        continuations.cache_clear()

    yield write
    continuations.cache_clear()


def listed(monkeypatch: pytest.MonkeyPatch, *beginnings: str) -> None:
    monkeypatch.setattr(idioms, "read_list", lambda name: [{"beginning": text} for text in beginnings])


@pytest.mark.parametrize(
    ("line", "beginning", "after"),
    [
        ("    for x in range(3):", "for x in", " range"),
        ("for x in range(3):", "for x in range(", "3"),
        ("sys.exit(main())", "sys.exit(", "main"),
        ("if __name__ == '__main__':", "if __name__", " =="),
        ("if __name__ == '__main__':", "if __name__ ==", " '__main__'"),
        ('x = y["a b"]', "x = y[", '"a b"'),
        ("def f(*args, **kwargs):", "def f(*args,", " **"),
        ("x  = 1", "x  =", " 1"),
        ("return", "return", ""),
    ],
)
def test_a_line_goes_on_with_its_next_word_or_mark(library: Callable, line: str, beginning: str, after: str) -> None:
    library(line)
    assert continuations(frozenset({beginning})) == {beginning: Counter([after])}


def test_a_beginning_ends_where_a_word_does(library: Callable) -> None:
    library("import string\nimport string_utils\nimport strings\nstrings\nx_import string\n")
    assert continuations(frozenset({"import string"})) == {"import string": Counter([""])}


def test_tests_and_what_others_wrote_are_not_counted(library: Callable) -> None:
    for name in ("test/a.py", "site-packages/a.py", "unittest/test/a.py", "idlelib/a.py"):
        library("import os as b\n", name)
    library("import os as a\n", "package/a.py")
    assert continuations(frozenset({"import os as"})) == {"import os as": Counter({" a": 1})}


def test_a_beginning_that_mostly_goes_on_alike_is_asked_for(library, task, monkeypatch) -> None:
    library("for i in range(3)\n" * 3 + "for i in x\n" * 2)
    listed(monkeypatch, "for i in")
    assert [(item.prompt, item.target) for item in python_idioms(task)] == [("for i in", " range")]


@pytest.mark.parametrize(
    "text",
    ["for i in range(3)\n" * 2, "for i in range(3)\n" * 4 + "for i in x\n" * 3, "for i in\n" * 4, ""],
    ids=["few", "often otherwise", "nothing", "nowhere"],
)
def test_a_beginning_that_goes_on_otherwise_is_refused(library, task, monkeypatch, text: str) -> None:
    library(text)
    listed(monkeypatch, "for i in")
    with pytest.raises(InputError, match=r"idioms\.tsv: .* begin with 'for i in' go on with .*; at least 3 and 60%"):
        list(python_idioms(task))


def test_the_interpreters_library_knows_the_idioms_that_everyone_does(task: Task) -> None:
    known = {item.prompt: item.target for item in python_idioms(task)}
    expected = {"for key, value": " in", "super().__init__(*": "args", "if __name__": " ==", "async": " def"}
    assert {prompt: known[prompt] for prompt in expected} == expected
    assert FreshPrompt("if timeout is not", " None", "most frequent in the standard library") in python_idioms(task)
