"""A study: what is measured of which models and tasks, and how much of it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sna.inputs.alternatives import Alternatives
from sna.inputs.fields import Counts, EvenCount, Layers, Multipliers, Name, Names, Number, Section

#: What a study may measure besides, each of which has figures, tables and questions of its own.
OptionalPart = Literal["together", "alternatives", "tuning"]
# Of fewer prompts no verdict is worth its words.
FEWEST_PROMPTS = 24
# Time and memory grow with them: 10,000 draws take some 50 times what the 200 that are shipped take.
Draws = Annotated[int, Field(ge=1, le=10_000), Number]


class Fresh(Section):
    """How many fresh prompts a task is measured on, and beside how many controls."""

    prompts: Annotated[int, Field(ge=FEWEST_PROMPTS, le=10_000), Number] = Field(
        description="Prompts of each task's bank, tasks/fresh/<task>.tsv."
    )
    draws: Draws = Field(description="Sets of random neurons of the same layer, count and multiplier.")
    matched: Draws = Field(description="Sets of random neurons that are matched by activation.")
    directions: Draws = Field(description="Random directions, added in the length of what the neurons add.")
    prompts_per_draw: Annotated[int, Field(ge=1), Number] = Field(
        description="On how many of a task's prompts each of these is measured, at least."
    )

    @model_validator(mode="after")
    def _a_draw_has_no_more_prompts_than_there_are(self) -> "Fresh":
        if self.prompts_per_draw > self.prompts:
            raise ValueError(f"prompts_per_draw: {self.prompts_per_draw} given; there are {self.prompts} prompts")
        return self


class Validation(Section):
    """Which reviews the study classifies, and how many of them for what."""

    reviews: Name = Field(description="A name from `reviews`.")
    selection: EvenCount = Field(description="Sentences that rank the neurons, half of them positive.")
    tuning: EvenCount = Field(description="Sentences that choose layer, count and multiplier.")
    test: EvenCount = Field(description="Sentences that are classified before and after.")


class InterferenceSizes(Section):
    """How much the statements on interference are measured by."""

    prompts: Annotated[int, Field(ge=FEWEST_PROMPTS, le=1000), Number] = Field(description="Fresh prompts a task.")
    draws: Annotated[int, Field(ge=1, le=1000), Number] = Field(
        description="Sets of random neurons beside a task's own; 19 are the fewest that can tell at p = 0.05."
    )
    prompts_per_draw: Annotated[int, Field(ge=1), Number] = Field(
        description="On how many prompts of a task each set is measured, at least."
    )


class Together(Section):
    """How much is measured of several tasks at once."""

    prompts: Annotated[int, Field(ge=FEWEST_PROMPTS, le=1000), Number] = Field(
        description="Fresh prompts a task: the first of those of `fresh`."
    )
    sets: Annotated[int, Field(ge=1, le=100), Number] = Field(
        description="In how many sets of 3 tasks, and in how many of 6, each task is, besides all pairs and all tasks."
    )
    draws: Annotated[int, Field(ge=1, le=1000), Number] = Field(
        description="Sets of random neurons for each task; each is measured on its share of the prompts."
    )
    margin: Annotated[float, Field(gt=0, le=10), Number] = Field(
        description="Logits: a difference counts as none if its interval lies so near to 0 on either side."
    )

    @model_validator(mode="after")
    def _every_draw_has_a_prompt(self) -> "Together":
        if self.draws > self.prompts:
            raise ValueError(f"draws: {self.draws} given; there are {self.prompts} prompts to share")
        return self


class Study(Section):
    """One experiment: which models, tasks, layers, neuron counts and multipliers."""

    models: Names = Field(description="Names from `models`.")
    tasks: Names = Field(description="Names of files in tasks/, without .yaml.")
    layers: Literal["all"] | Layers = Field(description="`all`, or a list counted from 0.")
    neurons: Counts = Field(description="How many of a task's top neurons are amplified.")
    multipliers: Multipliers = Field(description="What their activations are multiplied by.")
    tasks_chosen_by_baseline: bool = Field(
        description="Whether the tasks were chosen for their baselines, so that how many lie in a zone is no finding."
    )
    fresh: Fresh
    interference: InterferenceSizes
    validation: Validation
    # Each takes about half a second; of 10,000 the rates are exact to half a percent.
    simulated_studies: Annotated[int, Field(ge=1, le=10_000), Number] = Field(
        description="How many studies without any effect are simulated, to see what noise alone would earn."
    )
    together: Together | None = Field(default=None, description="Several tasks' neurons amplified at once.")
    alternatives: Alternatives | None = Field(default=None, description="What one would do instead of amplification.")

    @model_validator(mode="after")
    def _together_is_of_what_there_is(self) -> "Study":
        if self.together and len(self.tasks) < 2:
            raise ValueError("together: the study has one task; two are the fewest that can be amplified at once")
        if self.together and self.together.prompts > self.fresh.prompts:
            raise ValueError(
                f"together.prompts: {self.together.prompts} given; there are {self.fresh.prompts} fresh prompts"
            )
        return self

    @model_validator(mode="after")
    def _alternatives_are_measured_on_fresh_prompts(self) -> "Study":
        if self.alternatives and not FEWEST_PROMPTS <= self.alternatives.prompts <= self.fresh.prompts:
            raise ValueError(
                f"alternatives.prompts: {self.alternatives.prompts} given; a verdict needs {FEWEST_PROMPTS} at least, "
                f"and there are {self.fresh.prompts} fresh prompts"
            )
        return self
