"""A module is told apart into definitions and effects, and its hashes say what it does and not how it is written."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sna.provenance.syntax import Module

SOURCE = '''\
"""A module."""

import math
from functools import cache

from lib import other as another

LIMIT = 3
PAIR = ONE, TWO = 1, 2
SHARES = {name: 0.5 for name in "ab"}
REGISTRY = []
REGISTRY.append(LIMIT)


class Shape:
    """A class."""

    sides: int = 4

    def area(self, side: "Side") -> float:
        """A method."""
        if side > LIMIT:
            return math.pi

        return another(side)


@cache
def measure(value, scale=LIMIT):
    """A function."""
    def inner(it):
        return it * scale

    return f"{inner(value)!r:>{LIMIT}}" + "#" + """
# no comment
"""


async def wait(*values, key=None, **more):
    await values
    match key:
        case {"a": found, **rest}:
            return found, rest
    try:
        pass
    except ValueError as error:
        raise KeyError from error
'''
PLAIN = """
A = 1
B = (A, -1, [2], {"c": 3}, lambda x: x)
C: int = A if B else 2
D = Path("a")
E = pa.Column(str, pa.Check.isin(["a"]))
F = Annotated[str, Field(min_length=1)]
G, H = frozenset("a"), partial(print, 1)
def f(x=A, *, y=D): ...
@dataclass(frozen=True)
class I(Base):
    x: int = field(default=1)
    @property
    def y(self): return register(self)
@torch.inference_mode()
def g(): register()
class J:
    class K: pass
def wrapper(f):
    def wrapped(x): return f(x)
    return wrapped
U = Maker(lambda x: register(x))
"""
EFFECTS = """
print(1)
L = register(1)
M = TABLE.add(1)
X.attribute = 1
X["item"] = 2
LIST += [1]
if A: P = 1
for Q in (): pass
with open("a") as R: pass
try: import a
except ImportError: a = None
@register
def h(): ...
@styled()
def k(): ...
def m(x=register()): ...
class N:
    register(1)
class O(make()): ...
S = (T := 1)
assert True
del A
"""


def module(source: str) -> Module:
    return Module(("lib", "some"), source.encode())


def hashes(source: str) -> dict[str, str | None]:
    """Return all hashes of a module."""
    known = module(source)
    named = {name: known.hash(name) for name in known.definitions}
    return named | {"<module>": known.hash_effects([])}


@pytest.mark.parametrize("statement", ast.parse(PLAIN).body, ids=ast.unparse)
def test_what_only_makes_a_value_is_a_definition(statement):
    known = module(ast.unparse(statement))
    assert known.definitions
    assert known.always == set()
    assert known.effects == []


@pytest.mark.parametrize("statement", ast.parse(EFFECTS).body, ids=ast.unparse)
def test_what_may_change_something_else_is_an_effect(statement):
    known = module(ast.unparse(statement))
    assert set(known.definitions) == known.always
    assert len(known.always) + len(known.effects) == 1
    assert known.always or known.hash_effects([]) is not None


def test_a_decorator_of_the_module_that_only_wraps_changes_nothing_else():
    wrapper = "def wrap(f):\n    def wrapped(x): return f(x)\n    return wrapped\n"
    assert module(f"{wrapper}@wrap\ndef g(): ...").always == set()
    assert module(f"{wrapper.replace('    return wrapped', '    KNOWN.append(f)')}@wrap\ndef g(): ...").always == {"g"}


def test_a_name_that_is_bound_twice_is_followed_no_further():
    known = module("def f(): return 1\ndef g(): return f\nf = 2\n")
    assert set(known.definitions) == {"g"}
    assert len(known.effects) == 2


def test_a_value_that_moves_past_an_effect_may_be_another():
    before = module("LIST = [1]\nCOPY = LIST[:]\nLIST.append(2)\n").hash("COPY")
    assert module("LIST = [1]\nLIST.append(2)\nCOPY = LIST[:]\n").hash("COPY") != before


def test_effects_that_exchange_their_places_are_others():
    one, other = module("A = do(1)\nB = do(2)\n"), module("B = do(2)\nA = do(1)\n")
    assert one.always == other.always == {"A", "B"}
    assert one.hash("A") != other.hash("A")


LINES = SOURCE.splitlines(keepends=True)
# Within a text that runs over lines everything counts; nothing may stand between a decorator's line and its function.
INSIDE = {number for number, line in enumerate(LINES) if line.startswith(("# no comment", '"""\n'))}
BETWEEN = [number for number in range(len(LINES) + 1) if number not in INSIDE]


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(["", "# comment", "        # comment"])), min_size=1)
)
def test_comments_and_blank_lines_anywhere_change_no_hash(inserted):
    lines = list(LINES)
    for number, text in sorted(inserted, reverse=True):
        lines.insert(number, f"{text}\n")
    assert hashes("".join(lines)) == hashes(SOURCE)


