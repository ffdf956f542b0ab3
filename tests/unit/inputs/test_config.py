from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from pydantic import TypeAdapter, ValidationError

from sna.errors import InputError
from sna.inputs.config import Config, validate_config
from sna.inputs.fields import Name

FILE = Path(__file__).parents[3] / "config.yaml"


def read() -> dict:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def validate(change: Callable[[dict], object]) -> Config:
    raw = read()
    change(raw)
    return validate_config(raw)


def set_at(path: str, value: object) -> Callable[[dict], None]:
    """Return what sets a key, given as `studies/paper/neurons`, or one of a list, as `studies/paper/neurons/0`."""

    def change(raw: dict) -> None:
        *parents, last = path.split("/")
        for part in parents:
            raw = raw[int(part) if isinstance(raw, list) else part]
        raw[last] = value

    return change


def refusal(change: Callable[[dict], object]) -> str:
    with pytest.raises(InputError) as caught:
        validate(change)
    return str(caught.value)


@pytest.mark.parametrize(("study", "experiments"), [("paper", 24_192), ("embedded", 20_160), ("smoke", 36)])
def test_a_study_counts_its_experiments(study, experiments):
    assert validate(set_at("study", study)).experiments() == experiments


def test_a_study_has_the_optional_parts_that_it_says_how_to_measure():
    assert validate(set_at("study", "embedded")).optional_parts == []
    assert "alternatives" in validate(set_at("study", "next")).optional_parts


def test_all_layers_are_those_of_each_model():
    config = validate(set_at("study", "paper"))
    assert config.layer_ids("gpt2") == list(range(12))
    assert config.layer_ids("gpt2-medium") == list(range(24))
    assert config.layer_ids("smollm2-135m", "smoke") == [5, 15, 25]


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
        ("models/smollm2-135m/parts/0/file", "../model.gguf", "models.smollm2-135m.parts.0.file"),
        ("models/smollm2-135m/parts/0/sha256", "abc", "models.smollm2-135m.parts.0.sha256"),
        ("models/smollm2-135m/parts", [], "models.smollm2-135m.parts"),
        ("models/smollm2-135m/size", 0, "models.smollm2-135m.size"),
        ("models/smollm2-135m/sha256", "abc", "models.smollm2-135m.sha256"),
        ("models/smollm2-135m/title", "", "models.smollm2-135m.title"),
        ("studies/smoke/tasks_chosen_by_baseline", "perhaps", "studies.smoke.tasks_chosen_by_baseline"),
        ("zones/boundaries", [0.1, 0.07], "zones"),
        ("golden_zone/share", 1.5, "golden_zone.share"),
        ("statistics/resamples", 10, "statistics.resamples"),
        ("statistics/task_improvement", "max", "statistics.task_improvement"),
        ("engine/device", "tpu", "engine.device"),
        ("engine/start_token", "sometimes", "engine.start_token"),
    ],
)
def test_a_mistake_is_refused_with_file_and_key(path, value, key):
    lines = refusal(set_at(path, value)).splitlines()
    assert all(line.startswith(f"config.yaml: {key}: ") for line in lines)


@pytest.mark.parametrize("section", ["study", "studies", "models", "contrast", "zones", "golden_zone", "statistics"])
def test_a_missing_key_is_named(section):
    assert refusal(lambda raw: raw.pop(section)).startswith(f"config.yaml: {section}: ")


@pytest.mark.parametrize("key", ["revision", "title", "description", "license"])
def test_a_missing_key_of_a_model_is_named(key):
    assert refusal(lambda raw: raw["models"]["gpt2"].pop(key)).startswith(f"config.yaml: models.gpt2.{key}: ")


def test_several_tasks_at_once_are_a_part_of_a_study_that_asks_for_them():
    assert "together" in validate(set_at("study", "next")).optional_parts
    assert validate(set_at("study", "embedded")).optional_parts == []


