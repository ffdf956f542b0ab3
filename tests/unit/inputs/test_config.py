from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.inputs.config import Config, validate_config

FILE = Path(__file__).parents[3] / "config.yaml"


def read() -> dict:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def validate(change: Callable[[dict], object]) -> Config:
    raw = read()
    change(raw)
    return validate_config(raw)


def set_at(path: str, value: object) -> Callable[[dict], None]:
    """Return what sets a key, given as `studies/paper/neurons`."""

    def change(raw: dict) -> None:
        *parents, last = path.split("/")
        for part in parents:
            raw = raw[part]
        raw[last] = value

    return change


def refusal(change: Callable[[dict], object]) -> str:
    with pytest.raises(InputError) as caught:
        validate(change)
    return str(caught.value)


@pytest.mark.parametrize(("study", "experiments"), [("paper", 24_192), ("embedded", 20_160), ("smoke", 36)])
def test_a_study_counts_its_experiments(study, experiments):
    assert validate(set_at("study", study)).experiments() == experiments


def test_all_layers_are_those_of_each_model():
    config = validate(set_at("study", "paper"))
    assert config.layers_of("gpt2") == list(range(12))
    assert config.layers_of("gpt2-medium") == list(range(24))
    assert config.layers_of("smollm2-135m", "smoke") == [5, 15, 25]


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("bogus", 1, "bogus"),
        ("zones/bogus", 1, "zones.bogus"),
        ("studies/embedded/bogus", 1, "studies.embedded.bogus"),
        ("models/gpt2/bogus", 1, "models.gpt2.bogus"),
        ("studies/embedded/neurons", [5, 10, 5], "studies.embedded.neurons"),
        ("studies/embedded/neurons", [0], "studies.embedded.neurons.0"),
        ("studies/embedded/neurons", [], "studies.embedded.neurons"),
        ("studies/embedded/multipliers", [2, 2.0], "studies.embedded.multipliers"),
        ("studies/embedded/multipliers", [1.5, float("inf")], "studies.embedded.multipliers.1"),
        ("studies/embedded/multipliers", [float("nan")], "studies.embedded.multipliers.0"),
        ("studies/embedded/multipliers", [0], "studies.embedded.multipliers.0"),
        ("studies/embedded/multipliers", [1.5, -2], "studies.embedded.multipliers.1"),
        ("studies/smoke/layers", [5, 5], "studies.smoke.layers"),
        ("studies/smoke/layers", "some", "studies.smoke.layers"),
        ("studies/smoke/layers", [5, 30], "studies.smoke.layers"),
        ("studies/smoke/models", ["gpt3"], "studies.smoke.models"),
        ("studies/smoke/tasks", ["../addition"], "studies.smoke.tasks.0"),
        ("study", "paperr", "study"),
        ("models/gpt2/revision", "main", "models.gpt2.revision"),
        ("models/gpt2/revision", "607a30d", "models.gpt2.revision"),
        ("models/gpt2/source", "ftp", "models.gpt2"),
        ("models/gpt2/layers", 0, "models.gpt2.layers"),
        ("models/smollm2-135m/file", "../model.gguf", "models.smollm2-135m.file"),
        ("models/smollm2-135m/sha256", "abc", "models.smollm2-135m.sha256"),
        ("zones/boundaries", [0.1, 0.07], "zones"),
        ("golden_zone/share", 1.5, "golden_zone.share"),
        ("statistics/resamples", 10, "statistics.resamples"),
        ("statistics/task_improvement", "max", "statistics.task_improvement"),
        ("engine/device", "tpu", "engine.device"),
    ],
)
def test_a_mistake_is_refused_with_file_and_key(path, value, key):
    lines = refusal(set_at(path, value)).splitlines()
    assert all(line.startswith(f"config.yaml: {key}: ") for line in lines)


@pytest.mark.parametrize("section", ["study", "studies", "models", "contrast", "zones", "golden_zone", "statistics"])
def test_a_missing_key_is_named(section):
    assert refusal(lambda raw: raw.pop(section)).startswith(f"config.yaml: {section}: ")


def test_a_missing_key_of_a_model_is_named():
    assert refusal(lambda raw: raw["models"]["gpt2"].pop("revision")).startswith("config.yaml: models.gpt2.revision: ")


@pytest.mark.parametrize("name", ["../gpt2", "some/model", "", ".hidden"])
def test_a_name_that_would_be_another_folder_is_refused(name):
    assert "config.yaml: models." in refusal(lambda raw: raw["models"].update({name: raw["models"]["gpt2"]}))
    assert "config.yaml: studies." in refusal(lambda raw: raw["studies"].update({name: raw["studies"]["paper"]}))


def test_every_mistake_has_a_line():
    def change(raw: dict) -> None:
        raw["bogus"] = 1
        del raw["zones"]

    assert len(refusal(change).splitlines()) == 2


def test_an_unknown_name_lists_those_that_exist():
    assert "embedded, paper, pythia, smoke" in refusal(set_at("study", "paperr"))
    assert "smollm2-135m, gpt2" in refusal(set_at("studies/smoke/models", ["gpt3"]))


@given(st.permutations([5, 10, 25, 50]), st.permutations([1.1, 2.0, 3.5]))
def test_the_order_in_which_a_grid_is_written_does_not_matter(neurons, multipliers):
    def change(raw: dict) -> None:
        raw["studies"]["embedded"] |= {"neurons": neurons, "multipliers": multipliers}

    study = validate(change).chosen
    assert study.neurons == sorted(neurons)
    assert study.multipliers == sorted(multipliers)
