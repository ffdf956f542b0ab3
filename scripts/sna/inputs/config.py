"""The configuration: what each key means, and what is refused."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from sna.inputs.fields import (
    Category,
    Layer,
    Name,
    Number,
    Probability,
    Section,
    explain,
)
from sna.inputs.origins import DescribedModel, Reviews, TunedModel
from sna.inputs.sentiment import Sentiment
from sna.inputs.studies import FEWEST_PROMPTS, OptionalPart, Study


class Zones(Section):
    """The paper's three zones of baseline probability."""

    boundaries: tuple[Probability, Probability] = Field(
        description="Zone 1 lies below the first, zone 2 from the first to the second, zone 3 above."
    )
    negligible: Annotated[float, Field(gt=0, le=100), Number] = Field(
        description="Improvement in percent that counts as negligible in zone 3."
    )

    @model_validator(mode="after")
    def _boundaries_ascend(self) -> "Zones":
        if self.boundaries[0] >= self.boundaries[1]:
            raise ValueError("boundaries: the first must be below the second")
        return self


class GoldenZone(Section):
    """Where in the count x multiplier grid amplification works."""

    share: Probability = Field(description="Share of the best improvement that a configuration must reach.")


class Statement(Section):
    """A statement about one category's tasks under another category's neurons."""

    neurons_of: Category = Field(description="The category whose neurons are amplified.")
    measured_on: Category = Field(description="The category whose tasks are measured.")
    layers: dict[Name, Layer] = Field(description="The layer in models that the paper names.")
    depth: Annotated[float, Field(ge=0, le=1), Number] = Field(
        description="Where in all others, from 0 (first layer) to 1 (last)."
    )


class Statistics(Section):
    """How uncertainty is measured."""

    task_improvement: Literal["best", "mean", "median"] = Field(
        description="A task's improvement: of its best configuration, or the mean or median over all of them."
    )
    confidence_level: Probability = Field(description="Of every interval.")
    # Time and memory of the statistics grow with them; ten times as many as are shipped leave no noise that shows.
    resamples: Annotated[int, Field(ge=99, le=100_000), Number] = Field(
        description="Bootstrap and permutation resamples."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63), Number] = Field(description="Of every random number.")


class Engine(Section):
    """What the sweep computes on, and what a model reads before a text."""

    device: Literal["auto", "cpu", "cuda"] = Field(description="`auto` takes CUDA, if it is there, or else the CPU.")
    dtype: Literal["float32", "bfloat16"] = Field(description="Precision of the sweep's matrix products.")
    start_token: Literal["tokenizer", "always", "never"] = Field(
        description="Whether a text begins with a start token: as the model's tokenizer does it, always, or never."
    )


class Calibration(Section):
    """How a model is calibrated for a task, and what its advice asks for."""

    prompts: Annotated[int, Field(ge=FEWEST_PROMPTS, le=10_000), Number] = Field(
        description="Evaluation prompts at most: the task's own, then those of a bank beside it."
    )
    # Fewer do not tell how much random neurons differ from one another.
    draws: Annotated[int, Field(ge=20, le=10_000), Number] = Field(
        description="Sets of random neurons of the same layer, count and multiplier."
    )
    perplexity: Annotated[float, Field(gt=0, le=100), Number] = Field(
        description="By how many percent the perplexity of prose may rise."
    )
    divergence: Annotated[float, Field(gt=0, le=100), Number] = Field(
        description="By how many nats a token the predictions on prose may diverge (Kullback-Leibler)."
    )


