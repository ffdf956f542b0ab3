"""Entries by name in the YAML files that people write, with expressions and texts over what a study knows."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from sna import formats
from sna.errors import InputError
from sna.inputs.fields import Section, explain
from sna.inputs.yaml_files import read_yaml

Entry = TypeVar("Entry", bound=Section)

_jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_jinja.filters.update(formats.FILTERS)


class Text(str):
    """A template in Jinja2's language, with the filters of `sna.formats`; compiled when it is read.

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
        return frozenset(find_undeclared_variables(_jinja.parse(source))), _jinja.from_string(source).render

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(min_length=1))


class Expression(Text):
    """An expression in Jinja2's language; `compute` returns its value."""

    @staticmethod
    def _compile(source: str) -> tuple[frozenset[str], Callable[..., Any]]:
        compute = _jinja.compile_expression(source, undefined_to_none=False)
        return frozenset(find_undeclared_variables(_jinja.parse(f"{{{{ {source} }}}}"))), compute


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


@dataclass(frozen=True)
class Case:
    """An entry's name, with what its expressions and texts may name."""

    name: str
    evidence: Mapping[str, Any]

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
        try:
            value = source.compute(**self.evidence)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError(f"{self.name}: {key}: {str(source)!r} cannot be evaluated: {error}") from None
        if isinstance(value, Undefined):
            raise InputError(f"{self.name}: {key}: there is nothing at {str(source)!r} in the evidence")
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
    """Yield all expressions and texts of an entry by their keys, without those of the sections that they are in."""
    for key, value in entry:
        if isinstance(value, Text):
            yield key, value
        elif isinstance(value, Section):
            yield from _sources(value)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, Section):
                    yield from ((f"{key}.{number}.{inner}", source) for inner, source in _sources(item))
