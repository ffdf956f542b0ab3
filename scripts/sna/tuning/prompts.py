"""The prompts that a model is tuned on, and the table of them that lies beside its weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from sna.bank.training import make_training
from sna.errors import naming
from sna.files import write_text
from sna.inputs.fresh import FreshPrompt, read_fresh
from sna.inputs.origins import TunedModel
from sna.inputs.tasks import read_task

_HEADER = ("task", "prompt", "target", "source")


def gather_prompts(
    name: str, model: TunedModel, tasks: Iterable[str | Path], banks: Iterable[str | Path]
) -> dict[str, list[FreshPrompt]]:
    """Make the prompts that a model is tuned on.

    Parameters
    ----------
    name : str
        The model's name in the configuration.
    model : TunedModel
        Its section of the configuration.
    tasks, banks : iterable of path
        The file of each of its tasks, and that of the task's fresh prompts.

    Returns
    -------
    dict of str to list of FreshPrompt
        By task, in the configuration's order.

    Raises
    ------
    InputError
        If a file is missing or wrong, a task's prompts come from no rule, or it makes too few.
    """
    with naming(f"config.yaml: models.{name}.tasks"):
        read = [(read_task(task), read_fresh(bank)) for task, bank in zip(tasks, banks, strict=True)]
        return {task.name: make_training(task, bank, model.prompts, model.seed) for task, bank in read}


def write_prompts(path: str | Path, prompts: Mapping[str, Sequence[FreshPrompt]]) -> None:
    """Write the prompts of all tasks as lines with tabs between the cells, never quoted.

    Parameters
    ----------
    path : str or Path
    prompts : mapping of str to sequence of FreshPrompt
        By task.
    """
    rows = [_HEADER, *((task, *astuple(item)) for task, items in prompts.items() for item in items)]
    write_text(path, "".join("\t".join(row) + "\n" for row in rows))