def test_a_study_of_one_task_cannot_amplify_several():
    said = (
        "config.yaml: studies.next: together: the study has one task; two are the fewest that can be amplified at once"
    )
    assert refusal(set_at("studies/next/tasks", ["addition"])) == said


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
    assert "embedded, both, paper, pythia, modern, next, smoke" in refusal(set_at("study", "paperr"))
    assert "smollm2-135m, gemma3-270m, gpt2" in refusal(set_at("studies/smoke/models", ["gpt3"]))


TUNED = "models/smollm2-135m-tuned"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (f"{TUNED}/base", "smollm2", "base: there is no model 'smollm2'; choose from smollm2-135m, gemma3-270m"),
        (f"{TUNED}/base", "smollm2-135m-tuned", "base: smollm2-135m-tuned is itself tuned; choose from smollm2-135m"),
        (f"{TUNED}/base", "mistral-7b", "base: the weights of mistral-7b are bfloat16; only float32 is tuned"),
        (f"{TUNED}/weights", "bfloat16", "weights: "),
        (f"{TUNED}/layers", 29, "layers: 29 given; its base, smollm2-135m, has 30"),
        (f"{TUNED}/method", "prefix", "method: "),
        (f"{TUNED}/tasks", ["addition", "addition"], "tasks: addition given more than once"),
        (f"{TUNED}/learning_rate", 0, "learning_rate: "),
        (f"{TUNED}/steps", True, "steps: must be a number"),
        (f"{TUNED}/rank", 8, "rank: "),
    ],
)
def test_a_tuned_model_that_cannot_be_made_is_refused_in_one_line_with_its_key(path, value, message):
    said = refusal(set_at(path, value))
    assert said.startswith(f"config.yaml: models.smollm2-135m-tuned.{message}")
    assert len(said.splitlines()) == 1


def test_only_a_study_of_a_tuned_model_beside_its_base_has_that_part():
    assert validate(set_at("study", "tuned")).optional_parts == ["tuning"]
    assert validate(set_at("study", "embedded")).optional_parts == []

    def alone(raw: dict) -> None:
        raw["study"] = "tuned"
        raw["studies"]["tuned"]["models"] = ["smollm2-135m-tuned"]

    assert validate(alone).optional_parts == []


