"""The shipped banks: as their generators make them, large enough, and apart from their tasks."""

import subprocess
import sys
from pathlib import Path

import pytest
import write_fresh_prompts

from sna.bank.drawing import shuffle
from sna.bank.reading import read_list
from sna.bank.registry import GENERATORS, make_bank
from sna.inputs.fresh import FreshPrompt, check_fresh, read_fresh
from sna.inputs.tasks import read_task

ROOT = Path(__file__).parents[3]
FEWEST = 240


@pytest.fixture(params=GENERATORS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def bank_of(name: str) -> Path:
    return ROOT / "tasks" / "fresh" / f"{name}.tsv"


def test_every_shipped_task_has_a_bank_that_is_made() -> None:
    assert sorted(GENERATORS) == sorted(path.stem for path in (ROOT / "tasks").glob("*.yaml"))


def test_a_bank_is_as_its_generator_makes_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{name}.yaml").write_bytes((ROOT / "tasks" / f"{name}.yaml").read_bytes())
    monkeypatch.setattr(write_fresh_prompts, "TASKS", tmp_path)
    write_fresh_prompts.main([name])
    assert (tmp_path / "fresh" / f"{name}.tsv").read_bytes() == bank_of(name).read_bytes()


def test_a_bank_is_large_enough_and_has_no_prompt_of_its_task(name: str) -> None:
    fresh, task = read_fresh(bank_of(name)), read_task(ROOT / "tasks" / f"{name}.yaml")
    assert len(fresh) >= FEWEST
    check_fresh(fresh, task, bank_of(name))


def test_a_prompt_ends_without_a_space_and_a_target_does_too(name: str) -> None:
    fresh = read_fresh(bank_of(name))
    assert [item for item in fresh if item.prompt != item.prompt.strip() or item.target != item.target.rstrip()] == []


def test_a_prompt_of_the_task_is_left_out(name: str) -> None:
    task = read_task(ROOT / "tasks" / f"{name}.yaml")
    made = make_bank(task)
    changed = task.selection[0].model_copy(update={"prompt": made[5].prompt})
    again = make_bank(task.model_copy(update={"selection": [changed, *task.selection[1:]]}))
    assert made[5].prompt not in {item.prompt for item in again}


def test_what_is_added_leaves_the_order_of_the_others() -> None:
    items = [FreshPrompt(f"{number} =", f" {number}", "number") for number in range(50)]
    order = shuffle(items)
    assert order != items
    assert [item for item in shuffle([*reversed(items), FreshPrompt("x =", " 1", "x")]) if item in items] == order


def test_a_list_has_its_columns() -> None:
    assert read_list("people")[0] == {"plural": "bakers", "singular": "a baker"}


def test_an_unknown_task_is_named_with_those_that_there_are() -> None:
    command = [sys.executable, "scripts/write_fresh_prompts.py", "adition"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "no bank is made for adition; there are addition, " in finished.stderr
