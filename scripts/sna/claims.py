"""The paper's claims, and the rules that judge them: data in claims.yaml, evaluated here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from sna import formats
from sna.config import Section, explain
from sna.errors import InputError
from sna.yaml_files import read_yaml

VerdictWord = Literal["reproduced", "partly reproduced", "not reproduced", "not tested here"]
VERDICTS: tuple[VerdictWord, ...] = ("reproduced", "partly reproduced", "not reproduced", "not tested here")

_jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_jinja.filters.update(formats.FILTERS)


def _compiles(source: str) -> str:
    try:
        _jinja.compile_expression(source)
    except TemplateError as error:
        raise ValueError(f"not an expression: {error}") from None
    return source


def _renders(source: str) -> str:
    try:
        _jinja.parse(source)
    except TemplateError as error:
        raise ValueError(f"not a template: {error}") from None
    return source


Expression = Annotated[str, AfterValidator(_compiles)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_renders)]


class Requirement(Section):
    """What the data must offer before the claim can be judged by it."""

    that: Expression
    otherwise: Words = Field(description="Why the claim is not tested, where this does not hold.")


class Judgement(Section):
    """The rule as the code evaluates it. Expressions are Jinja2's, over the evidence of one model."""

    requires: list[Requirement] = Field(default=[], description="All must hold for the claim to be tested.")
    value: Expression = Field(description="Our figure.")
    interval: Expression | None = Field(default=None, description="Its interval, as [low, high].")
    unit: formats.Unit
    reproduced: Expression
    partly: Expression = "false"
    reason: Words = Field(description="What the verdict rests on, with its figures.")

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield each key with what is evaluated there, as the source of a template."""
        for key in ("value", "interval", "reproduced", "partly"):
            if source := getattr(self, key):
                yield key, f"{{{{ {source} }}}}"
        yield "reason", self.reason
        for number, requirement in enumerate(self.requires):
            yield f"requires.{number}.that", f"{{{{ {requirement.that} }}}}"
            yield f"requires.{number}.otherwise", requirement.otherwise


class Claim(Section):
    """One claim of the paper."""

    title: str
    statement: str
    paper: str = Field(description="The paper's figure.")
    expected: dict[str, int | float | str] = Field(default={}, description="The paper's figures that the rule uses.")
    ours: str | None = Field(default=None, description="What in the definition is ours, not the paper's.")
    caution: str | None = Field(default=None, description="What the verdict does not say.")
    stage: str = Field(description="Where the evidence comes from: a statistics file or a stage.")
    exhibits: list[str] = Field(default=[], description="The figures and tables that show it.")
    models: list[str] | None = Field(default=None, description="The models it is about; by default any.")
    elsewhere: str | None = Field(default=None, description="What to say on other models.")
    rule: str = Field(description="The rule in words.")
    judgement: Judgement | None = None
    untested: str | None = Field(default=None, description="Why no model's data can judge it yet.")

    @model_validator(mode="after")
    def _judged_or_not(self) -> "Claim":
        if (self.judgement is None) == (self.untested is None):
            raise ValueError("give either judgement or untested")
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
    """

    value: float | None
    interval: list[float] | None
    shown: str
    verdict: VerdictWord
    reason: str


def read_claims(path: str | Path) -> dict[str, Claim]:
    """Read the claims by id, in the file's order.

    Raises
    ------
    InputError
        If the file is no YAML, a key is unknown or missing, or an expression does not compile; it names id and key.
    """
    raw = read_yaml(path)
    try:
        return TypeAdapter(dict[str, Claim]).validate_python(raw)
    except ValidationError as error:
        raise explain(error, path) from None


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
    if rule is None:
        return _not_tested(claim.untested)
    _check_names(name, rule, evidence)
    case = _Case(name, evidence | {"expected": claim.expected})
    about_another = claim.models is not None and evidence["model"]["name"] not in claim.models
    for number, requirement in enumerate(rule.requires):
        key = f"requires.{number}"
        if not case.evaluate(f"{key}.that", requirement.that):
            missing = case.render(f"{key}.otherwise", requirement.otherwise)
            return _not_tested(claim.elsewhere if about_another else missing)
    value = case.evaluate("value", rule.value)
    interval = case.evaluate("interval", rule.interval) if rule.interval else None
    if value is None or (interval is not None and None in interval):
        return _not_tested("The figure or its interval is undefined for this study's data.")
    shown = formats.UNITS[rule.unit](value)
    if about_another:
        return Verdict(value, interval, shown, "not tested here", claim.elsewhere)
    low, high = interval or (None, None)
    case = _Case(name, case.evidence | {"value": value, "low": low, "high": high})
    reason = case.render("reason", rule.reason)
    return Verdict(value, interval, shown, _decide(rule, case), reason)


def _check_names(name: str, rule: Judgement, evidence: dict[str, Any]) -> None:
    """Raise `InputError` for a name that is nowhere, also in an expression that this evidence never comes to."""
    known = {*evidence, "expected", "value", "low", "high"}
    for key, source in rule.sources():
        unknown = find_undeclared_variables(_jinja.parse(source)) - known
        if unknown:
            raise InputError(
                f"{name}: {key}: there is no evidence {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}"
            )


def _decide(rule: Judgement, case: "_Case") -> VerdictWord:
    if case.evaluate("reproduced", rule.reproduced):
        return "reproduced"
    return "partly reproduced" if case.evaluate("partly", rule.partly) else "not reproduced"


def _not_tested(reason: str) -> Verdict:
    return Verdict(None, None, formats.NOTHING, "not tested here", reason)


@dataclass(frozen=True)
class _Case:
    """A claim with what its expressions and texts may name."""

    claim: str
    evidence: dict[str, Any]

    def evaluate(self, key: str, source: str) -> Any:
        expression = _jinja.compile_expression(source, undefined_to_none=False)
        value = self._attempt(key, source, expression)
        if isinstance(value, Undefined):
            raise InputError(f"{self.claim}: {key}: there is nothing at {source!r} in the evidence")
        return value

    def render(self, key: str, source: str) -> str:
        return self._attempt(key, source, _jinja.from_string(source).render)

    def _attempt(self, key: str, source: str, act: Callable[..., Any]) -> Any:
        try:
            return act(**self.evidence)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError(f"{self.claim}: {key}: {source!r} cannot be evaluated: {error}") from None
