"""What the project's YAML files are made of: kinds of values, and messages about those that are wrong."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sna.errors import InputError

Probability = Annotated[float, Field(gt=0, lt=1)]
# Names become those of files and folders.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")]


def without_duplicates(values: list) -> list:
    """Refuse a value that occurs twice."""
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(str, twice))} given more than once; give each value once")
    return values


def ascending(values: list) -> list:
    """Sort values, none of which may occur twice."""
    return sorted(without_duplicates(values))


Names = Annotated[list[Name], Field(min_length=1), AfterValidator(without_duplicates)]
Layers = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1), AfterValidator(ascending)]
Counts = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1), AfterValidator(ascending)]
Multipliers = Annotated[
    list[Annotated[float, Field(gt=0, allow_inf_nan=False)]], Field(min_length=1), AfterValidator(ascending)
]
# Of tasks.
Category = Literal["arithmetic", "logic", "semantics", "poetry", "coding"]
EvenCount = Annotated[int, Field(ge=2, multiple_of=2)]


class Section(BaseModel):
    """A part of the configuration; unknown keys are errors, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _key(location: tuple[str | int, ...]) -> str:
    """Write a location as the user's file has it: without the members of unions that pydantic puts among the keys."""
    parts = [str(part) for part in location if "[" not in str(part)]
    if parts[:1] in (["models"], ["reviews"]):
        # The value of `source`.
        del parts[2:3]
    return ".".join(parts)


def explain(error: ValidationError, file: str | Path) -> InputError:
    """Turn pydantic's findings into one line each: the file, the key, what is wrong, what was given."""
    lines = []
    for finding in error.errors():
        key = _key(finding["loc"])
        message = finding["msg"].removeprefix("Value error, ")
        given = f" (given: {finding['input']!r})" if key and isinstance(finding["input"], str | int | float) else ""
        lines.append(f"{file}: {key}: {message}{given}" if key else f"{file}: {message}")
    return InputError("\n".join(lines))
