"""Views: all that a screen of the explorer was set to, as a link's query string and as a file that can be replayed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from sna.exploration.limits import CONTINUATION, MULTIPLIER, TARGET, TEXT
from sna.inputs.fields import Counts, Layers, Multipliers, Name, Names, Section, explain, without_duplicates
from sna.inputs.yaml_files import read_yaml


def _list(value: Any) -> Any:
    """Part what a link writes as ``5,12``."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _mapping(value: Any) -> Any:
    """Part what a link writes as ``5:12,40;7:3``."""
    if not isinstance(value, str):
        return value
    entries = [entry.partition(":") for entry in value.split(";") if entry.strip()]
    if any(not colon for _, colon, _ in entries):
        raise ValueError("write it as in 5: 12, 40; 7: 3")
    keys = without_duplicates([key.strip() for key, _, _ in entries])
    return dict(zip(keys, [rest.strip() for _, _, rest in entries], strict=True))


Index = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Multiplier = Annotated[float, Field(gt=0, le=MULTIPLIER)]
Prompt = Annotated[str, Field(min_length=1, max_length=TEXT)]
Target = Annotated[str, Field(min_length=1, max_length=TARGET)]
ChosenLayers = Annotated[Layers, BeforeValidator(_list)]
ChosenCounts = Annotated[Counts, BeforeValidator(_list)]
ChosenMultipliers = Annotated[Multipliers, BeforeValidator(_list)]
Neurons = Annotated[list[Index], Field(min_length=1), BeforeValidator(_list)]
ListedNeurons = Annotated[dict[Index, Neurons], Field(min_length=1), BeforeValidator(_mapping)]
LayerOfTask = Annotated[dict[Name, Index], Field(min_length=1), BeforeValidator(_mapping)]
ChosenTasks = Annotated[Names, BeforeValidator(_list)]

#: How neurons are chosen if not listed by hand.
_BY_TASK = {"task", "layers", "neurons"}


class View(Section):
    """A screen's settings. The texts are the user's own."""

    study: Name
    model: Name

    @classmethod
    def of(cls, settings: Mapping[str, Any], source: str = "setting") -> Self:
        """Return the view with some settings.

        Parameters
        ----------
        settings : mapping
            Numbers, lists and mappings may be written as a link writes them.
        source : str
            What the settings are, for messages.

        Returns
        -------
        View

        Raises
        ------
        InputError
            If a setting is unknown, missing, or not what it may be; each message begins with `source`.
        """
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            raise explain(error, source) from None

    def query(self) -> dict[str, str]:
        """Return the view as a query string's parameters; those that are not set are left out.

        Returns
        -------
        dict of str to str
        """
        settings = self.model_dump(exclude={"screen"}, exclude_none=True)
        return {key: _as_text(value) for key, value in settings.items() if value is not False}

    def changed(self, query: Mapping[str, str]) -> Self:
        """Return the view that a link asks for.

        Parameters
        ----------
        query : mapping of str to str
            The link's parameters; the others are those of this view.

        Returns
        -------
        View

        Raises
        ------
        InputError
            As `of`.
        """
        return self.of(self._kept(query) | dict(query), "link")

    def _kept(self, query: Mapping[str, str]) -> dict[str, str]:
        return self.query()


class ResultsView(View):
    """One configuration of one task, in a study's results."""

    screen: Literal["results"] = "results"
    task: Name
    layer: Index
    neurons: Count
    multiplier: Multiplier


class TryView(View):
    """A prompt before and after: of each layer either a task's top neurons are amplified, or those that are listed."""

    screen: Literal["try"] = "try"
    prompt: Prompt
    target: Target
    task: Name | None = None
    layers: ChosenLayers | None = None
    neurons: Count | None = None
    listed: ListedNeurons | None = None
    multiplier: Multiplier
    below: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Amplify only if the target's baseline probability is below this."
    )
    tokens: Annotated[int, Field(ge=0, le=CONTINUATION)] = Field(description="Length of the continuation.")
    temperature: Annotated[float, Field(ge=0, le=2)] = Field(description="0 takes the likeliest token each time.")
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(0, description="Of all that is drawn at random.")
    random: bool = Field(False, description="Whether as many random neurons are tried beside the chosen ones.")
    lens: bool = Field(False, description="Whether the target is read after every layer, by a logit lens.")

    def _kept(self, query: Mapping[str, str]) -> dict[str, str]:
        """Neurons that a link chooses in one way take the place of those that this view chooses in the other."""
        replaced = {"listed"} if _BY_TASK & set(query) else _BY_TASK if "listed" in query else set()
        return {key: value for key, value in self.query().items() if key not in replaced}

    @model_validator(mode="after")
    def _neurons_are_chosen_in_one_way(self) -> Self:
        by_task = [getattr(self, setting) is not None for setting in sorted(_BY_TASK)]
        if any(by_task) != all(by_task) or any(by_task) == (self.listed is not None):
            raise ValueError("give either task, layers and neurons, or listed")
        return self


class SweepView(View):
    """A prompt under all configurations of some layers."""

    screen: Literal["sweep"] = "sweep"
    prompt: Prompt
    target: Target
    task: Name
    layers: ChosenLayers
    neurons: ChosenCounts
    multipliers: ChosenMultipliers


class TogetherView(View):
    """Several tasks' neurons amplified at once, each in a layer of its own, and the tasks that are measured."""

    screen: Literal["together"] = "together"
    amplified: LayerOfTask
    neurons: Count
    multiplier: Multiplier
    measured: ChosenTasks


AnyView = ResultsView | TryView | SweepView | TogetherView
_views = TypeAdapter(Annotated[AnyView, Field(discriminator="screen")])
_HOW_TO_REPLAY = "# The same numbers again: python scripts/replay.py <this file>, in the project's folder.\n"
_MADE_FROM = "made_from"


def _as_text(value: Any) -> str:
    if value is True:
        return "yes"
    if isinstance(value, dict):
        return ";".join(f"{key}:{_as_text(part)}" for key, part in value.items())
    return ",".join(map(_as_text, value)) if isinstance(value, list) else str(value)


def write_export(view: AnyView, made_from: Mapping[str, str]) -> str:
    """Return a view as YAML that `scripts/replay.py` replays.

    Parameters
    ----------
    view : View
    made_from : mapping of str to str
        SHA-256 of the files that its numbers come from, by path.

    Returns
    -------
    str
    """
    content = view.model_dump(exclude_none=True) | {_MADE_FROM: dict(made_from)}
    # Without allow_unicode, with which some of Unicode's line breaks would be read again as others.
    return _HOW_TO_REPLAY + yaml.safe_dump(content, sort_keys=False, width=120)


def read_export(path: str | Path) -> tuple[AnyView, dict[str, str]]:
    """Return a view and what it was made from, from a file that the explorer exported.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    view : View
    made_from : dict of str to str
        SHA-256 by path.

    Raises
    ------
    InputError
        If the file is missing, is no YAML, or holds no view.
    """
    content = read_yaml(path)
    made_from = content.pop(_MADE_FROM, {}) if isinstance(content, dict) else {}
    try:
        return _views.validate_python(content), TypeAdapter(dict[str, str]).validate_python(made_from)
    except ValidationError as error:
        raise explain(error, path) from None