class Config(Section):
    """The whole of config.yaml."""

    study: str = Field(description="The study that is run: a name from `studies`.")
    model: str | None = Field(
        default=None, description="The model that `calibrate` calibrates; given on the command line, with `task`."
    )
    task: str | None = Field(
        default=None, description="Its task: a name in tasks/, or the path of a task file anywhere."
    )
    studies: dict[Name, Study]
    models: dict[Name, DescribedModel]
    reviews: dict[Name, Reviews]
    contrast: str = Field(description="YAML file of contrast text, which neurons' activations are compared with.")
    engine: Engine
    zones: Zones
    golden_zone: GoldenZone
    sentiment: Sentiment
    interference: dict[Name, Statement]
    calibration: Calibration
    statistics: Statistics

    @model_validator(mode="after")
    def _names_differ(self) -> "Config":
        for section in ("studies", "models", "reviews"):
            names: dict[str, str] = {}
            for name in getattr(self, section):
                if name.lower() in names:
                    other = names[name.lower()]
                    raise ValueError(f"{section}.{name}: not every file system tells its folder from that of {other}")
                names[name.lower()] = name
        if "calibrations" in (study.lower() for study in self.studies):
            raise ValueError("studies.calibrations: results has a folder calibrations of its own; choose another name")
        # What the table of interference calls the setting that is no statement's.
        if "best" in self.interference:
            raise ValueError("interference.best: a table has that name for something else; choose another one")
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> "Config":
        if self.study not in self.studies:
            raise ValueError(f"study: there is no study {self.study!r}; choose one of {', '.join(self.studies)}")
        for name, study in self.studies.items():
            for model in study.models:
                if model not in self.models:
                    known = ", ".join(self.models)
                    raise ValueError(f"studies.{name}.models: there is no model {model!r}; choose from {known}")
                beyond = [layer for layer in self.layer_ids(model, name) if layer >= self.models[model].layers]
                if beyond:
                    last = self.models[model].layers - 1
                    raise ValueError(f"studies.{name}.layers: {model} has no layer {beyond[0]}; its last is {last}")
        return self

    @model_validator(mode="after")
    def _bases_exist(self) -> "Config":
        for name, model in self.tuned.items():
            key, base = f"models.{name}", self.models.get(model.base)
            fetched = ", ".join(other for other in self.models if other not in self.tuned)
            if base is None:
                raise ValueError(f"{key}.base: there is no model {model.base!r}; choose from {fetched}")
            if isinstance(base, TunedModel):
                raise ValueError(f"{key}.base: {model.base} is itself tuned; choose from {fetched}")
            if base.weights != "float32":
                raise ValueError(f"{key}.base: the weights of {model.base} are {base.weights}; only float32 is tuned")
            if model.layers != base.layers:
                raise ValueError(f"{key}.layers: {model.layers} given; its base, {model.base}, has {base.layers}")
        return self

    @model_validator(mode="after")
    def _a_model_is_calibrated_for_a_task(self) -> "Config":
        if self.model is not None and self.model not in self.models:
            raise ValueError(f"model: there is no model {self.model!r}; choose one of {', '.join(self.models)}")
        if (self.model is None) != (self.task is None):
            missing = "model" if self.model is None else "task"
            raise ValueError(f"{missing}: none given; calibrate takes both: --config model=NAME task=NAME_OR_FILE")
        return self

    @model_validator(mode="after")
    def _validations_exist(self) -> "Config":
        for name, study in self.studies.items():
            reviews = study.validation.reviews
            if reviews not in self.reviews:
                known = ", ".join(self.reviews)
                raise ValueError(f"studies.{name}.validation.reviews: there is no {reviews!r}; choose one of {known}")
        return self

    @model_validator(mode="after")
    def _statements_are_of_layers(self) -> "Config":
        for name, statement in self.interference.items():
            for model, layer in statement.layers.items():
                if model not in self.models:
                    known = ", ".join(self.models)
                    raise ValueError(f"interference.{name}.layers: there is no model {model!r}; choose from {known}")
                if layer >= self.models[model].layers:
                    last = self.models[model].layers - 1
                    raise ValueError(
                        f"interference.{name}.layers.{model}: there is no layer {layer}; its last is {last}"
                    )
        return self

    @property
    def chosen(self) -> Study:
        """The study that is run."""
        return self.studies[self.study]

    @property
    def optional_parts(self) -> list[OptionalPart]:
        """Which optional parts the chosen study has."""
        parts: list[OptionalPart] = [part for part in ("together", "alternatives") if getattr(self.chosen, part)]
        with_base = any(
            self.tuned[model].base in self.chosen.models for model in self.chosen.models if model in self.tuned
        )
        return [*parts, "tuning"] if with_base else parts

    @property
    def tuned(self) -> dict[str, TunedModel]:
        """The models that are tuned here, by name."""
        return {name: model for name, model in self.models.items() if isinstance(model, TunedModel)}

    def layer_ids(self, model: str, study: str | None = None) -> list[int]:
        """Return which layers of a model a study amplifies.

        Parameters
        ----------
        model : str
        study : str, optional
            By default the chosen one.

        Returns
        -------
        list of int
            From 0, ascending.
        """
        layers = self.studies[study or self.study].layers
        return list(range(self.models[model].layers)) if layers == "all" else list(layers)

    def spread_layers(self, model: str, n_layers: int) -> list[int]:
        """Return some of the layers of a model that the chosen study amplifies, evenly spread.

        Parameters
        ----------
        model : str
        n_layers : int
            How many layers; fewer if the study amplifies fewer.

        Returns
        -------
        list of int
            The amplified layers in the middle of as many equal parts.
        """
        swept = self.layer_ids(model)
        parts = min(n_layers, len(swept))
        return [swept[int((part + 0.5) * len(swept) / parts)] for part in range(parts)]

    def experiments(self) -> int:
        """Return how many experiments the chosen study has: model x task x layer x neuron count x multiplier.

        Returns
        -------
        int
        """
        study = self.chosen
        grid = len(study.tasks) * len(study.neurons) * len(study.multipliers)
        return sum(len(self.layer_ids(model)) for model in study.models) * grid


def validate_config(raw: dict, file: str | Path = "config.yaml") -> Config:
    """Check a configuration that was read from YAML.

    Parameters
    ----------
    raw : dict
        What Snakemake read from the file and the command line.
    file : str or Path
        The name for messages.

    Returns
    -------
    Config

    Raises
    ------
    InputError
        One line for each mistake, with the file and the key.
    """
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        raise explain(error, file) from None