@given(st.permutations([5, 10, 25, 50]), st.permutations([1.1, 2.0, 3.5]))
def test_the_order_in_which_a_grid_is_written_does_not_matter(neurons, multipliers):
    def change(raw: dict) -> None:
        raw["studies"]["embedded"] |= {"neurons": neurons, "multipliers": multipliers}

    study = validate(change).chosen
    assert study.neurons == sorted(neurons)
    assert study.multipliers == sorted(multipliers)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        # true and false are no numbers, though Python takes them for 1 and 0.
        ("studies/smoke/layers", [5, True], "studies.smoke.layers.1"),
        ("studies/smoke/neurons", [True], "studies.smoke.neurons.0"),
        ("studies/smoke/multipliers", [True], "studies.smoke.multipliers.0"),
        ("studies/smoke/validation/test", True, "studies.smoke.validation.test"),
        ("models/gpt2/layers", True, "models.gpt2.layers"),
        ("statistics/seed", True, "statistics.seed"),
        ("zones/negligible", True, "zones.negligible"),
        ("interference/arithmetic-on-poetry/depth", True, "interference.arithmetic-on-poetry.depth"),
        # Larger than anything that ends.
        ("studies/smoke/multipliers", [2, 1e300], "studies.smoke.multipliers.1"),
        ("studies/smoke/multipliers", [100.5], "studies.smoke.multipliers.0"),
        ("studies/smoke/neurons", [10**9], "studies.smoke.neurons.0"),
        ("studies/smoke/fresh/prompts", 23, "studies.smoke.fresh.prompts"),
        ("studies/smoke/fresh/draws", 10**12, "studies.smoke.fresh.draws"),
        ("studies/smoke/fresh/draws", 0, "studies.smoke.fresh.draws"),
        ("studies/smoke/fresh/matched", 0, "studies.smoke.fresh.matched"),
        ("studies/smoke/fresh/directions", True, "studies.smoke.fresh.directions"),
        ("studies/smoke/fresh/prompts_per_draw", 0, "studies.smoke.fresh.prompts_per_draw"),
        ("studies/smoke/fresh/prompts_per_draw", 41, "studies.smoke.fresh"),
        ("studies/smoke/validation/test", 10**12, "studies.smoke.validation.test"),
        ("studies/smoke/interference/draws", 10**12, "studies.smoke.interference.draws"),
        ("studies/smoke/interference/prompts", 6, "studies.smoke.interference.prompts"),
        ("studies/next/together/prompts", 23, "studies.next.together.prompts"),
        ("studies/next/together/prompts", 121, "studies.next"),
        ("studies/next/together/sets", 0, "studies.next.together.sets"),
        ("studies/next/together/draws", 25, "studies.next.together"),
        ("studies/next/together/margin", 0, "studies.next.together.margin"),
        ("studies/next/together/bogus", 1, "studies.next.together.bogus"),
        ("studies/next/tasks", ["addition"], "studies.next"),
        ("studies/next/alternatives/prompts", 23, "studies.next"),
        ("studies/next/alternatives/prompts", 121, "studies.next"),
        ("studies/next/alternatives/prompts_per_draw", 61, "studies.next.alternatives"),
        ("studies/next/alternatives/examples", [13], "studies.next.alternatives.examples.0"),
        ("studies/next/alternatives/examples", [1, 1], "studies.next.alternatives.examples"),
        ("studies/next/alternatives/temperatures", [0], "studies.next.alternatives.temperatures.0"),
        ("studies/next/alternatives/strengths", [-1], "studies.next.alternatives.strengths.0"),
        ("studies/next/alternatives/lora/learning_rate", 2, "studies.next.alternatives.lora.learning_rate"),
        ("models/gpt2/layers", 10**12, "models.gpt2.layers"),
        ("sentiment/layers", 10**12, "sentiment.layers"),
        ("sentiment/multipliers", [1e300], "sentiment.multipliers.0"),
        ("statistics/resamples", 10**15, "statistics.resamples"),
        ("statistics/seed", 10**100, "statistics.seed"),
        ("statistics/seed", -1, "statistics.seed"),
        ("zones/negligible", float("inf"), "zones.negligible"),
        ("zones/negligible", float("nan"), "zones.negligible"),
        ("zones/boundaries", [0.07, float("nan")], "zones.boundaries.1"),
        ("statistics/confidence_level", 1, "statistics.confidence_level"),
        # What contradicts itself or something else.
        ("sentiment/bins", [0.6, 0.8, 1.0], "sentiment.bins"),
        ("sentiment/bins", [0.5, 0.8, 0.9], "sentiment.bins"),
        ("sentiment/bins", [0.5, 0.5, 1.0], "sentiment.bins"),
        ("sentiment/uncertain", 0.95, "sentiment"),
        ("sentiment/labels", {"negative": " bad", "positive": " bad"}, "sentiment.labels"),
        ("sentiment/labels", {"negative": " good", "positive": " good indeed"}, "sentiment.labels"),
        ("sentiment/labels", {"negative": " bad", "positive": "good"}, "sentiment"),
        ("sentiment/prompt", "{sentence} ", "sentiment"),
        ("interference/arithmetic-on-poetry/layers", {"gpt2": 12}, "interference.arithmetic-on-poetry.layers.gpt2"),
        ("interference/arithmetic-on-poetry/layers", {"gpt3": 1}, "interference.arithmetic-on-poetry.layers"),
        ("interference/arithmetic-on-poetry/layers", {"gpt2": True}, "interference.arithmetic-on-poetry.layers.gpt2"),
    ],
)
def test_a_number_beyond_what_makes_sense_is_refused_with_file_and_key(path, value, key):
    # Of `layers` the first line says that it may also be `all`.
    assert refusal(set_at(path, value)).splitlines()[-1].startswith(f"config.yaml: {key}: ")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("studies/smoke/multipliers", [0.5, 1, 100]),
        ("studies/smoke/fresh/prompts", 24),
        ("studies/smoke/fresh/prompts_per_draw", 40),
        ("studies/next/alternatives/prompts", 120),
        ("studies/next/alternatives/examples", [12]),
        ("statistics/resamples", 100_000),
        ("sentiment/uncertain", 0.9),
        ("sentiment/bins", [0.5, 1]),
        ("statistics/seed", 0),
        # As snakemake --config 'statistics={resamples: 99}' hands them over.
        ("statistics/resamples", "99"),
        ("studies/smoke/multipliers", ["2", "1.5"]),
    ],
)
def test_a_number_at_the_end_of_its_range_is_taken(path, value):
    validate(set_at(path, value))


