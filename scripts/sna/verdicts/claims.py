"""The paper's claims, and the rules that judge them: data in claims.yaml, evaluated here.

Every claim is judged twice: as the paper measured it, and on fresh prompts. All rules decide in the same order. What a
rule requires comes first: without it nothing is tested. Then it asks whether the claim is so; if not, whether the
interval is too wide to tell; if not, whether a part of the claim is so; else it is not. "Cannot tell" comes before
"partly" because an interval that still contains what is claimed has not shown that something less is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from sna import formats
from sna.inputs.entries import Case, Expression, Text, read_entries
from sna.inputs.fields import Section
from sna.verdicts.evidence import Requirement, find_unmet
from sna.verdicts.words import WORDS, Kind, Outcome

#: How every rule decides, as the report says it.
ORDER = (
    "All rules decide in the same order. Nothing is tested unless the model knows more than half of the study's tasks, "
    "except for claims that do not depend on prompts. Then a claim is so; or nobody can tell, where an interval still "
    "contains what is claimed; or a part of it is so; or it is not. The paper's value counts as reproduced only by an "
    "interval that contains it and whose ends lie within a third and three times of it."
)


class Judgement(Section):
    """One rule, in words and as the code evaluates it. Expressions are Jinja2's, over the evidence of one model."""

    stage: str = Field(description="Where the evidence comes from.")
    rule: str = Field(description="The rule in words.")
    requires: list[Requirement] = Field(default=[], description="All must hold for the claim to be tested.")
    quantity: str = Field(description="What our figure is, as the report names it.")
    value: Expression = Field(description="Our figure.")
    interval: Expression | None = Field(default=None, description="Its interval, as [low, high].")
    unit: formats.Unit
    reproduced: Expression = Field(description="Whether the claim is so.")
    undecided: Expression | None = Field(default=None, description="Whether the interval is too wide to tell.")
    partly: Expression | None = Field(default=None, description="Whether a part of the claim is so.")
    enough: Text | None = Field(default=None, description="What would be enough to tell.")
    reason: Text = Field(description="What the verdict rests on, with its figures.")
    caution: Text | None = Field(default=None, description="What weakens our figure, with what was found of it.")

    @model_validator(mode="after")
    def _undecided_and_enough(self) -> "Judgement":
        if (self.undecided is None) != (self.enough is None):
            raise ValueError("undecided and enough belong together")
        return self


class Change(Section):
    """A change of a claim's rules."""

    date: date
    what: str
    why: str
    seen: list[str] = Field(description="The models of which results had been seen by then.")


