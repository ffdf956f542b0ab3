"""The configuration: what each key means, and what is refused."""

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sna.errors import InputError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Probability = Annotated[float, Field(gt=0, lt=1)]
# Names become those of files and folders.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")]


def _without_duplicates(values: list) -> list:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(str, twice))} given more than once; give each value once")
    return values


def _ascending(values: list) -> list:
    return sorted(_without_duplicates(values))


def _pinned(revision: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise ValueError("must be all 40 digits of a commit; a branch or a tag can move")
    return revision


def _inside_the_package(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a path inside the package's wheel, such as package/model.gguf")
    return path


Names = Annotated[list[Name], Field(min_length=1), AfterValidator(_without_duplicates)]
Layers = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1), AfterValidator(_ascending)]
Counts = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1), AfterValidator(_ascending)]
Multipliers = Annotated[
    list[Annotated[float, Field(gt=0, allow_inf_nan=False)]], Field(min_length=1), AfterValidator(_ascending)
]


class Section(BaseModel):
    """A part of the configuration; unknown keys are errors, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Model(Section):
    layers: int = Field(ge=1, description="Number of transformer blocks; checked against the weights.")
    license: str = Field(description="The weights' licence (SPDX), shown in the report.")


class PackageModel(_Model):
    """A model whose weights ship inside a Python package."""

    source: Literal["package"]
    package: str = Field(description="Name of the package.")
    version: str = Field(description="Its exact version.")
    file: Annotated[str, AfterValidator(_inside_the_package)] = Field(description="The GGUF file inside the wheel.")
    sha256: Sha256 = Field(description="SHA-256 of that file.")


class HubModel(_Model):
    """A model on the Hugging Face hub, pinned to one commit."""

    source: Literal["hub"]
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="owner/name on the hub.")
    revision: Annotated[str, AfterValidator(_pinned)] = Field(description="The commit, all 40 digits.")


class FolderModel(_Model):
    """A model in a local folder, as transformers' save_pretrained leaves it."""

    source: Literal["path"]
    path: str = Field(description="The folder; relative to where Snakemake runs.")


Model = Annotated[PackageModel | HubModel | FolderModel, Field(discriminator="source")]


class Study(Section):
    """One experiment: which models, tasks, layers, neuron counts and multipliers."""

    models: Names = Field(description="Names from `models`.")
    tasks: Names = Field(description="Names of files in tasks/, without .yaml.")
    layers: Literal["all"] | Layers = Field(description="`all`, or a list counted from 0.")
    neurons: Counts = Field(description="How many of a task's top neurons are amplified.")
    multipliers: Multipliers = Field(description="What their activations are multiplied by.")


class Zones(Section):
    """The paper's three zones of baseline probability."""

    boundaries: tuple[Probability, Probability] = Field(
        description="Zone 1 lies below the first, zone 2 from the first to the second, zone 3 above."
    )
    negligible: float = Field(gt=0, description="Improvement in percent that counts as negligible in zone 3.")

    @model_validator(mode="after")
    def _boundaries_ascend(self) -> "Zones":
        if self.boundaries[0] >= self.boundaries[1]:
            raise ValueError("boundaries: the first must be below the second")
        return self


class GoldenZone(Section):
    """Where in the count x multiplier grid amplification works."""

    share: Probability = Field(description="Share of the best improvement that a configuration must reach.")


class Statistics(Section):
    """How uncertainty is measured."""

    task_improvement: Literal["best", "mean", "median"] = Field(
        description="A task's improvement: of its best configuration, or the mean or median over all of them."
    )
    confidence_level: Probability = Field(description="Of every interval.")
    resamples: int = Field(ge=99, description="Bootstrap and permutation resamples.")
    seed: int = Field(ge=0, description="Of every random number.")


class Engine(Section):
    """What the sweep computes on."""

    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        description="`auto` takes CUDA, then MPS, then the CPU, whichever is there first."
    )
    dtype: Literal["float32", "bfloat16"] = Field(description="Precision of the sweep's matrix products.")


class Config(Section):
    """The whole of config.yaml."""

    study: str = Field(description="The study that is run: a name from `studies`.")
    studies: dict[Name, Study]
    models: dict[Name, Model]
    control: str = Field(description="YAML file of control text, which neurons' activations are compared with.")
    engine: Engine
    zones: Zones
    golden_zone: GoldenZone
    statistics: Statistics

    @model_validator(mode="after")
    def _names_exist(self) -> "Config":
        if self.study not in self.studies:
            raise ValueError(f"study: there is no study {self.study!r}; choose one of {', '.join(self.studies)}")
        for name, study in self.studies.items():
            for model in study.models:
                if model not in self.models:
                    known = ", ".join(self.models)
                    raise ValueError(f"studies.{name}.models: there is no model {model!r}; choose from {known}")
                beyond = [layer for layer in self.layers_of(model, name) if layer >= self.models[model].layers]
                if beyond:
                    last = self.models[model].layers - 1
                    raise ValueError(f"studies.{name}.layers: {model} has no layer {beyond[0]}; its last is {last}")
        return self

    @property
    def chosen(self) -> Study:
        """The study that is run."""
        return self.studies[self.study]

    def layers_of(self, model: str, study: str | None = None) -> list[int]:
        """Return the layers of `model` that a study amplifies (by default the chosen one)."""
        layers = self.studies[study or self.study].layers
        return list(range(self.models[model].layers)) if layers == "all" else list(layers)

    def experiments(self) -> int:
        """Count the chosen study's experiments: model x task x layer x neuron count x multiplier."""
        study = self.chosen
        grid = len(study.tasks) * len(study.neurons) * len(study.multipliers)
        return sum(len(self.layers_of(model)) for model in study.models) * grid


def _key(location: tuple[str | int, ...]) -> str:
    """Write a location as the user's file has it: without the members of unions that pydantic puts among the keys."""
    parts = [str(part) for part in location if "[" not in str(part)]
    if parts[:1] == ["models"]:
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


def validate_config(raw: dict, file: str | Path = "config.yaml") -> Config:
    """Check a configuration that was read from YAML.

    Parameters
    ----------
    raw : dict
        What Snakemake read from the file and the command line.
    file : str or Path
        The name for messages.

    Raises
    ------
    InputError
        One line for each mistake, with the file and the key.
    """
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        raise explain(error, file) from None
