"""The evidence of one model: what there is, and what it must offer before anything can be said by it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from sna.errors import InputError
from sna.files import read_json
from sna.inputs.entries import Case, Expression, Text
from sna.inputs.fields import Section


def gather_evidence(
    model: Mapping[str, Any],
    study: Mapping[str, Any],
    statistics: Mapping[str, Mapping[str, Any]],
    reversibility: Sequence[str | Path],
) -> dict[str, Any]:
    """Collect what the rules may name for one model.

    Parameters
    ----------
    model : mapping
        Its `name` and number of `layers`.
    study : mapping
        Its `name`, the numbers of its `models`, of `planned` and of found `experiments`, and whether its tasks were
        chosen by their baselines.
    statistics : mapping
        From `sna.statistics.registry.read_statistics`; each is evidence under its own name.
    reversibility : sequence of path
        One JSON file a model, called after it.

    Returns
    -------
    dict
        As `sna.verdicts.claims.judge` takes it.

    Raises
    ------
    InputError
        If a statistic has nothing on the model.
    """
    for name, results in statistics.items():
        if model["name"] not in results:
            raise InputError(f"statistics/{name}.json: has nothing on {model['name']}; delete it and run again")
    checks = {path.stem: path for path in map(Path, reversibility)}
    return {
        "model": model,
        "study": study,
        **{name: results[model["name"]] for name, results in statistics.items()},
        "reversibility": read_json(checks[model["name"]]),
    }


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
