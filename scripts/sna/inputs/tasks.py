"""Tasks: what a YAML file in tasks/ holds, and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
from pydantic import Field, StrictBool, ValidationError

from sna.errors import InputError
from sna.inputs.fields import Category, Name, Section, explain
from sna.inputs.joins import doubtful_join
from sna.inputs.yaml_files import Key, locate, read_yaml

FOLDS = ("first", "second")
Kind = TypeVar("Kind", bound=Section)


class Prompt(Section):
    """A prompt and the text that ought to follow it."""

    prompt: str = Field(min_length=1)
    target: str = Field(min_length=1, description="With its leading space, where it has one.")
    joined: StrictBool = Field(default=False, description="Whether the target is meant to follow as it does.")


class Task(Section):
    """One task: prompts that select its neurons, and others that measure what amplifying them does."""

    name: Name
    category: Category
    description: str
    joined: StrictBool = Field(default=False, description="Whether all targets are meant to follow as they do.")
    selection: Annotated[list[Prompt], Field(min_length=12)]
    evaluation: Annotated[list[Prompt], Field(min_length=12)]

    def all_prompts(self) -> dict[Key, Prompt]:
        """Return all prompts by their keys in the file.

        Returns
        -------
        dict of tuple to Prompt
            Such as ``("evaluation", 0)``.
        """
        parts = {"selection": self.selection, "evaluation": self.evaluation}
        return {(part, number): item for part, prompts in parts.items() for number, item in enumerate(prompts)}

    def folds(self, seed: int) -> list[str]:
        """Split the evaluation prompts into two halves: a configuration is chosen on one and reported on the other.

        Parameters
        ----------
        seed : int
            With the task's name it decides the split.

        Returns
        -------
        list of str
            The fold of each evaluation prompt, of `FOLDS`; of an odd number the first has one prompt more.
        """
        order = np.random.default_rng([seed, *self.name.encode()]).permutation(len(self.evaluation))
        return [FOLDS[place % 2] for place in order]


class Contrast(Section):
    """Ordinary prose, which is no task: the other side of differential activation."""

    description: str
    texts: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=12)]


def _read(path: Path, kind: type[Kind]) -> Kind:
    raw = read_yaml(path)
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise explain(error, path, with_lines=True) from None


def _doubts(task: Task) -> Iterator[tuple[Key, str]]:
    """Yield what is wrong with a task's prompts, by its key in the file."""
    seen: dict[str, str] = {}
    for key, item in task.all_prompts().items():
        if item.prompt in seen:
            yield key, f"{item.prompt!r} is also {seen[item.prompt]}; a prompt has one place"
        seen[item.prompt] = ".".join(map(str, key))
        doubt = doubtful_join(item.prompt, item.target)
        if doubt and not (task.joined or item.joined):
            yield (*key, "target"), f"{doubt} (if it is meant so, add joined: true to the prompt, or to the task)"


def read_task(path: str | Path) -> Task:
    """Return the task that a file holds.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Task

    Raises
    ------
    InputError
        If the file is missing, is no YAML, breaks a rule of `Task`, or is not called after its task; or if a target
        seems to lack its space, and neither it nor the task says `joined: true`.
    """
    path = Path(path)
    task = _read(path, Task)
    if task.name != path.stem:
        raise InputError(f"{path}: name: {task.name!r} must be the file's name, {path.stem!r}")
    if found := [f"{locate(path, key)}: {what}" for key, what in _doubts(task)]:
        raise InputError("\n".join(found))
    return task


def read_contrast(path: str | Path) -> Contrast:
    """Return the contrast text that a file holds.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Contrast

    Raises
    ------
    InputError
        If the file is missing, is no YAML, or breaks a rule of `Contrast`.
    """
    return _read(Path(path), Contrast)
