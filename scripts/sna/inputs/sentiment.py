"""How the sentiment of reviews is asked for: that section of the configuration."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sna.inputs.fields import Counts, LayerCount, Multipliers, Number, Section, ascending
from sna.inputs.joins import doubtful_join


def _with_a_sentence(prompt: str) -> str:
    if prompt.count("{sentence}") != 1:
        raise ValueError("must hold {sentence} once, where the review goes")
    return prompt


class Labels(Section):
    """What a model says for each sentiment; it must tokenize cleanly after the prompt."""

    negative: str = Field(min_length=1, description="Usually begins with a space.")
    positive: str = Field(min_length=1, description="Usually begins with a space.")

    @model_validator(mode="after")
    def _neither_begins_with_the_other(self) -> "Labels":
        for one, other in (self.negative, self.positive), (self.positive, self.negative):
            if other.startswith(one):
                raise ValueError(f"must be two answers; {other!r} begins with {one!r}")
        return self


def _whole_range(edges: list[float]) -> list[float]:
    if (edges[0], edges[-1]) != (0.5, 1):
        raise ValueError(f"must begin with 0.5 and end with 1, so that each sentence has a bin (given: {edges})")
    return edges


Confidence = Annotated[float, Field(ge=0.5, le=1), Number]


class Sentiment(Section):
    """How a review's sentiment is asked for, and what is tried on the tuning sentences."""

    prompt: Annotated[str, AfterValidator(_with_a_sentence)] = Field(description="Holds {sentence} once.")
    labels: Labels
    layers: LayerCount = Field(description="How many of the study's layers, evenly spread.")
    neurons: Counts = Field(description="Numbers of neurons that are tried.")
    multipliers: Multipliers = Field(description="Multipliers that are tried.")
    bins: Annotated[list[Confidence], Field(min_length=2), AfterValidator(ascending), AfterValidator(_whole_range)] = (
        Field(description="Edges of the bins of baseline confidence, from 0.5 to 1.")
    )
    uncertain: Annotated[float, Field(gt=0.5, lt=1), Number] = Field(
        description="Confidence below which one is uncertain."
    )
    confident: Annotated[float, Field(gt=0.5, lt=1), Number] = Field(
        description="Confidence from which one is confident."
    )

    @model_validator(mode="after")
    def _uncertain_is_not_confident(self) -> "Sentiment":
        if self.uncertain > self.confident:
            raise ValueError(
                f"uncertain: must not lie above confident, {self.confident:g} (given: {self.uncertain:g}): "
                "a sentence cannot be both"
            )
        return self

    @model_validator(mode="after")
    def _labels_follow_the_prompt(self) -> "Sentiment":
        for name, label in self.labels:
            if doubt := doubtful_join(self.prompt, label):
                raise ValueError(f"labels.{name}: {doubt} (given: {label!r})")
        return self
