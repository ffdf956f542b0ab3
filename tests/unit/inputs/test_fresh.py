"""Banks of fresh prompts: what is written is read, and a mistake is named by its line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt, check_fresh, read_fresh, write_fresh
from sna.inputs.tasks import Task, read_task

ROOT = Path(__file__).parents[3]
SUM = FreshPrompt("20 + 3 =", " 23", "sum")


def written(folder: Path, *lines: str) -> Path:
    path = folder / "addition.tsv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def refusal(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_fresh(path)
    return [line.removeprefix(str(path)) for line in str(caught.value).splitlines()]


@pytest.fixture
def task() -> Task:
    return read_task(ROOT / "tasks" / "addition.yaml")


# No tabs and no line breaks, and something to see.
cells = st.text(st.characters(codec="utf-8", exclude_characters="\t\r\n"), min_size=1).filter(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(cells, cells, cells), min_size=1, unique_by=lambda row: row[0]))
def test_what_is_written_is_read_again(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    fresh = [FreshPrompt(*row) for row in rows]
    write_fresh(tmp_path / "bank.tsv", fresh)
    assert read_fresh(tmp_path / "bank.tsv") == fresh


def test_a_file_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bank.tsv"
    path.write_bytes(b"\xef\xbb\xbfprompt\ttarget\tsource\r\n20 + 3 =\t 23\tsum\r\n")
    assert read_fresh(path) == [SUM]


def test_every_line_with_a_mistake_is_named(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        *("prompt\ttarget\tsource", "a\t b\tx", "c\t d", "e\t \tx", "a\t f\tx", "g\t h\tx\ty", ""),
    )
    assert refusal(path) == [
        ":3: has 2 cells; it must have 3, separated by tabs",
        ":4: target must not be empty",
        ":5: 'a' stands in line 2 already",
        ":6: has 4 cells; it must have 3, separated by tabs",
        ":7: has 1 cells; it must have 3, separated by tabs",
    ]


@pytest.mark.parametrize("first", ["", "prompt,target,source", "a\t b\tx", "prompt\ttarget"])
def test_another_first_line_is_refused(tmp_path: Path, first: str) -> None:
    path = written(tmp_path, first, "a\t b\tx")
    assert refusal(path) == [":1: the first line must be prompt, target, source, separated by tabs"]


def test_a_bank_without_prompts_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "prompt\ttarget\tsource")) == [": has no prompts"]


def test_a_bank_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.tsv") == [": no such file; a task needs a bank of fresh prompts"]
    assert refusal(tmp_path) == [": not readable: Is a directory"]


def test_a_bank_that_is_not_utf8_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "bank.tsv"
    path.write_bytes("prompt\ttarget\tsource\nété\t b\tx\n".encode("latin-1"))
    assert refusal(path) == [":2: not UTF-8, as which it must be saved"]


def test_a_bank_that_goes_with_its_task_passes(task: Task) -> None:
    check_fresh([SUM], task, "bank.tsv")


def test_a_prompt_of_the_task_itself_is_not_fresh(task: Task) -> None:
    fresh = [SUM, *(FreshPrompt(item.prompt, item.target, "sum") for item in (task.selection[0], task.evaluation[3]))]
    with pytest.raises(InputError) as caught:
        check_fresh(fresh, task, "bank.tsv")
    assert str(caught.value).splitlines() == [
        f"bank.tsv:3: {task.selection[0].prompt!r} is also selection.0 of addition; it is not fresh",
        f"bank.tsv:4: {task.evaluation[3].prompt!r} is also evaluation.3 of addition; it is not fresh",
    ]


def test_a_target_without_its_space_is_refused_unless_the_task_has_such_targets(task: Task) -> None:
    fresh = [FreshPrompt("if len(sys.", "argv", "the standard library")]
    with pytest.raises(InputError, match=r"^bank\.tsv:2: '\.' and 'a' meet without a space"):
        check_fresh(fresh, task, "bank.tsv")
    check_fresh(fresh, read_task(ROOT / "tasks" / "python_idioms.yaml").model_copy(update={"evaluation": []}), "b.tsv")
