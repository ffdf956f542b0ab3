"""What a careful reader asks of the paper: data in questions.yaml, answered here by the evidence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from sna.inputs.fields import Section
from sna.verdicts.evidence import Case, Requirement, Words, check_names, read_entries, requirement_sources


class Question(Section):
    """One question, and how the evidence of one model answers it."""

    question: str
    requires: list[Requirement] = Field(default=[], description="All must hold for an answer.")
    answer: Words = Field(description="The answer, with its figures.")
    exhibits: list[str] = Field(description="The figures and tables that show it.")

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield each key with the source of the template that stands there."""
        yield "answer", self.answer
        yield from requirement_sources(self.requires, "requires")


def read_questions(path: str | Path) -> dict[str, Question]:
    """Read the questions by id, in the file's order; raises as `sna.verdicts.evidence.read_entries` does."""
    return read_entries(path, Question)


def answer(name: str, question: Question, evidence: dict[str, Any]) -> str:
    """Answer one question by the evidence of one model, or say why it has no answer.

    Parameters
    ----------
    name : str
        The question's id, for messages.
    question : Question
        The question.
    evidence : dict
        As `sna.verdicts.claims.judge` takes it.

    Raises
    ------
    InputError
        If a text names evidence that is not there, or cannot be rendered with it.
    """
    check_names(name, question.sources(), evidence)
    case = Case(name, evidence)
    unmet = case.find_unmet("requires", question.requires)
    return case.render("answer", question.answer) if unmet is None else unmet
