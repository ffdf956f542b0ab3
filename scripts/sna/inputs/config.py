"""The configuration: what each key means, and what is refused."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from sna.inputs.fields import (
    Category,
    Counts,
    EvenCount,
    Layers,
    Multipliers,
    Name,
    Names,
    Probability,
    Section,
    ascending,
    explain,
)
from sna.inputs.origins import Model, Reviews


class Controls(Section):
    """How many draws of random neurons stand beside a task's own, and where."""

    layers: int = Field(ge=1, description="How many of the study's layers, evenly spread.")
    draws: int = Field(ge=1, description="Draws of random neurons a layer, and as many matched by activation.")
    neurons: Counts = Field(description="How many neurons a draw has.")
    multipliers: Multipliers = Field(description="What their activations are multiplied by.")


class Validation(Section):
    """Which reviews the study classifies, and how many of them for what."""

    reviews: Name = Field(description="A name from `reviews`.")
    selection: EvenCount = Field(description="Sentences that rank the neurons, half of them positive.")
    tuning: EvenCount = Field(description="Sentences that choose layer, count and multiplier.")
    test: EvenCount = Field(description="Sentences that are classified before and after.")


class Study(Section):
    """One experiment: which models, tasks, layers, neuron counts and multipliers."""

    models: Names = Field(description="Names from `models`.")
    tasks: Names = Field(description="Names of files in tasks/, without .yaml.")
    layers: Literal["all"] | Layers = Field(description="`all`, or a list counted from 0.")
    neurons: Counts = Field(description="How many of a task's top neurons are amplified.")
    multipliers: Multipliers = Field(description="What their activations are multiplied by.")
    controls: Controls
    validation: Validation


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


def _with_a_sentence(prompt: str) -> str:
    if prompt.count("{sentence}") != 1:
        raise ValueError("must hold {sentence} once, where the review goes")
    return prompt


class Labels(Section):
    """What a model says for each sentiment; it must tokenize cleanly after the prompt."""

    negative: str = Field(min_length=1, description="Usually begins with a space.")
    positive: str = Field(min_length=1, description="Usually begins with a space.")


class Sentiment(Section):
    """How a review's sentiment is asked for, and what is tried on the tuning sentences."""

    prompt: Annotated[str, AfterValidator(_with_a_sentence)] = Field(description="Holds {sentence} once.")
    labels: Labels
    layers: int = Field(ge=1, description="How many of the study's layers, evenly spread.")
    neurons: Counts = Field(description="Numbers of neurons that are tried.")
    multipliers: Multipliers = Field(description="Multipliers that are tried.")
    bins: Annotated[list[Annotated[float, Field(ge=0.5, le=1)]], Field(min_length=2), AfterValidator(ascending)] = (
        Field(description="Edges of the bins of baseline confidence.")
    )
    uncertain: Annotated[float, Field(gt=0.5, lt=1)] = Field(description="Confidence below which one is uncertain.")
    confident: Annotated[float, Field(gt=0.5, lt=1)] = Field(description="Confidence from which one is confident.")


class Statement(Section):
    """A statement about one category's tasks under another category's neurons."""

    neurons_of: Category = Field(description="The category whose neurons are amplified.")
    measured_on: Category = Field(description="The category whose tasks are measured.")
    layers: dict[Name, Annotated[int, Field(ge=0)]] = Field(description="The layer in models that the paper names.")
    depth: float = Field(ge=0, le=1, description="Where in all others, from 0 (first layer) to 1 (last).")


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
    reviews: dict[Name, Reviews]
    contrast: str = Field(description="YAML file of contrast text, which neurons' activations are compared with.")
    engine: Engine
    zones: Zones
    golden_zone: GoldenZone
    sentiment: Sentiment
    interference: dict[Name, Statement]
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

    @model_validator(mode="after")
    def _validations_exist(self) -> "Config":
        for name, study in self.studies.items():
            reviews, most = study.validation.reviews, max(study.controls.neurons)
            if reviews not in self.reviews:
                known = ", ".join(self.reviews)
                raise ValueError(f"studies.{name}.validation.reviews: there is no {reviews!r}; choose one of {known}")
            if most > max(study.neurons):
                ranked = max(study.neurons)
                raise ValueError(f"studies.{name}.controls.neurons: {most} given; the study ranks {ranked} neurons")
        return self

    @property
    def chosen(self) -> Study:
        """The study that is run."""
        return self.studies[self.study]

    def layers_of(self, model: str, study: str | None = None) -> list[int]:
        """Return the layers of `model` that a study amplifies (by default the chosen one)."""
        layers = self.studies[study or self.study].layers
        return list(range(self.models[model].layers)) if layers == "all" else list(layers)

    def spread_layers(self, model: str, count: int) -> list[int]:
        """Return so many of the layers of `model` that the chosen study amplifies, each the middle of an equal part."""
        layers = self.layers_of(model)
        parts = min(count, len(layers))
        return [layers[int((part + 0.5) * len(layers) / parts)] for part in range(parts)]

    def experiments(self) -> int:
        """Count the chosen study's experiments: model x task x layer x neuron count x multiplier."""
        study = self.chosen
        grid = len(study.tasks) * len(study.neurons) * len(study.multipliers)
        return sum(len(self.layers_of(model)) for model in study.models) * grid


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
