"""What is calibrated: a task of the project's or of anybody's, with the prompts that tell what to expect."""

from collections.abc import Sequence
from pathlib import Path

from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt, check_fresh, read_fresh
from sna.inputs.studies import FEWEST_PROMPTS
from sna.inputs.tasks import Task, read_task
from sna.places import ROOT, find


def find_task(asked: str) -> Path:
    """Return the file of a task.

    Parameters
    ----------
    asked : str
        Its name in tasks/, here or in the project, or the path of a task file anywhere.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If there is no such file, with the tasks that there are.
    """
    path = Path(find(asked if asked.endswith((".yaml", ".yml")) else f"tasks/{asked}.yaml"))
    if not path.is_file():
        known = ", ".join(sorted({file.stem for root in (Path(), ROOT) for file in root.glob("tasks/*.yaml")}))
        raise InputError(f"config.yaml: task: there is no file {path}; give the path of a task file, or one of {known}")
    return path


def find_bank(task_file: Path) -> Path | None:
    """Return the bank of fresh prompts beside a task.

    Parameters
    ----------
    task_file : Path

    Returns
    -------
    Path or None
        ``fresh/<task>.tsv`` in the task's folder; None if there is none.
    """
    path = task_file.parent / "fresh" / f"{task_file.stem}.tsv"
    return path if path.is_file() else None


def read_calibrated(task_file: Path, bank_file: Path | None) -> tuple[Task, Sequence[FreshPrompt]]:
    """Read a task and its bank, and refuse them if a calibration needs more prompts.

    Parameters
    ----------
    task_file : Path
    bank_file : Path or None

    Returns
    -------
    task : Task
    bank : sequence of FreshPrompt
        Empty without a bank.

    Raises
    ------
    InputError
        As `read_task`, `read_fresh`, `check_fresh` and `check_enough`.
    """
    task = read_task(task_file)
    bank = read_fresh(bank_file) if bank_file else []
    if bank_file:
        check_fresh(bank, task, bank_file)
    check_enough(len(task.evaluation) + len(bank), str(task_file))
    return task, bank


def check_enough(prompts: int, source: str) -> None:
    """Refuse fewer evaluation prompts than an advice needs.

    Parameters
    ----------
    prompts : int
        How many there are.
    source : str
        The task's file or name, for the message.

    Raises
    ------
    InputError
        With how many are missing.
    """
    if prompts < FEWEST_PROMPTS:
        raise InputError(
            f"{source}: evaluation: {prompts} prompts given; a calibration needs {FEWEST_PROMPTS} at least: add "
            f"{FEWEST_PROMPTS - prompts} more"
        )
