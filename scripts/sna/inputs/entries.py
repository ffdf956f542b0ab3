"""Entries by name in the YAML files that people write, with expressions and texts over what a study knows."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from sna import formats
from sna.errors import InputError
from sna.inputs import intervals
from sna.inputs.fields import Section, explain
from sna.inputs.studies import OptionalPart
from sna.inputs.yaml_files import read_yaml

Entry = TypeVar("Entry", bound=Section)

_jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_jinja.filters.update(formats.FILTERS | intervals.FILTERS)


class Text(str):
    """A template in Jinja2's language, compiled when it is read; its filters are those of `formats` and `intervals`.

    Attributes
    ----------
    names : frozenset of str
        What it takes as known.
    compute : callable
        Takes what is known as keyword arguments, and returns the text.
    """

    names: frozenset[str]
    compute: Callable[..., Any]

    def __new__(cls, source: str) -> Self:
        text = super().__new__(cls, source)
        try:
            text.names, text.compute = cls._compile(source)
        except TemplateError as error:
            raise ValueError(f"not {'an expression' if cls is Expression else 'a template'}: {error}") from None
        return text

    @staticmethod
    def _compile(source: str) -> tuple[frozenset[str], Callable[..., Any]]:
        return _names(source), _jinja.from_string(source).render

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(min_length=1))


class Expression(Text):
    """An expression in Jinja2's language; `compute` returns its value."""

    @staticmethod
    def _compile(source: str) -> tuple[frozenset[str], Callable[..., Any]]:
        compute = _jinja.compile_expression(source, undefined_to_none=False)
        return _names(f"{{{{ {source} }}}}"), compute


def _names(template: str) -> frozenset[str]:
    """Return what a template takes as known, besides what Jinja2 itself brings."""
    return frozenset(find_undeclared_variables(_jinja.parse(template)) - _jinja.globals.keys())


def read_entries(path: str | Path, kind: type[Entry]) -> dict[str, Entry]:
    """Read a YAML file of entries by name, in the file's order.

    Parameters
    ----------
    path : path
        The file.
    kind : type of Section
        What an entry is.

    Returns
    -------
    dict of str to `kind`

    Raises
    ------
    InputError
        If the file is no YAML, a key is unknown or missing, or an expression or a text does not compile; it names the
        entry and the key.
    """
    raw = read_yaml(path)
    try:
        return TypeAdapter(dict[str, kind]).validate_python(raw)  # ty: ignore[invalid-type-form]
    except ValidationError as error:
        raise explain(error, path) from None


class OptionalEntry(Section):
    """An entry of the report that may belong to an optional part of a study."""

    needs: OptionalPart | None = Field(default=None, description="The optional part without which there is nothing.")


Optionally = TypeVar("Optionally", bound=OptionalEntry)


def select_entries(entries: Mapping[str, Optionally], parts: Collection[str]) -> dict[str, Optionally]:
    """Return the entries that a study can fill.

    Parameters
    ----------
    entries : mapping of str to OptionalEntry
    parts : collection of str
        The optional parts that the study has.

    Returns
    -------
    dict of str to OptionalEntry
        Those that need none, or one of these; in the same order.
    """
    return {name: entry for name, entry in entries.items() if entry.needs is None or entry.needs in parts}


@dataclass(frozen=True)
class Case:
    """An entry's name, with what its expressions and texts may name.

    Attributes
    ----------
    name : str
    evidence : mapping
        By name.
    section : str
        The section of the entry whose keys are meant; empty for the entry itself.
    """

    name: str
    evidence: Mapping[str, Any]
    section: str = ""

    @classmethod
    def of(cls, name: str, entry: Section, evidence: Mapping[str, Any], later: Iterable[str] = ()) -> "Case":
        """Check that all that an entry names is known, also where it is never evaluated.

        Parameters
        ----------
        name : str
            The entry's, for messages.
        entry : Section
            It holds expressions and texts, in sections and lists of sections too.
        evidence : mapping
            What is known, by name.
        later : iterable of str
            Further names that will be known when what uses them is evaluated.

        Returns
        -------
        Case

        Raises
        ------
        InputError
            If it names something else; it says name and key.
        """
        known = {*evidence, *later}
        for key, source in _sources(entry):
            if unknown := source.names - known:
                raise InputError(
                    f"{name}: {key}: there is no evidence {', '.join(sorted(unknown))}; there is "
                    + ", ".join(sorted(known))
                )
        return cls(name, evidence)

    def within(self, section: str, **found: Any) -> "Case":
        """Return the same case for the keys of a section, with more that is known.

        Parameters
        ----------
        section : str
        **found : object
            By name.

        Returns
        -------
        Case
        """
        return Case(self.name, {**self.evidence, **found}, section)

    def evaluate(self, key: str, source: Text) -> Any:
        """Evaluate the expression, or the text, of a key.

        Parameters
        ----------
        key : str
            For messages.
        source : Expression or Text
            What stands there.

        Returns
        -------
        object
            A string, if it is a text.

        Raises
        ------
        InputError
            If it names what is not known, or cannot be evaluated.
        """
        place = f"{self.name}: {self.section}.{key}" if self.section else f"{self.name}: {key}"
        try:
            value = source.compute(**self.evidence)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError(f"{place}: {str(source)!r} cannot be evaluated: {error}") from None
        if isinstance(value, Undefined):
            raise InputError(f"{place}: there is nothing at {str(source)!r} in the evidence")
        return value

    def render(self, key: str, source: Text) -> str:
        """Write the text of a key as one line with single spaces.

        Parameters
        ----------
        key : str
            For messages.
        source : Text
            What stands there.

        Returns
        -------
        str

        Raises
        ------
        InputError
            As `evaluate` does.
        """
        # What does not break, such as the space before a unit, stays.
        return re.sub(r"[ \n]+", " ", self.evaluate(key, source)).strip(" ")


def _sources(entry: Section) -> Iterator[tuple[str, Text]]:
    """Yield all expressions and texts of an entry by their keys, those in sections and lists of sections too."""
    for key, value in entry:
        if isinstance(value, Text):
            yield key, value
        parts = [(f"{key}.{number}", part) for number, part in enumerate(value)] if isinstance(value, list) else []
        for place, part in parts or [(key, value)]:
            if isinstance(part, Section):
                yield from ((f"{place}.{inner}", source) for inner, source in _sources(part))
