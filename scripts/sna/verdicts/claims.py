"""The paper's claims, and the rules that judge them: data in claims.yaml, evaluated here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from sna import formats
from sna.inputs.fields import Section
from sna.verdicts.evidence import (
    Case,
    Expression,
    Requirement,
    Words,
    check_names,
    in_braces,
    read_entries,
    requirement_sources,
)

VerdictWord = Literal["reproduced", "partly reproduced", "not reproduced", "not tested here"]
VERDICTS: tuple[VerdictWord, ...] = ("reproduced", "partly reproduced", "not reproduced", "not tested here")


class Judgement(Section):
    """The rule as the code evaluates it. Expressions are Jinja2's, over the evidence of one model."""

    requires: list[Requirement] = Field(default=[], description="All must hold for the claim to be tested.")
    value: Expression = Field(description="Our figure.")
    interval: Expression | None = Field(default=None, description="Its interval, as [low, high].")
    unit: formats.Unit
    reproduced: Expression
    partly: Expression = "false"
    reason: Words = Field(description="What the verdict rests on, with its figures.")


class Claim(Section):
    """One claim of the paper."""

    title: str
    statement: str
    paper: str = Field(description="The paper's figure.")
    expected: dict[str, int | float | str] = Field(default={}, description="The paper's figures that the rule uses.")
    ours: str | None = Field(default=None, description="What in the definition is ours, not the paper's.")
    caution: Words = Field(description="What weakens our figure, with what was found of it.")
    stage: str = Field(description="Where the evidence comes from.")
    exhibits: list[str] = Field(default=[], description="The figures and tables that show it.")
    models: list[str] | None = Field(default=None, description="The models it is about; by default any.")
    elsewhere: Words | None = Field(default=None, description="What to say on other models.")
    rule: str = Field(description="The rule in words.")
    judgement: Judgement

    @model_validator(mode="after")
    def _models_and_elsewhere(self) -> "Claim":
        if (self.models is None) != (self.elsewhere is None):
            raise ValueError("models and elsewhere belong together")
        return self

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield each key with what is evaluated there, as the source of a template."""
        for key in ("value", "interval", "reproduced", "partly"):
            if source := getattr(self.judgement, key):
                yield key, in_braces(source)
        yield "reason", self.judgement.reason
        yield "caution", self.caution
        if self.elsewhere:
            yield "elsewhere", self.elsewhere
        yield from requirement_sources(self.judgement.requires, "requires")


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
    """Read the claims by id, in the file's order; raises as `sna.verdicts.evidence.read_entries` does."""
    return read_entries(path, Claim)


def judge(name: str, claim: Claim, evidence: dict[str, Any]) -> Verdict:
    """Judge one claim by the evidence of one model.

    Parameters
    ----------
    name : str
        The claim's id, for messages.
    claim : Claim
        The claim.
    evidence : dict
        What expressions may name: one entry a statistics file, `reversibility`, `study` and `model`. `model` has the
        model's `name`.

    Raises
    ------
    InputError
        If an expression names evidence that is not there, or cannot be evaluated with it.
    """
    rule = claim.judgement
    check_names(name, claim.sources(), {*evidence, "expected", "value", "low", "high"})
    case = Case(name, evidence | {"expected": claim.expected})
    about_another = claim.models is not None and evidence["model"]["name"] not in claim.models
    elsewhere = case.render("elsewhere", claim.elsewhere) if about_another else None
    unmet = case.find_unmet("requires", rule.requires)
    if unmet is not None:
        return _not_tested(elsewhere or unmet)
    value = case.evaluate("value", rule.value)
    interval = case.evaluate("interval", rule.interval) if rule.interval else None
    if value is None or (interval is not None and None in interval):
        return _not_tested(elsewhere or "The figure or its interval is undefined for this study's data.")
    low, high = interval or (None, None)
    case = Case(name, {**case.evidence, "value": value, "low": low, "high": high})
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