def named(section: str, name: str) -> Callable[[dict], None]:
    """Return what gives a section one more entry, of that name."""
    return lambda raw: raw[section].update({name: next(iter(raw[section].values()))})


SECTIONS = ("studies", "models", "reviews", "interference")


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", ["models", "reviews", "Models", "records", "logs", "benchmarks"])
def test_a_name_of_a_folder_that_results_have_already_is_refused(section, name):
    assert f"config.yaml: {section}.{name}: results has a folder {name} of its own" in refusal(named(section, name))


@pytest.mark.parametrize("section", SECTIONS)
def test_a_name_too_long_for_a_file_is_refused(section):
    validate(named(section, "a" * 64))
    assert f"config.yaml: {section}.{'a' * 65}: a name has at most 64 characters" in refusal(named(section, "a" * 65))
    assert "a name has at most 64 characters" in refusal(named(section, "a" * 300))


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    "name", ["t\u52a0\u6cd5", "t\ud55c", "t\u0444", "t\U0001f600", "t\u0301", "a b", "a/b", "a*", "-a"]
)
def test_a_name_that_files_or_figures_cannot_show_is_refused(section, name):
    assert "a name consists of Latin letters" in refusal(named(section, name))


@pytest.mark.parametrize("name", ["NA", "null", "nan", "None", "N.A", "007", "1e5", "true", "r\u00eaves"])
def test_a_name_that_others_take_for_something_else_is_a_name(name):
    for section in SECTIONS:
        validate(named(section, name))
    validate(lambda raw: raw["studies"]["smoke"].update(tasks=[name]))


@pytest.mark.parametrize("section", ["studies", "models", "reviews"])
def test_names_that_differ_only_in_case_are_refused(section):
    name = next(iter(read()[section])).upper()
    assert f"config.yaml: {section}.{name}: not every file system tells" in refusal(named(section, name))


def test_a_statement_is_not_called_what_a_table_calls_another_setting():
    assert "config.yaml: interference.best: " in refusal(named("interference", "best"))


@pytest.mark.parametrize("value", [7, 1.1, True])
def test_a_number_for_a_text_says_to_quote_it(value):
    message = refusal(set_at("models/smollm2-135m/parts/0/version", value))
    assert message == f"config.yaml: models.smollm2-135m.parts.0.version: must be text; quote it (given: {value})"


def is_name(text: str) -> bool:
    try:
        return bool(TypeAdapter(Name).validate_python(text))
    except ValidationError:
        return False


def test_the_figures_font_has_every_character_that_a_name_may_have():
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans", fallback_to_default=False)).get_charmap()
    allowed = [code for code in range(0x11000) if is_name(f"a{chr(code)}")]
    assert {ord("\u00e9"), ord("\u0159"), ord("7"), ord("-")} < set(allowed)
    assert set(allowed) <= set(font)
