"""Tasks: the shipped files read and are right; a mistake in a file is named by its file and key."""

import operator
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sna.errors import InputError
from sna.inputs.config import validate_config
from sna.inputs.tasks import read_contrast, read_task

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "tasks").glob("*.yaml"))
PLACES = [(part, n) for part in ("selection", "evaluation") for n in range(12)]


def example() -> dict:
    """Return a task that breaks no rule."""
    prompts = [{"prompt": f"{n} + 0 =", "target": f" {n}"} for n in range(24)]
    return {
        "name": "example",
        "category": "arithmetic",
        "description": "Adding nothing.",
        "selection": prompts[:12],
        "evaluation": prompts[12:],
    }


def written(folder: Path, content: dict | str) -> Path:
    path = folder / "example.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def refusal(path: Path, read: Callable = read_task) -> str:
    """Return the message with which a file is refused; each line starts with the file, and the line in it if known."""
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert all(re.match(rf"{re.escape(str(path))}(:\d+)?: ", line) for line in message.splitlines())
    return message


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_task_reads_and_has_the_documented_size(path: Path) -> None:
    task = read_task(path)
    assert [len(task.selection), len(task.evaluation)] == [12, 12]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_space_stands_on_the_wrong_side_of_a_shipped_prompt(path: Path) -> None:
    """Tokenizers join a space to the word that follows it, so it belongs to the target."""
    task = read_task(path)
    for item in task.selection + task.evaluation:
        assert item.prompt == item.prompt.strip()
        assert item.target == item.target.rstrip()


def test_the_default_config_names_exactly_the_shipped_tasks() -> None:
    config = validate_config(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")))
    assert sorted(config.studies["embedded"].tasks) == [path.stem for path in SHIPPED]


@pytest.mark.parametrize(
    ("name", "sign", "operation"),
    [("addition", "+", operator.add), ("subtraction", "-", operator.sub), ("multiplication", "*", operator.mul)],
)
def test_shipped_sums_are_right_and_none_is_another_turned_round(name: str, sign: str, operation: Callable) -> None:
    task = read_task(ROOT / "tasks" / f"{name}.yaml")
    facts = set()
    for item in task.selection + task.evaluation:
        left, found, right, equals = item.prompt.split()
        assert (found, equals) == (sign, "=")
        result = operation(int(left), int(right))
        assert item.target == f" {result}"
        facts.add(frozenset([left, right, str(result)]) if sign == "-" else frozenset([left, right]))
    assert len(facts) == 24


def test_shipped_python_expressions_have_the_value_that_python_gives() -> None:
    task = read_task(ROOT / "tasks" / "python_expressions.yaml")
    wrong = [item for item in task.selection + task.evaluation if eval(item.prompt + item.target) is not True]
    assert wrong == []


def test_the_shipped_control_text_holds_24_sentences_and_no_task_prompt() -> None:
    texts = read_contrast(ROOT / "tasks" / "contrast" / "prose.yaml").texts
    assert len(set(texts)) == 24
    tasks = [read_task(path) for path in SHIPPED]
    assert not set(texts) & {item.prompt for task in tasks for item in task.selection + task.evaluation}


def test_evaluation_prompts_keep_their_order(tmp_path: Path) -> None:
    task = read_task(written(tmp_path, example()))
    assert [item.target for item in task.evaluation] == [f" {n}" for n in range(12, 24)]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@given(seed=st.integers(0, 2**63 - 1))
def test_folds_are_equal_halves_and_the_same_for_the_same_seed(path: Path, seed: int) -> None:
    task = read_task(path)
    folds = task.folds(seed)
    assert sorted(folds) == ["first"] * 6 + ["second"] * 6
    assert folds == task.folds(seed)


def test_another_seed_or_name_splits_the_prompts_in_another_way() -> None:
    task = read_task(SHIPPED[0])
    splits = {tuple(task.folds(seed)) for seed in range(20)}
    assert len(splits) > 15
    assert task.folds(0) != task.model_copy(update={"name": "another"}).folds(0)


def test_of_an_odd_number_of_prompts_none_is_left_out(tmp_path: Path) -> None:
    raw = example()
    raw["evaluation"].append({"prompt": "24 + 0 =", "target": " 24"})
    folds = read_task(written(tmp_path, raw)).folds(0)
    assert [folds.count("first"), folds.count("second")] == [7, 6]


def test_folds_that_are_written_by_hand_are_refused(tmp_path: Path) -> None:
    raw = example()
    raw["evaluation"] = {"first": raw["evaluation"][:6], "second": raw["evaluation"][6:]}
    assert ": evaluation: Input should be a valid list" in refusal(written(tmp_path, raw))


def test_prompts_survive_any_script_and_quoting(tmp_path: Path) -> None:
    raw = example()
    raw["selection"][0] = {"prompt": 'L\'été: "日本" #1', "target": ' "né"'}
    first = read_task(written(tmp_path, raw)).selection[0]
    assert (first.prompt, first.target) == ('L\'été: "日本" #1', ' "né"')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(places=st.lists(st.sampled_from(PLACES), min_size=2, max_size=2, unique=True))
def test_a_prompt_in_two_places_is_refused_wherever_they_are(tmp_path: Path, places: list[tuple[str, int]]) -> None:
    raw = example()
    (source, number), (destination, other) = sorted(places, key=PLACES.index)
    raw[destination][other]["prompt"] = raw[source][number]["prompt"]
    message = refusal(written(tmp_path, raw))
    for part, index in places:
        assert f"{part}.{index}" in message


@pytest.mark.parametrize("part", ["selection", "evaluation"])
def test_too_few_prompts_in_either_part_are_refused(tmp_path: Path, part: str) -> None:
    raw = example()
    raw[part].pop()
    message = refusal(written(tmp_path, raw))
    assert f"{part}: List should have at least" in message


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(place=st.sampled_from(PLACES), key=st.sampled_from(["prompt", "target"]), missing=st.booleans())
def test_a_prompt_or_target_that_is_missing_or_empty_is_named(
    tmp_path: Path, place: tuple[str, int], key: str, missing: bool
) -> None:
    raw = example()
    part, number = place
    raw[part][number][key] = ""
    if missing:
        del raw[part][number][key]
    assert f"{part}.{number}.{key}: " in refusal(written(tmp_path, raw))


@pytest.mark.parametrize("key", ["name", "category", "description", "selection", "evaluation"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    raw = example()
    del raw[key]
    assert f": {key}: Field required" in refusal(written(tmp_path, raw))


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    assert ": catagory: " in refusal(written(tmp_path, example() | {"catagory": "logic"}))


def test_an_unknown_key_of_a_prompt_is_named(tmp_path: Path) -> None:
    raw = example()
    raw["evaluation"][2]["answer"] = " 14"
    assert ": evaluation.2.answer: " in refusal(written(tmp_path, raw))


def test_an_unknown_category_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, example() | {"category": "history"}))
    assert ": category: " in message
    assert "arithmetic" in message
    assert "'history'" in message


def test_a_number_as_target_is_refused_because_it_hides_the_space_before_it(tmp_path: Path) -> None:
    raw = example()
    raw["selection"][3]["target"] = 3
    assert ": selection.3.target: " in refusal(written(tmp_path, raw))


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    raw = example() | {"category": "history"}
    del raw["selection"][0]["target"]
    assert len(refusal(written(tmp_path, raw)).splitlines()) == 2


def test_a_task_that_is_not_called_after_its_file_is_refused(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, example() | {"name": "another"}))
    assert ": name: 'another'" in message
    assert "'example'" in message


