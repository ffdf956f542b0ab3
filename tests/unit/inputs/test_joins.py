"""Where prompt and target meet: a space that seems to be missing or wrong is noticed, and what is right is not."""

from pathlib import Path

import pytest
import yaml

from sna.errors import InputError
from sna.inputs.joins import doubtful_join
from sna.inputs.tasks import read_task

SHIPPED = Path(__file__).parents[3] / "tasks" / "antonyms.yaml"
IDIOMS = SHIPPED.with_name("python_idioms.yaml")


@pytest.mark.parametrize(
    ("prompt", "target"),
    [
        ("The capital of France is", "Paris"),
        ("The answer is:", "Paris"),
        ("12 + 4 =", "16"),
        ("3 -", "2"),
        ("France \N{RIGHTWARDS ARROW}", "Paris"),
        ("Well, he said.", "Then"),
        ('He said "yes"', "and"),
        ("(as before)", "it"),
        ("It costs", "$5"),
        ("super().__", "init"),
        ("La capitale de la France est", "\N{LATIN CAPITAL LETTER E WITH ACUTE}vian"),
        # Korean has spaces between words.
        ("\ud504\ub791\uc2a4\uc758 \uc218\ub3c4\ub294", "\ud30c\ub9ac"),
    ],
)
def test_a_target_without_its_space_is_noticed(prompt, target):
    assert "is the target's leading space missing?" in doubtful_join(prompt, target)
    assert doubtful_join(prompt, f" {target}") == ""


@pytest.mark.parametrize(
    ("prompt", "target"),
    [
        ("def __init__(", "self"),
        ('The capital of France is "', "Paris"),
        ("It is called '", "Paris"),
        ("\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}", "Paris"),
        ("x=", "5"),
        ("a well-", "known"),
        ("It costs $", "5"),
        ("Q: What is 2 + 2?\nA:\n", "4"),
        ("def f(x):\n    ", "return"),
        ("def f(x):", "\n    return"),
        ("It is", ", however"),
        ("The end", "."),
        ("The dog", "'s"),
        ("f", "(x)"),
        # Chinese, Japanese and Thai have none.
        ("\u6cd5\u56fd\u7684\u9996\u90fd\u662f", "\u5df4\u9ece"),
        ("\u9996\u90fd\uff1a", "Paris"),
        ("\u30d5\u30e9\u30f3\u30b9\u306e\u9996\u90fd\u306f", "\u30d1\u30ea"),
        ("\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e04\u0e37\u0e2d", "\u0e1b\u0e32\u0e23\u0e35\u0e2a"),
    ],
)
def test_what_has_no_space_in_running_text_needs_none(prompt, target):
    assert doubtful_join(prompt, target) == ""


@pytest.mark.parametrize(
    ("prompt", "target", "said"),
    [
        ("The capital of France is ", "Paris", "the prompt ends with a space"),
        ("The capital of France is ", " Paris", "the prompt ends with a space"),
        ("The capital of France is\t", "Paris", "the prompt ends with a tab"),
        ("The capital of France is", "  Paris", "the target begins with 2 characters of white space"),
        ("The capital of France is", "\N{NO-BREAK SPACE}Paris", "the target begins with the space U+00A0"),
        ("The capital of France is", " Paris\n", "the target ends with a line break"),
        ("The capital of France is", " Paris ", "the target ends with a space"),
        ("The capital of France is\n", " Paris", "the prompt ends with a line break"),
    ],
)
def test_white_space_in_the_wrong_place_is_noticed(prompt, target, said):
    assert doubtful_join(prompt, target).startswith(said)


def changed(folder: Path, change) -> Path:
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(raw)
    path = folder / SHIPPED.name
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("place", [("selection", 3), ("evaluation", 11)])
def test_a_target_without_its_space_is_refused_with_file_line_and_key(tmp_path, place):
    def change(raw: dict) -> None:
        *parts, number = place
        for part in parts:
            raw = raw[part]
        raw[number] = {"prompt": "The capital of France is", "target": "Paris"}

    path = changed(tmp_path, change)
    lines = path.read_text(encoding="utf-8").splitlines()
    line = 1 + next(number for number, text in enumerate(lines) if "target: Paris" in text)
    key = ".".join(map(str, place))
    with pytest.raises(InputError) as caught:
        read_task(path)
    assert str(caught.value).startswith(f"{path}:{line}: {key}.target: 's' and 'P' meet without a space: ")
    assert "add joined: true" in str(caught.value)


@pytest.mark.parametrize("of_the_task", [True, False])
def test_a_target_that_is_meant_to_be_joined_says_so(tmp_path, of_the_task):
    def change(raw: dict) -> None:
        (raw if of_the_task else raw["selection"][0])["joined"] = True
        raw["selection"][0] |= {"prompt": "super().__", "target": "init"}

    assert read_task(changed(tmp_path, change)).selection[0].target == "init"


def test_of_the_shipped_tasks_only_python_idioms_joins_and_only_where_it_says_so():
    for path in SHIPPED.parent.glob("*.yaml"):
        task = read_task(path)
        joined = [item for item in task.all_prompts().values() if not item.target.startswith(" ")]
        assert bool(joined) == (path == IDIOMS)
        assert not task.joined
        assert all(item.joined == (item in joined) for item in task.all_prompts().values())
