"""The paper's claims, and the rules that judge them: data in claims.yaml, evaluated here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from sna import formats
from sna.inputs.entries import Case, Expression, Text, read_entries
from sna.inputs.fields import Section
from sna.verdicts.evidence import Requirement, find_unmet

VerdictWord = Literal["reproduced", "partly reproduced", "not reproduced", "not tested here"]
VERDICTS: tuple[VerdictWord, ...] = ("reproduced", "partly reproduced", "not reproduced", "not tested here")


class Judgement(Section):
    """The rule as the code evaluates it. Expressions are Jinja2's, over the evidence of one model."""

    requires: list[Requirement] = Field(default=[], description="All must hold for the claim to be tested.")
    value: Expression = Field(description="Our figure.")
    interval: Expression | None = Field(default=None, description="Its interval, as [low, high].")
    unit: formats.Unit
    reproduced: Expression
    partly: Expression = Field(default="false", validate_default=True)
    reason: Text = Field(description="What the verdict rests on, with its figures.")


class Claim(Section):
    """One claim of the paper."""

    title: str
    statement: str
    paper: str = Field(description="The paper's figure.")
    expected: dict[str, int | float | str] = Field(default={}, description="The paper's figures that the rule uses.")
    ours: str | None = Field(default=None, description="What in the definition is ours, not the paper's.")
    caution: Text = Field(description="What weakens our figure, with what was found of it.")
    stage: str = Field(description="Where the evidence comes from.")
    exhibits: list[str] = Field(default=[], description="The figures and tables that show it.")
    models: list[str] | None = Field(default=None, description="The models it is about; by default any.")
    elsewhere: Text | None = Field(default=None, description="What to say on other models.")
    rule: str = Field(description="The rule in words.")
    judgement: Judgement

    @model_validator(mode="after")
    def _models_and_elsewhere(self) -> "Claim":
        if (self.models is None) != (self.elsewhere is None):
            raise ValueError("models and elsewhere belong together")
        return self


@dataclass(frozen=True)
class Verdict:
    """How a claim fares on one model.

    Attributes
    ----------
    value : float or None
        Our figure; None where it is undefined or nothing was tested.
    interval : list of float or None
        Its lower and upper bound.
    shown : str
        The figure as words, with its unit.
    verdict : str
        One of `VERDICTS`.
    reason : str
        Why, in a sentence or two.
    caution : str or None
        What weakens our figure; None where there is none.
    """

    value: float | None
    interval: list[float] | None
    shown: str
    verdict: VerdictWord
    reason: str
    caution: str | None


def read_claims(path: str | Path) -> dict[str, Claim]:
    """Read the claims by id, in the file's order.

    Parameters
    ----------
    path : path
        A YAML file.

    Returns
    -------
    dict of str to Claim

    Raises
    ------
    InputError
        As `sna.inputs.entries.read_entries` does.
    """
    return read_entries(path, Claim)


def judge(name: str, claim: Claim, evidence: Mapping[str, Any]) -> Verdict:
    """Judge one claim by the evidence of one model.

    Parameters
    ----------
    name : str
        The claim's id, for messages.
    claim : Claim
        The claim.
    evidence : mapping
        What expressions may name: one entry a statistics file, `reversibility`, `study` and `model`. `model` has the
        model's `name`.

    Returns
    -------
    Verdict

    Raises
    ------
    InputError
        If an expression names evidence that is not there, or cannot be evaluated with it.
    """
    rule = claim.judgement
    known = {**evidence, "expected": claim.expected}
    case = Case.of(name, claim, known, later=("value", "low", "high"))
    about_another = claim.models is not None and evidence["model"]["name"] not in claim.models
    elsewhere = case.render("elsewhere", claim.elsewhere) if about_another and claim.elsewhere else None
    unmet = find_unmet(case, rule.requires)
    if unmet is not None:
        return _not_tested(elsewhere or unmet)
    value = case.evaluate("value", rule.value)
    interval = case.evaluate("interval", rule.interval) if rule.interval else None
    if value is None or (interval is not None and None in interval):
        return _not_tested(elsewhere or "The figure or its interval is undefined for this study's data.")
    low, high = interval or (None, None)
    case = Case(name, {**known, "value": value, "low": low, "high": high})
    return Verdict(
        value=value,
        interval=interval,
        shown=formats.UNITS[rule.unit](value),
        verdict="not tested here" if about_another else _decide(rule, case),
        reason=elsewhere or case.render("reason", rule.reason),
        caution=case.render("caution", claim.caution),
    )


def _decide(rule: Judgement, case: Case) -> VerdictWord:
    if case.evaluate("reproduced", rule.reproduced):
        return "reproduced"
    return "partly reproduced" if case.evaluate("partly", rule.partly) else "not reproduced"


def _not_tested(reason: str) -> Verdict:
    return Verdict(None, None, formats.NOTHING, "not tested here", reason, None)
