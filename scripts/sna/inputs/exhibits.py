"""The report's figures and tables: what each is called, says and reads, as report/exhibits.yaml has them."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any

from jinja2 import Environment, StrictUndefined, TemplateError
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from sna import formats
from sna.errors import InputError
from sna.inputs.fields import Section, explain
from sna.inputs.yaml_files import read_yaml

_jinja = Environment(undefined=StrictUndefined, autoescape=False)
_jinja.filters.update(formats.FILTERS)
_template = cache(_jinja.from_string)


def _renders(source: str) -> str:
    try:
        _template(source)
    except TemplateError as error:
        raise ValueError(f"not a template: {error}") from None
    return source


Text = Annotated[str, Field(min_length=1), AfterValidator(_renders)]


class Exhibit(Section):
    """A figure or a table of the report."""

    title: str
    caption: Text = Field(description="What it shows: a template over `config`, the study's configuration.")
    details: Text | None = Field(
        default=None, description="What the page adds to the caption: a template over `statistics` and `models` too."
    )
    alt: Text | None = Field(
        default=None, description="What a figure shows, for readers who do not see it, on one `model`."
    )
    message: str | None = Field(default=None, description="What its job says that it does.")
    reads: list[str] = Field(default=[], description="The study's tables and statistics that its job reads.")
    params: list[str] = Field(default=[], description="The parts of config.yaml that its job uses, by dotted name.")
    data: str | None = Field(default=None, description="The exhibit whose CSV file holds what a figure draws.")

    @model_validator(mode="after")
    def _a_job_has_a_message(self) -> "Exhibit":
        if bool(self.reads) != bool(self.message):
            raise ValueError("message and reads belong together")
        return self


def render(template: str, **known: Any) -> str:
    """Render a text of an exhibit.

    Parameters
    ----------
    template : str
        A caption, details or alternative text.
    **known
        What it may name.

    Raises
    ------
    InputError
        If it names something else, or cannot be rendered.
    """
    try:
        return " ".join(_template(template).render(**known).split())
    except (TemplateError, TypeError, ValueError) as error:
        raise InputError(f"report/exhibits.yaml: {template!r} cannot be rendered: {error}") from None


def read_exhibits(path: str | Path) -> dict[str, Exhibit]:
    """Read all exhibits, by kind and name, such as ``figures/layers``, in the file's order.

    Raises
    ------
    InputError
        If the file is no YAML, or a key is unknown or missing.
    """
    raw = read_yaml(path)
    try:
        return TypeAdapter(dict[str, Exhibit]).validate_python(raw)
    except ValidationError as error:
        raise explain(error, path) from None
