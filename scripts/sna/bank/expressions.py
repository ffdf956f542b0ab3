"""The bank of Python expressions, whose values Python itself computes."""

from collections.abc import Iterator
from itertools import product

from sna.bank.drawing import shuffle
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

# Of each kind of expression as many, where there are as many.
_MOST = 12
_WORDS = ("dog", "bird", "fish", "horse", "tree", "house", "water", "apple", "bread", "music", "sun", "rain", "table")
_PAIRS = ("ab", "cd", "xy", "hi", "ok", "no", "py", "go")
_TRIPLES = ("xyz", "def", "dog", "sun", "red", "key", "map", "box", "pen", "top")
_TRUTHS = ("1", "2", "-1", "''", "'a'", "'no'", "[0]", "[1]", "()", "(0,)", "{}", "None", "0.0", "0.5", "True", "False")
_TYPED = ("2", "3", "'a'", "'1'", "2.5", "0.1", "[1]", "[]", "False", "True")
_TYPES = ("int", "str", "float", "list", "bool")
# What an expression may call.
_CALLED = (abs, bool, float, int, isinstance, len, list, max, min, round, sorted, str, sum)


def python_expressions(task: Task) -> list[FreshPrompt]:
    """Return comparisons of a short expression with its value, of the kinds that the task has.

    Parameters
    ----------
    task : Task

    Returns
    -------
    list of FreshPrompt
    """
    own = {item.prompt for item in task.all_prompts().values()}
    kinds: dict[str, list[FreshPrompt]] = {}
    for kind, expression in dict.fromkeys(_expressions()):
        item = FreshPrompt(f"{expression} ==", f" {evaluate(expression)!r}", kind)
        if item.prompt not in own:
            kinds.setdefault(kind, []).append(item)
    return [item for items in kinds.values() for item in shuffle(items)[:_MOST]]


def evaluate(expression: str) -> object:
    """Return the value of an expression, which can name nothing but a few harmless functions and types.

    Parameters
    ----------
    expression : str
        One that this module wrote.

    Returns
    -------
    object
    """
    return eval(expression, {"__builtins__": {function.__name__: function for function in _CALLED}})


def _expressions() -> Iterator[tuple[str, str]]:
    """Yield the kind of each expression, and the expression."""
    yield from _of_numbers()
    yield from _of_texts()
    yield from _of_lists()
    yield from _of_truths()


def _of_numbers() -> Iterator[tuple[str, str]]:
    for number in range(2, 30):
        yield "int()", f"int('{number}')"
        yield "str()", f"str({number})"
        yield "float()", f"float('{number}')"
        yield "abs()", f"abs(-{number})"
    for number, tenth in product(range(1, 12), (1, 2, 3, 7, 8, 9)):
        yield "round()", f"round({number}.{tenth})"
    for left, right in product(range(1, 21), range(2, 10)):
        if left > right:
            yield "//", f"{left} // {right}"
            yield "%", f"{left} % {right}"
        if left != right:
            yield "min()", f"min({left}, {right})"
            yield "max()", f"max({left}, {right})"
        if left > 1 and left**right <= 200:
            yield "**", f"{left} ** {right}"


def _of_texts() -> Iterator[tuple[str, str]]:
    for word in _WORDS:
        yield "len() of text", f"len('{word}')"
    for left, right in product("abcdexyz", repeat=2):
        yield "+ of text", f"'{left}' + '{right}'"
    for text in (*"bcdexyz", *_PAIRS):
        yield "upper()", f"'{text}'.upper()"
    for word, place in product(_TRIPLES, range(3)):
        yield "index of text", f"'{word}'[{place}]"


def _of_lists() -> Iterator[tuple[str, str]]:
    for first, second in product(range(1, 10), repeat=2):
        yield "sum()", f"sum([{first}, {second}])"
        if first != second:
            yield "sorted()", f"sorted([{first}, {second}])"
    for first, step, length in product(range(1, 10), (1, 2), (1, 2, 3, 4)):
        numbers = list(range(first, first + step * length, step))
        yield "len() of list", f"len({numbers})"
        if length == 3:
            yield from (("index of list", f"{numbers}[{place}]") for place in range(length))


def _of_truths() -> Iterator[tuple[str, str]]:
    for value in _TRUTHS:
        yield "bool()", f"bool({value})"
    for value, kind in product(_TYPED, _TYPES):
        expression = f"isinstance({value}, {kind})"
        yield f"isinstance(), {evaluate(expression)}", expression
    for left, word, right in product((True, False), ("and", "or"), (True, False)):
        yield "and, or", f"({left} {word} {right})"
        yield "and, or", f"(not {left} {word} {right})"
