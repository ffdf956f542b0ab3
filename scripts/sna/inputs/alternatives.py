"""What one would do instead of amplification: how much of it a study measures, and what is tried."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sna.inputs.fields import Multipliers, Number, Section, ascending

#: The methods' names, and that of doing nothing. Of examples a study says how many: see `with_examples`.
NOTHING, AMPLIFIED, RANDOM = "nothing", "amplified", "random"
TEMPERATURE, STEERING, PROBE, LORA = "temperature", "steering", "probe", "lora"
_EXAMPLES = "examples_"
# In the order in which they are shown.
_TITLES = {
    NOTHING: "nothing",
    AMPLIFIED: "amplification",
    RANDOM: "random neurons",
    STEERING: "steering vector",
    PROBE: "linear probe's direction",
    TEMPERATURE: "temperature",
    LORA: "LoRA",
}
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


def with_examples(count: int) -> str:
    """Return the name of the method that puts some examples before a prompt.

    Parameters
    ----------
    count : int

    Returns
    -------
    str
    """
    return f"{_EXAMPLES}{count}"


def title_of(method: str) -> str:
    """Return what readers call a method.

    Parameters
    ----------
    method : str
        Its name.

    Returns
    -------
    str
        Such as ``2 examples``.
    """
    if not method.startswith(_EXAMPLES):
        return _TITLES[method]
    count = int(method.removeprefix(_EXAMPLES))
    return f"{count} example{'' if count == 1 else 's'}"


def in_order(methods: Iterable[str]) -> list[str]:
    """Return methods in the order in which they are shown, examples last.

    Parameters
    ----------
    methods : iterable of str
        Their names.

    Returns
    -------
    list of str
    """
    places = list(_TITLES)

    def place(method: str) -> tuple[int, int]:
        known = not method.startswith(_EXAMPLES)
        return (places.index(method), 0) if known else (len(places), int(method.removeprefix(_EXAMPLES)))

    return sorted(methods, key=place)
