"""Expressions and texts over the evidence of one model, as claims.yaml and questions.yaml hold them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from jinja2 import StrictUndefined, Template, TemplateError, Undefined
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from sna import formats
from sna.errors import InputError
from sna.inputs.fields import Section, explain
from sna.inputs.yaml_files import read_yaml

Entry = TypeVar("Entry", bound=Section)

_jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_jinja.filters.update(formats.FILTERS)


# Compiled once, rendered for every model.
@cache
def _expression(source: str) -> Callable[..., Any]:
    return _jinja.compile_expression(source, undefined_to_none=False)


@cache
def _template(source: str) -> Template:
    return _jinja.from_string(source)


@cache
def _names(source: str) -> frozenset[str]:
    return frozenset(find_undeclared_variables(_jinja.parse(source)))


def _compiles(source: str) -> str:
    try:
        _expression(source)
    except TemplateError as error:
        raise ValueError(f"not an expression: {error}") from None
    return source


def _renders(source: str) -> str:
    try:
        _template(source)
    except TemplateError as error:
        raise ValueError(f"not a template: {error}") from None
    return source


Expression = Annotated[str, AfterValidator(_compiles)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_renders)]


def in_braces(expression: str) -> str:
    """Return the template that renders an expression."""
    return f"{{{{ {expression} }}}}"


class Requirement(Section):
    """What the data must offer before anything can be said by it."""

    that: Expression
    otherwise: Words = Field(description="What to say where this does not hold.")


def requirement_sources(requirements: Sequence[Requirement], key: str) -> Iterable[tuple[str, str]]:
    """Yield the key and the template source of all that requirements hold."""
    for number, requirement in enumerate(requirements):
        yield f"{key}.{number}.that", in_braces(requirement.that)
        yield f"{key}.{number}.otherwise", requirement.otherwise


def read_entries(path: str | Path, kind: type[Entry]) -> dict[str, Entry]:
    """Read a YAML file of entries by id, in the file's order.

    Raises
    ------
    InputError
        If the file is no YAML, a key is unknown or missing, or an expression does not compile; it names id and key.
    """
    raw = read_yaml(path)
    try:
        return TypeAdapter(dict[str, kind]).validate_python(raw)
    except ValidationError as error:
        raise explain(error, path) from None


def check_names(name: str, sources: Iterable[tuple[str, str]], known: Iterable[str]) -> None:
    """Check that all names in an entry's expressions and texts exist, also in those that are never evaluated.

    Parameters
    ----------
    name : str
        The entry's id, for messages.
    sources : iterable of (str, str)
        Each key with its template source.
    known : iterable of str
        The names that there are.

    Raises
    ------
    InputError
        If there is another name; it says id and key.
    """
    known = set(known)
    for key, source in sources:
        unknown = _names(source) - known
        if unknown:
            raise InputError(
                f"{name}: {key}: there is no evidence {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}"
            )


@dataclass(frozen=True)
class Case:
    """An entry's id, with the evidence that its expressions and texts may name."""

    name: str
    evidence: Mapping[str, Any]

    def evaluate(self, key: str, source: str) -> Any:
        """Evaluate the expression of a key.

        Raises
        ------
        InputError
            If it names evidence that is not there, or cannot be evaluated with it.
        """
        value = self._attempt(key, source, _expression(source))
        if isinstance(value, Undefined):
            raise InputError(f"{self.name}: {key}: there is nothing at {source!r} in the evidence")
        return value

    def render(self, key: str, source: str) -> str:
        """Render the text of a key, with single spaces where a condition left several; raises as `evaluate` does."""
        text = self._attempt(key, source, _template(source).render)
        return " ".join(word for word in text.split(" ") if word)

    def find_unmet(self, key: str, requirements: Sequence[Requirement]) -> str | None:
        """Return what the first requirement that does not hold says; None if all hold."""
        for number, requirement in enumerate(requirements):
            if not self.evaluate(f"{key}.{number}.that", requirement.that):
                return self.render(f"{key}.{number}.otherwise", requirement.otherwise)
        return None

    def _attempt(self, key: str, source: str, act: Callable[..., Any]) -> Any:
        try:
            return act(**self.evidence)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError(f"{self.name}: {key}: {source!r} cannot be evaluated: {error}") from None
