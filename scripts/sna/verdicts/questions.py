"""What a careful reader asks of the paper: data in questions.yaml, answered here by the evidence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sna.inputs.entries import Case, OptionalEntry, Text, read_entries
from sna.verdicts.evidence import Requirement, find_unmet


class Question(OptionalEntry):
    """One question, and how the evidence of one model answers it."""

    question: str
    asked_by: Literal["reader", "paper"] = Field(
        default="reader", description="A careful reader of the paper, or the paper, of what comes next."
    )
    requires: list[Requirement] = Field(default=[], description="All must hold for an answer.")
    answer: Text = Field(description="The answer, with its figures.")
    exhibits: list[str] = Field(description="The figures and tables that show it.")


def read_questions(path: str | Path) -> dict[str, Question]:
    """Read the questions by id, in the file's order.

    Parameters
    ----------
    path : path
        A YAML file.

    Returns
    -------
    dict of str to Question

    Raises
    ------
    InputError
        As `sna.inputs.entries.read_entries` does.
    """
    return read_entries(path, Question)


def answer(name: str, question: Question, evidence: Mapping[str, Any]) -> str:
    """Answer one question by the evidence of one model, or say why it has no answer.

    Parameters
    ----------
    name : str
        The question's id, for messages.
    question : Question
        The question.
    evidence : mapping
        As `sna.verdicts.claims.judge` takes it.

    Returns
    -------
    str
        Whole sentences.

    Raises
    ------
    InputError
        If a text names evidence that is not there, or cannot be rendered with it.
    """
    case = Case.of(name, question, evidence)
    unmet = find_unmet(case, question.requires)
    return case.render("answer", question.answer) if unmet is None else unmet
