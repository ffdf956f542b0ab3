"""The report's figures and tables: what each is called, says and reads, as report/exhibits.yaml has them."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from sna.errors import InputError
from sna.inputs.entries import Case, OptionalEntry, Text, read_entries

#: The keys that each kind of exhibit needs, and those that it cannot have.
_KEYS = {
    "figures": ({"alt", "reads", "data"}, set()),
    "tables": (set(), {"alt", "data"}),
    "statistics": (set(), {"alt", "data", "reads"}),
}
#: What each text may name.
_KNOWN = {
    "caption": {"config"},
    "details": {"config", "models", "statistics", "tables", "judged"},
    "alt": {"config", "models", "statistics", "tables", "judged", "model"},
}


class Exhibit(OptionalEntry):
    """A figure or a table of the report."""

    title: str
    caption: Text = Field(description="What it shows: a template over `config`, the study's configuration.")
    details: Text | None = Field(
        default=None, description="What the page adds to the caption: over `models`, `statistics` and `tables` too."
    )
    alt: Text | None = Field(
        default=None, description="What a figure shows of one `model`, for readers who do not see it: over that too."
    )
    message: str | None = Field(default=None, description="What its job says that it does.")
    reads: list[str] = Field(default=[], description="The study's tables and statistics that its job reads.")
    params: list[str] = Field(default=[], description="The parts of config.yaml that its job uses, by dotted name.")
    data: str | None = Field(default=None, description="The exhibit whose CSV file holds what a figure draws.")
    section: Literal["verdicts", "tasks", "results"] = Field(
        default="results", description="The section of the page for it, unless a claim or a question shows it."
    )

    @model_validator(mode="after")
    def _a_job_has_a_message(self) -> "Exhibit":
        if bool(self.reads) != bool(self.message):
            raise ValueError("message and reads belong together")
        return self

    @model_validator(mode="after")
    def _texts_name_what_is_known(self) -> "Exhibit":
        for key, known in _KNOWN.items():
            text = getattr(self, key)
            if text is not None and (unknown := text.names - known):
                raise ValueError(
                    f"{key}: there is no {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}"
                )
        return self


def render(name: str, exhibit: Exhibit, key: Literal["caption", "details", "alt"], **known: Any) -> str:
    """Render a text of an exhibit, as one line; without such a text an empty one.

    Parameters
    ----------
    name : str
        The exhibit's, for messages.
    exhibit : Exhibit
        The exhibit.
    key : str
        Where the text stands.
    **known
        What it may name.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If it cannot be rendered with that; it says exhibit and key.
    """
    text = getattr(exhibit, key)
    return "" if text is None else Case(f"report/exhibits.yaml: {name}", known).render(key, text)


def read_exhibits(path: str | Path) -> dict[str, Exhibit]:
    """Read all exhibits, by kind and name, such as ``figures/layers``, in the file's order.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict of str to Exhibit

    Raises
    ------
    InputError
        If the file is no YAML, a key is unknown or missing or has no place there, or a text names what is not known.
    """
    exhibits = read_entries(path, Exhibit)
    for name, exhibit in exhibits.items():
        kind, _, rest = name.partition("/")
        if kind not in _KEYS or not rest.isidentifier():
            raise InputError(f"{path}: {name}: not a name such as {', '.join(f'{kind}/layers' for kind in _KEYS)}")
        needed, excluded = _KEYS[kind]
        given = {key for key, value in exhibit if value}
        for wrong, what in ((needed - given, "is missing"), (excluded & given, "has no place here")):
            if wrong:
                raise InputError(f"{path}: {name}: {', '.join(sorted(wrong))} {what}")
        if exhibit.data not in (None, name) and not str(exhibit.data).startswith("tables/"):
            raise InputError(f"{path}: {name}: data: neither {name} nor a table (given: {exhibit.data!r})")
        if exhibit.data and exhibit.data not in exhibits:
            raise InputError(f"{path}: {name}: data: there is no {exhibit.data}")
    return exhibits