class Documented(ast.NodeTransformer):
    """Give, change or take away docstrings, as a sequence of choices says."""

    def __init__(self, choices: list[str | None]) -> None:
        self.choices = choices

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and self.choices:
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            text = self.choices.pop()
            node.body = body if text is None else [ast.Expr(ast.Constant(text)), *body]
        return node


@settings(max_examples=100)
@given(st.lists(st.none() | st.text(max_size=10), max_size=7))
def test_docstrings_change_no_hash_however_the_code_is_laid_out(choices):
    changed = Documented(choices).visit(ast.parse(SOURCE))
    assert hashes(ast.unparse(ast.fix_missing_locations(changed))) == hashes(SOURCE)


def test_docstrings_count_where_they_are_read():
    assert not module(SOURCE).reads_docstrings
    assert module(f"{SOURCE}\nprint(__doc__)\n").reads_docstrings
    assert module(SOURCE).hash("Shape", docstrings=True) != module(SOURCE).hash("Shape")


@given(st.data())
def test_another_number_name_or_operator_changes_the_hash_of_its_definition_alone(data):
    tree = ast.parse(SOURCE)
    changeable = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp | ast.Compare) or (isinstance(node, ast.Constant) and isinstance(node.value, int))
    ]
    node = data.draw(st.sampled_from(changeable))
    owner = next(top for top in tree.body if node in ast.walk(top))
    if isinstance(node, ast.BinOp):
        node.op = ast.FloorDiv()
    elif isinstance(node, ast.Compare):
        node.ops = [ast.NotEq()]
    else:
        node.value = data.draw(st.integers(10, 99))
    before, after = hashes(SOURCE), hashes(ast.unparse(tree))
    changed = {name for name in before if before[name] != after[name]}
    names = {target.id for target in ast.walk(owner) if isinstance(target, ast.Name)} | {getattr(owner, "name", "")}
    assert changed
    assert changed <= names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("from math import floor as f\ndef g(): return f", "from math import ceil as f\ndef g(): return f"),
        ("from a import f, h\ndef g(): return f, h", "from a import f as h, h as f\ndef g(): return f, h"),
        ("def g(): return 1", "def g(): return 1.0"),
        ("def g(): return 1", "def g(): return True"),
        ("def g(): return 'a'", "def g(): return b'a'"),
        ("def g(x, /): return x", "def g(x): return x"),
        ("def g(): return [*a]", "def g(): return [a]"),
        ("def g(): return {**a}", "def g(): return {a: None}"),
    ],
)
def test_what_looks_alike_and_is_not_differs(one, other):
    assert module(one).hash("g") != module(other).hash("g")


@pytest.mark.parametrize(
    "source",
    ["eval('f')", "exec('f')", "globals()['f']", "vars()['f']", "from lib import *", "def g():\n    return globals()"],
)
def test_a_module_that_finds_something_by_text_is_open(source):
    assert module(source).is_open
    assert not module(source).opens_all


@pytest.mark.parametrize(
    "source",
    [
        "from importlib import import_module",
        "import importlib\nimportlib.import_module('a')",
        "import sys\nsys.modules['a']",
        "from sys import modules",
        "__import__('a')",
        "import runpy",
        "class A:\n    def __init_subclass__(cls): ...",
        "class A(metaclass=B): ...",
        "def f(): return B.__subclasses__()",
    ],
)
def test_a_module_that_may_find_any_other_opens_all(source):
    assert module(source).opens_all


@pytest.mark.parametrize(
    "source",
    [
        "vars(value)",
        "getattr(value, name)",
        "def f(modules): return modules",
        "import sys\nsys.path",
        "'eval(f)'",
        "a.eval()",
    ],
)
def test_what_can_be_followed_opens_nothing(source):
    assert not module(source).is_open
    assert not module(source).opens_all
