"""What the evidence of one model must offer before anything can be said by it."""

from collections.abc import Sequence

from pydantic import Field

from sna.inputs.entries import Case, Expression, Text
from sna.inputs.fields import Section


class Requirement(Section):
    """A condition on the evidence."""

    that: Expression
    otherwise: Text = Field(description="What to say where this does not hold.")


def find_unmet(case: Case, requires: Sequence[Requirement]) -> str | None:
    """Return what the first requirement that does not hold says; None if all hold.

    Parameters
    ----------
    case : Case
        The evidence.
    requires : sequence of Requirement
        In the order in which they are tried.

    Returns
    -------
    str or None

    Raises
    ------
    InputError
        If one names evidence that is not there, or cannot be evaluated with it.
    """
    for number, requirement in enumerate(requires):
        if not case.evaluate(f"requires.{number}.that", requirement.that):
            return case.render(f"requires.{number}.otherwise", requirement.otherwise)
    return None
