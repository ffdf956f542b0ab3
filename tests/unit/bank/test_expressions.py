"""The bank of Python expressions: Python finds every line true."""

from collections import Counter
from pathlib import Path

import pytest

from sna.bank.expressions import evaluate
from sna.bank.registry import make_bank
from sna.inputs.tasks import read_task

TASK = Path(__file__).parents[3] / "tasks" / "python_expressions.yaml"


def test_every_line_is_a_comparison_that_python_finds_true() -> None:
    assert [item for item in make_bank(read_task(TASK)) if eval(item.prompt + item.target) is not True] == []


def test_every_target_is_written_as_python_writes_it() -> None:
    for item in make_bank(read_task(TASK)):
        assert item.target == f" {eval(item.prompt.removesuffix('=='))!r}"


def test_no_kind_of_expression_outweighs_the_others() -> None:
    kinds = Counter(item.source for item in make_bank(read_task(TASK)))
    assert len(kinds) == 22
    assert set(kinds.values()) == {12}


@pytest.mark.parametrize("expression", ["open('x')", "__import__('os')", "eval('1')", "print(1)"])
def test_an_expression_can_name_nothing_but_what_is_harmless(expression: str) -> None:
    with pytest.raises(NameError):
        evaluate(expression)
