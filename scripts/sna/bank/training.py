"""Prompts to tune a model on: by the rules that make a task's bank, and apart from all that it is measured on.

Only tasks whose prompts a rule makes have more than stand in their bank: lists are used up there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from sna.bank import arithmetic, expressions, sequences, syllogisms, transitivity
from sna.bank.drawing import shuffle
from sna.errors import InputError
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Prompt, Task

#: By the task's name. Arithmetic goes on to larger numbers than in the bank, which has nearly all of the smaller ones.
GENERATORS: Mapping[str, Callable[[Task], Iterable[FreshPrompt]]] = {
    "addition": partial(arithmetic.addition, largest=99),
    "subtraction": partial(arithmetic.subtraction, largest=50),
    "multiplication": partial(arithmetic.multiplication, largest=99, largest_product=500),
    "sequences": sequences.sequences,
    "syllogisms": syllogisms.syllogisms,
    "transitivity": transitivity.transitivity,
    "python_expressions": expressions.python_expressions,
}


def make_training(task: Task, bank: Sequence[FreshPrompt], number: int, seed: int) -> list[FreshPrompt]:
    """Return prompts of a task, none of which, nor what it asks, stands in the task or in its bank.

    Parameters
    ----------
    task : Task
    bank : sequence of FreshPrompt
        The task's.
    number : int
        How many.
    seed : int
        Decides which are taken, and in which order.

    Returns
    -------
    list of FreshPrompt

    Raises
    ------
    InputError
        If the task's prompts come from no rule, or it makes fewer; it says how many.
    """
    if task.name not in GENERATORS:
        raise InputError(
            f"no rule makes prompts of {task.name}: all that there are, {len(bank)}, are its fresh ones; choose from "
            + ", ".join(GENERATORS)
        )
    # A generator avoids what its task asks already.
    taken = [Prompt(prompt=item.prompt, target=item.target) for item in bank]
    known = task.model_copy(update={"evaluation": [*task.evaluation, *taken]})
    own = {item.prompt for item in known.all_prompts().values()}
    made = {item.prompt: item for item in GENERATORS[task.name](known) if item.prompt not in own}
    if len(made) < number:
        raise InputError(
            f"{number} prompts of {task.name} asked for; {len(made)} can be made that are not its own or fresh ones"
        )
    return shuffle(made.values(), lambda item: f"{seed} {item.prompt}")[:number]
