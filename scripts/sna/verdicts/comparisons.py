"""How the figures of claims are compared, with the paper's and over models: data in comparisons.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from sna.errors import InputError
from sna.inputs.entries import Case, Expression, read_entries
from sna.inputs.fields import Section
from sna.verdicts.claims import Claim, Verdict
from sna.verdicts.words import WORDS, Kind


class Summary(Section):
    """How the figures of one rule are summarized over models."""

    scale: Literal["mean", "correlation"]
    n: Expression | None = Field(default=None, description="Over how many observations a model's figure is.")

    @model_validator(mode="after")
    def _a_correlation_has_its_number(self) -> "Summary":
        if self.scale == "correlation" and self.n is None:
            raise ValueError("a correlation needs n")
        return self


class Comparison(Section):
    """How one claim's figures are compared."""

    paper: str | None = Field(default=None, description="Which of the claim's expected figures is the paper's own.")
    axis: str | None = Field(default=None, description="What that is a figure of, with its unit.")
    random: Expression | None = Field(
        default=None, description="What random neurons give instead of the selected ones on fresh prompts: an estimate."
    )
    measured: Summary | None = None
    fresh: Summary | None = None

    @model_validator(mode="after")
    def _a_figure_is_of_something(self) -> "Comparison":
        if (self.paper is None) != (self.axis is None):
            raise ValueError("paper and axis belong together")
        return self


def read_comparisons(path: str | Path, claims: Mapping[str, Claim]) -> dict[str, Comparison]:
    """Read how claims are compared, by their ids.

    Parameters
    ----------
    path : path
        A YAML file.
    claims : mapping of str to Claim
        All claims.

    Returns
    -------
    dict of str to Comparison
        Of every claim; one that the file does not have is not compared.

    Raises
    ------
    InputError
        As `sna.inputs.entries.read_entries` does, or if a claim, one of its rules or its figure is not there.
    """
    given = read_entries(path, Comparison)
    for name, comparison in given.items():
        if name not in claims:
            raise InputError(f"{path}: {name}: there is no such claim; there is {', '.join(claims)}")
        expected = claims[name].expected
        if comparison.paper is not None and not isinstance(expected.get(comparison.paper), int | float):
            figures = ", ".join(key for key, value in expected.items() if not isinstance(value, str))
            raise InputError(f"{path}: {name}: paper: {comparison.paper!r} is none of its figures; there is {figures}")
        for kind in WORDS:
            rule = getattr(claims[name], kind)
            if getattr(comparison, kind) and not (rule and rule.interval):
                raise InputError(f"{path}: {name}: {kind}: the claim has no such rule, or one without an interval")
        if comparison.random and not claims[name].fresh:
            raise InputError(f"{path}: {name}: random: the claim has no rule for fresh prompts")
    return {name: given.get(name, Comparison()) for name in claims}


def measure_random(
    name: str, claim: Claim, comparison: Comparison, fresh: Verdict | None, evidence: Mapping[str, Any]
) -> Any:
    """Say what random neurons give where a claim's figure on fresh prompts is what the selected ones give.

    Parameters
    ----------
    name : str
        The claim's id, for messages.
    claim : Claim
    comparison : Comparison
    fresh : Verdict or None
        On fresh prompts.
    evidence : mapping
        As `sna.verdicts.claims.judge` takes it.

    Returns
    -------
    Estimate or None
        None where there is no such figure, or `comparison` does not say.

    Raises
    ------
    InputError
        If an expression names evidence that is not there, or cannot be evaluated with it.
    """
    if comparison.random is None or fresh is None or fresh.value is None:
        return None
    return _case(name, claim, comparison, "fresh", evidence).evaluate("random", comparison.random)


def count_observations(
    name: str, claim: Claim, kind: Kind, comparison: Comparison, evidence: Mapping[str, Any]
) -> int | None:
    """Say over how many observations a model's figure is.

    Parameters
    ----------
    name : str
        The claim's id, for messages.
    claim : Claim
    kind : {"measured", "fresh"}
        Of which rule; `comparison` summarizes it.
    comparison : Comparison
    evidence : mapping
        As `sna.verdicts.claims.judge` takes it.

    Returns
    -------
    int or None
        None where `comparison` does not say.

    Raises
    ------
    InputError
        If an expression names evidence that is not there, or cannot be evaluated with it.
    """
    summary: Summary = getattr(comparison, kind)
    case = _case(name, claim, comparison, kind, evidence).within(kind)
    return None if summary.n is None else case.evaluate("n", summary.n)


def _case(name: str, claim: Claim, comparison: Comparison, kind: Kind, evidence: Mapping[str, Any]) -> Case:
    return Case.of(name, comparison, {**evidence, "expected": claim.expected, "kind": kind})
