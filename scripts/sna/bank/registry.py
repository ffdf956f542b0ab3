"""Which function makes the bank of which task."""

from collections.abc import Callable, Iterable, Mapping

from sna.bank import arithmetic, expressions, idioms, rhymes, sequences, syllogisms, transitivity, verses, words
from sna.bank.drawing import shuffle
from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

#: By the task's name. A function is given the task, from whose prompts its own must differ in more than the wording.
GENERATORS: Mapping[str, Callable[[Task], Iterable[FreshPrompt]]] = {
    "addition": arithmetic.addition,
    "subtraction": arithmetic.subtraction,
    "multiplication": arithmetic.multiplication,
    "sequences": sequences.sequences,
    "syllogisms": syllogisms.syllogisms,
    "transitivity": transitivity.transitivity,
    "antonyms": words.antonyms,
    "analogies": words.analogies,
    "rhymes": rhymes.rhymes,
    "verses": verses.verses,
    "python_idioms": idioms.python_idioms,
    "python_expressions": expressions.python_expressions,
}


def make_bank(task: Task) -> list[FreshPrompt]:
    """Return the bank of a shipped task.

    Parameters
    ----------
    task : Task

    Returns
    -------
    list of FreshPrompt
        Shuffled; without prompts that the task has itself.
    """
    own = {item.prompt for item in task.all_prompts().values()}
    return shuffle(item for item in GENERATORS[task.name](task) if item.prompt not in own)
