"""What the project's YAML files are made of: kinds of values, and messages about those that are wrong."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sna.errors import InputError
from sna.inputs.yaml_files import Key, locate, written_at

# Of Latin letters those up to Latin Extended-B: the figures' font, DejaVu Sans, has them all.
_NAME = "[A-Za-z0-9][A-Za-z0-9À-ÖØ-öø-ɏ_.-]*"
_LONGEST = 64
# How many characters of a wrong value a message shows.
_MOST_SHOWN = 200
# Folders that results/ or the folders of its models and reviews have already.
_TAKEN = ("models", "reviews", "records", "logs", "benchmarks")


def _usable(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError(
            "a name consists of Latin letters, digits, '.', '-' and '_', and begins with one of A-Z, a-z or 0-9: "
            "files and the figures' labels are made of it"
        )
    if len(name) > _LONGEST:
        raise ValueError(f"a name has at most {_LONGEST} characters, as files are called by it; this one {len(name)}")
    if name.lower() in _TAKEN:
        raise ValueError(f"results has a folder {name} of its own; choose another name")
    return name


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


#: Of studies, models, reviews, tasks and statements.
Name = Annotated[
    str, AfterValidator(_usable), Field(json_schema_extra={"pattern": f"^{_NAME}$", "maxLength": _LONGEST})
]
#: Of every number, after its range: Python takes true for 1.
Number = BeforeValidator(_no_truth)
Probability = Annotated[float, Field(gt=0, lt=1), Number]
#: No model is as deep, or as wide.
MOST_LAYERS, MOST_NEURONS = 1_000, 1_000_000
#: Beyond it activations overflow rather than grow.
LARGEST_MULTIPLIER = 100.0


def without_duplicates(values: list) -> list:
    """Return some values, of which none may occur twice.

    Parameters
    ----------
    values : list

    Returns
    -------
    list
        The same.

    Raises
    ------
    ValueError
        With the values that occur twice.
    """
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(str, twice))} given more than once; give each value once")
    return values


def ascending(values: list) -> list:
    """Return some values in order, of which none may occur twice.

    Parameters
    ----------
    values : list

    Returns
    -------
    list

    Raises
    ------
    ValueError
        With the values that occur twice.
    """
    return sorted(without_duplicates(values))


Names = Annotated[list[Name], Field(min_length=1), AfterValidator(without_duplicates)]
Layer = Annotated[int, Field(ge=0, lt=MOST_LAYERS), Number]
Count = Annotated[int, Field(ge=1, le=MOST_NEURONS), Number]
Multiplier = Annotated[float, Field(gt=0, le=LARGEST_MULTIPLIER), Number]
Layers = Annotated[list[Layer], Field(min_length=1), AfterValidator(ascending)]
Counts = Annotated[list[Count], Field(min_length=1), AfterValidator(ascending)]
Multipliers = Annotated[list[Multiplier], Field(min_length=1), AfterValidator(ascending)]
# Of tasks.
Category = Literal["arithmetic", "logic", "semantics", "poetry", "coding"]
#: How many of a study's layers.
LayerCount = Annotated[int, Field(ge=1, le=MOST_LAYERS), Number]
#: Reviews: a hundred times as many as SST-2 has for this.
EvenCount = Annotated[int, Field(ge=2, le=100_000, multiple_of=2), Number]


class Section(BaseModel):
    """A part of the configuration; unknown keys are errors, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _key(location: Key) -> Key:
    """Return a location as the user's file has it: without the members of unions that pydantic puts among the keys."""
    parts = [part for part in location if "[" not in str(part)]
    if parts[:1] in (["models"], ["reviews"]):
        # The value of `source`.
        del parts[2:3]
    return tuple(parts)


def explain(error: ValidationError, file: str | Path, *, with_lines: bool = False) -> InputError:
    """Return pydantic's findings as bad input.

    Parameters
    ----------
    error : ValidationError
    file : str or Path
        The name for messages.
    with_lines : bool
        Whether the file holds the very values that were checked, so that it is known where each stands.

    Returns
    -------
    InputError
        One line a finding: the file, the key, what is wrong, what was given.
    """
    lines = []
    for finding in error.errors():
        key, given = _key(finding["loc"]), finding["input"]
        place = locate(file, key) if with_lines else ": ".join(filter(None, (str(file), ".".join(map(str, key)))))
        if finding["type"] in ("string_type", "string_unicode"):
            message = _not_text(given, written_at(file, key) if with_lines else "")
        elif finding["type"] in ("model_type", "dict_type"):
            message = "must be keys with their values, such as name: addition"
        else:
            shown = f" (given: {_shorten(given)})" if key and isinstance(given, str | int | float) else ""
            message = finding["msg"].removeprefix("Value error, ") + shown
        lines.append(f"{place}: {message}")
    return InputError("\n".join(lines))


def _not_text(given: Any, written: str) -> str:
    """Say how to write a text that YAML takes for something else."""
    if written:
        return f'must be text; quote it, with its leading space if it has one: " {written}"'
    if given is None:
        return "must be text; nothing is given"
    shown = f" (given: {_shorten(given)})" if isinstance(given, int | float) else ""
    return f"must be text; quote it{shown}"


def _shorten(given: str | float) -> str:
    """Return the beginning of a value, for a message; of a number that Python does not write out, that it is long."""
    try:
        written = repr(given)
    except ValueError:
        return "a number of thousands of digits"
    return written if len(written) <= _MOST_SHOWN else f"{written[:_MOST_SHOWN]}..."
