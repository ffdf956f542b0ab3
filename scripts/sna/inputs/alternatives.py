"""What one would do instead of amplification: how much of it a study measures, and what is tried."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sna.inputs.fields import Multipliers, Number, Section, ascending

#: A task has 12 selection prompts at least.
Examples = Annotated[list[Annotated[int, Field(ge=1, le=12), Number]], Field(min_length=1), AfterValidator(ascending)]


class LoraTraining(Section):
    """How long a low-rank adapter is trained on a task's selection prompts."""

    steps: Annotated[int, Field(ge=1, le=10_000), Number] = Field(description="How many updates.")
    batch: Annotated[int, Field(ge=1, le=1000), Number] = Field(description="Prompts an update.")
    learning_rate: Annotated[float, Field(gt=0, le=1), Number] = Field(
        description="Of the first update; from there it falls to 0 in a line."
    )


class Alternatives(Section):
    """What is measured, and what the evaluation prompts choose from."""

    prompts: Annotated[int, Field(ge=1, le=10_000), Number] = Field(
        description="Fresh prompts a task: the first of those of `fresh`."
    )
    prompts_per_draw: Annotated[int, Field(ge=1), Number] = Field(
        description="On how many of a task's prompts each set of examples and of random neurons is measured, at least."
    )
    examples: Examples = Field(description="How many selection prompts, with their targets, stand before a prompt.")
    temperatures: Multipliers = Field(description="What logits are divided by; the evaluation prompts choose one.")
    strengths: Multipliers = Field(
        description="How much of a direction is added, in lengths of the difference of means; they choose one too."
    )
    lora: LoraTraining

    @model_validator(mode="after")
    def _a_draw_has_no_more_prompts_than_there_are(self) -> "Alternatives":
        if self.prompts_per_draw > self.prompts:
            raise ValueError(f"prompts_per_draw: {self.prompts_per_draw} given; there are {self.prompts} prompts")
        return self