@pytest.mark.parametrize("read", [read_task, read_contrast])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, read: Callable) -> None:
    assert "no such file" in refusal(tmp_path / "example.yaml", read)


@pytest.mark.parametrize("read", [read_task, read_contrast])
def test_broken_yaml_is_refused_with_its_line(tmp_path: Path, read: Callable) -> None:
    message = refusal(written(tmp_path, 'name: example\nselection: [{prompt: "unclosed}\n'), read)
    assert "example.yaml:2: not readable as YAML" in message


@pytest.mark.parametrize("read", [read_task, read_contrast])
def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, read: Callable) -> None:
    path = tmp_path / "example.yaml"
    path.write_bytes("description: été".encode("latin-1"))
    assert "not readable as YAML" in refusal(path, read)


@pytest.mark.parametrize("content", ["", "just a sentence", "- a\n- list\n"])
@pytest.mark.parametrize("read", [read_task, read_contrast])
def test_yaml_without_keys_is_refused(tmp_path: Path, content: str, read: Callable) -> None:
    refusal(written(tmp_path, content), read)


def test_too_little_control_text_is_refused(tmp_path: Path) -> None:
    content = {"description": "Short.", "texts": ["One sentence."] * 11}
    assert ": texts: " in refusal(written(tmp_path, content), read_contrast)


def test_an_empty_control_text_is_named(tmp_path: Path) -> None:
    content = {"description": "Short.", "texts": ["One sentence."] * 12 + [""]}
    assert ": texts.12: " in refusal(written(tmp_path, content), read_contrast)


@pytest.mark.parametrize(
    ("content", "twice", "line"),
    [
        ("description: one\ntexts: [a]\ndescription: two\n", "'description'", 3),
        ("selection:\n  - {prompt: a, target: b,\n     prompt: c}\n", "'prompt'", 3),
    ],
)
@pytest.mark.parametrize("read", [read_task, read_contrast])
def test_a_key_given_twice_is_refused_rather_than_read_as_the_last(
    tmp_path: Path, content: str, twice: str, line: int, read: Callable
) -> None:
    message = refusal(written(tmp_path, content), read)
    assert f"{twice} is given twice" in message
    assert f"example.yaml:{line}: " in message
