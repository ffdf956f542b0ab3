"""The prompts that a calibration asks: a task's own, then those of a bank beside it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from sna.errors import InputError
from sna.experiments.fresh import generator
from sna.inputs.calibration import check_enough
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Prompt, Task
from sna.model.loading import LanguageModel
from sna.model.prompts import tokenize, tokenize_task


def with_bank(
    model: LanguageModel, task: Task, bank: Sequence[FreshPrompt], *, count: int, seed: int, source: str | Path
) -> Task:
    """Return a task with more evaluation prompts from its bank, as many as the model can be asked.

    Parameters
    ----------
    model : LanguageModel
    task : Task
    bank : sequence of FreshPrompt
        Drawn from at random; what the model cannot be asked is left out, and the log says how many and why.
    count : int
        How many evaluation prompts there are at most.
    seed : int
    source : str or Path
        The task's file, for messages.

    Returns
    -------
    Task

    Raises
    ------
    InputError
        If the model cannot read one of the task's own prompts, with file, line and key, or too few prompts are left.
    """
    tokenize_task(model, task, source)
    chosen, reasons = task.evaluation[:count], []
    for number in generator(seed, task.name, "calibration").permutation(len(bank)).tolist():
        if len(chosen) == count:
            break
        item = bank[number]
        try:
            tokenize(model, item.prompt, item.target)
        except InputError as error:
            reasons.append(f"\n  {error}")
        else:
            chosen.append(Prompt(prompt=item.prompt, target=item.target, joined=True))
    if reasons:
        said = f"{source}: {len(reasons)} prompts of its bank are left out, which {model.name} cannot be asked:"
        print(said + "".join(reasons), file=sys.stderr)
    check_enough(len(chosen), str(source))
    return task.model_copy(update={"evaluation": chosen})
