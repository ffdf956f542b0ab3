"""Tasks: what a YAML file in tasks/ holds, and what is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import Field, ValidationError, model_validator

from sna.errors import InputError
from sna.inputs.fields import Category, Section, explain
from sna.inputs.yaml_files import read_yaml

FOLDS = ("first", "second")
Kind = TypeVar("Kind", bound=Section)


class Prompt(Section):
    """A prompt and the text that ought to follow it."""

    prompt: str = Field(min_length=1)
    target: str = Field(min_length=1, description="With its leading space, where it has one.")


class Evaluation(Section):
    """Two folds: the best configuration is chosen on one and reported on the other."""

    first: Annotated[list[Prompt], Field(min_length=6)]
    second: Annotated[list[Prompt], Field(min_length=6)]


class Task(Section):
    """One task: prompts that select its neurons, and others that measure what amplifying them does."""

    name: str
    category: Category
    description: str
    selection: Annotated[list[Prompt], Field(min_length=12)]
    evaluation: Evaluation

    @model_validator(mode="after")
    def _no_prompt_twice(self) -> "Task":
        seen: dict[str, str] = {}
        parts = {"selection": self.selection} | {f"evaluation.{fold}": self.fold(fold) for fold in FOLDS}
        for part, prompts in parts.items():
            for number, item in enumerate(prompts):
                key = f"{part}.{number}"
                if item.prompt in seen:
                    raise ValueError(f"{key}: {item.prompt!r} is also {seen[item.prompt]}; a prompt has one place")
                seen[item.prompt] = key
        return self

    def fold(self, name: str) -> list[Prompt]:
        """Return one fold of the evaluation prompts: `first` or `second`."""
        return getattr(self.evaluation, name)

    @property
    def evaluation_prompts(self) -> list[Prompt]:
        """All evaluation prompts, the first fold before the second."""
        return self.evaluation.first + self.evaluation.second

    @property
    def evaluation_folds(self) -> list[str]:
        """The fold of each of `evaluation_prompts`."""
        return [fold for fold in FOLDS for _ in self.fold(fold)]


class Contrast(Section):
    """Ordinary prose, which is no task: the other side of differential activation."""

    description: str
    texts: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=12)]


def locate(path: str | Path, key: Sequence[str | int]) -> str:
    """Name a key of a YAML file with its line, as `file:line: key`; the nearest key above it, if it is missing."""
    node = yaml.compose(Path(path).read_text(encoding="utf-8"))
    for part in key:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == part), node)
    return f"{path}:{node.start_mark.line + 1}: {'.'.join(map(str, key))}"


def _read(path: Path, kind: type[Kind]) -> Kind:
    raw = read_yaml(path)
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise explain(error, path) from None


def read_task(path: str | Path) -> Task:
    """Read one task.

    Raises
    ------
    InputError
        If the file is missing, is no YAML, breaks a rule of `Task`, or is not called after its task.
    """
    path = Path(path)
    task = _read(path, Task)
    if task.name != path.stem:
        raise InputError(f"{path}: name: {task.name!r} must be the file's name, {path.stem!r}")
    return task


def read_contrast(path: str | Path) -> Contrast:
    """Read the contrast text.

    Raises
    ------
    InputError
        If the file is missing, is no YAML, or breaks a rule of `Contrast`.
    """
    return _read(Path(path), Contrast)