class Claim(Section):
    """One claim of the paper."""

    title: str
    statement: str
    paper: str = Field(description="The paper's figure.")
    expected: dict[str, int | float | str] = Field(default={}, description="The figures and names that the rules use.")
    ours: str | None = Field(default=None, description="What in the definition is ours, not the paper's.")
    exhibits: list[str] = Field(default=[], description="The figures and tables that show it.")
    models: list[str] | None = Field(default=None, description="The models it is about; by default any.")
    elsewhere: Text | None = Field(default=None, description="What to say on other models.")
    absence: bool = Field(default=False, description="Whether it says that something does not happen.")
    pooled: bool = Field(default=False, description="Whether it is also judged over all models, which the paper pools.")
    measured: Judgement | None = Field(default=None, description="The rule for how the paper measured it.")
    no_measured: str | None = Field(default=None, description="Why there is none.")
    fresh: Judgement | None = Field(default=None, description="The rule for fresh prompts.")
    no_fresh: str | None = Field(default=None, description="Why there is none.")
    written: date = Field(description="When its rules were first written.")
    changes: list[Change] = Field(default=[], description="How they were changed since.")

    @model_validator(mode="after")
    def _belong_together(self) -> "Claim":
        if (self.models is None) != (self.elsewhere is None):
            raise ValueError("models and elsewhere belong together")
        for kind in WORDS:
            if (getattr(self, kind) is None) == (getattr(self, f"no_{kind}") is None):
                raise ValueError(f"give either {kind} or no_{kind}")
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
        One of the kind's `sna.verdicts.words.WORDS`.
    reason : str
        Why, in a sentence or two.
    caution : str or None
        What weakens our figure; None where there is none.
    enough : str or None
        What would be enough to tell; None unless it cannot be told.
    noise : float or None
        How often noise alone would earn this verdict or a better one; None where that says nothing or is not known.
    """

    value: float | None
    interval: list[float] | None
    shown: str
    verdict: str
    reason: str
    caution: str | None = None
    enough: str | None = None
    noise: float | None = None


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


def judge(name: str, claim: Claim, kind: Kind, evidence: Mapping[str, Any]) -> Verdict:
    """Judge one claim by the evidence of one model.

    Parameters
    ----------
    name : str
        The claim's id, for messages.
    claim : Claim
    kind : {"measured", "fresh"}
        By which of its rules.
    evidence : mapping
        What expressions may name, besides the claim's `expected` and the `kind`: one entry a statistics file,
        `reversibility`, `study` and `model`. `model` has the model's `name`.

    Returns
    -------
    Verdict

    Raises
    ------
    InputError
        If an expression names evidence that is not there, or cannot be evaluated with it.
    """
    rule: Judgement | None = getattr(claim, kind)
    if rule is None:
        return _not_tested(kind, getattr(claim, f"no_{kind}"))
    weighed = _weigh(name, claim, kind, rule, evidence)
    case, value = weighed.case, weighed.value
    if value is None:
        return _not_tested(kind, weighed.instead or "The figure or its interval is undefined for this study's data.")
    cannot_tell = weighed.outcome == Outcome.CANNOT_TELL
    return Verdict(
        value=value,
        interval=weighed.interval,
        shown=formats.UNITS[rule.unit](value),
        verdict=WORDS[kind][weighed.outcome],
        reason=weighed.instead or case.render("reason", rule.reason),
        caution=case.render("caution", rule.caution) or None if rule.caution else None,
        enough=case.render("enough", rule.enough) if rule.enough and cannot_tell else None,
    )


def decide(name: str, claim: Claim, kind: Kind, evidence: Mapping[str, Any]) -> str:
    """Say by which word `judge` would judge a claim, without its texts.

    Parameters
    ----------
    name, claim, kind, evidence
        As `judge` takes them.

    Returns
    -------
    str
        One of the kind's `sna.verdicts.words.WORDS`.

    Raises
    ------
    InputError
        As `judge` does.
    """
    rule: Judgement | None = getattr(claim, kind)
    outcome = Outcome.UNTESTED if rule is None else _weigh(name, claim, kind, rule, evidence).outcome
    return WORDS[kind][outcome]


@dataclass(frozen=True)
class _Weighed:
    """What a rule decides, by which figure, and what is said instead of its reason."""

    outcome: Outcome
    case: Case
    value: float | None = None
    interval: list[float] | None = None
    instead: str | None = None


def _weigh(name: str, claim: Claim, kind: Kind, rule: Judgement, evidence: Mapping[str, Any]) -> _Weighed:
    known = {**evidence, "expected": claim.expected, "kind": kind}
    case = Case.of(name, claim, known, later=("value", "interval", "low", "high"))
    about_another = claim.models is not None and evidence["model"]["name"] not in claim.models
    instead = case.render("elsewhere", claim.elsewhere) if about_another and claim.elsewhere else None
    case = case.within(kind)
    unmet = find_unmet(case, rule.requires)
    if unmet is not None:
        return _Weighed(Outcome.UNTESTED, case, instead=instead or unmet)
    value = case.evaluate("value", rule.value)
    interval = case.evaluate("interval", rule.interval) if rule.interval else None
    if value is None or (interval is not None and None in interval):
        return _Weighed(Outcome.UNTESTED, case, instead=instead)
    low, high = interval or (None, None)
    case = case.within(kind, value=value, interval=interval, low=low, high=high)
    outcome = Outcome.UNTESTED if about_another else _decide(rule, case)
    return _Weighed(outcome, case, value, interval, instead)


def _decide(rule: Judgement, case: Case) -> Outcome:
    asked = {"reproduced": Outcome.YES, "undecided": Outcome.CANNOT_TELL, "partly": Outcome.PARTLY}
    for key, outcome in asked.items():
        expression = getattr(rule, key)
        if expression is not None and case.evaluate(key, expression):
            return outcome
    return Outcome.NO


def _not_tested(kind: Kind, reason: str) -> Verdict:
    return Verdict(None, None, formats.NOTHING, WORDS[kind][Outcome.UNTESTED], reason)
