"""YAML that people write: what would be read as something else than it looks like is refused with its line."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.inputs.tasks import read_task
from sna.inputs.yaml_files import locate, read_yaml


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "t.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refusal(path: Path, read=read_yaml) -> str:
    """Return the message with which a file is refused, without the folder."""
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value).replace(str(path), "t.yaml")


def task(prompt: str = "Is it") -> dict:
    """Return a task whose first prompt is given."""
    rows = {start: [{"prompt": f"{start}{n} =", "target": " b"} for n in range(12)] for start in "sfg"}
    return {
        "name": "t",
        "category": "logic",
        "description": "x",
        "selection": [{"prompt": prompt, "target": " b"}, *rows["s"]],
        "evaluation": rows["f"] + rows["g"],
    }


def task_file(folder: Path, target: str) -> Path:
    """Write a task whose first target stands in line 6, as it is given."""
    content = task()
    head = "name: t\ncategory: logic\ndescription: x\nselection:\n  - prompt: Is it\n    target: "
    rows = "".join(f"  - {json.dumps(row)}\n" for row in content["selection"][1:])
    return written(folder, f"{head}{target}\n{rows}evaluation: {json.dumps(content['evaluation'])}\n")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("no", "false"),
        ("Yes", "true"),
        ("on", "true"),
        ("OFF", "false"),
        ("010", "8"),
        ("-017", "-15"),
        ("12:30", "750"),
        ("1:30.5", "90.5"),
        ("2024-02-03", "a date"),
        ("2001-12-14T21:59:43Z", "a date"),
    ],
)
def test_a_word_that_yaml_takes_for_another_value_is_refused_with_its_line_and_says_to_quote_it(
    tmp_path, value, meaning
):
    message = refusal(written(tmp_path, f"a: 1\nb:\n  - c: {value}\n"))
    assert message.startswith(f"t.yaml:3: b.0.c: YAML takes {value} for {meaning}; ")
    assert f'quote it if it is text, with its leading space if it has one: " {value}"' in message


@pytest.mark.parametrize("value", ["no", "on", "010", "12:30", "2024-02-03", "null", "~", "16", "1.10", "true", "="])
def test_a_target_that_yaml_takes_for_no_text_says_to_quote_it_as_it_is_written(tmp_path, value):
    message = refusal(task_file(tmp_path, value), read_task)
    assert message.startswith("t.yaml:6: selection.0.target: ")
    assert f'with its leading space if it has one: " {value}"' in message


def test_a_target_that_is_not_written_is_named_with_its_line(tmp_path):
    message = refusal(task_file(tmp_path, ""), read_task)
    assert message == "t.yaml:6: selection.0.target: must be text; nothing is given"


def test_such_a_word_is_refused_as_a_key_too(tmp_path):
    assert refusal(written(tmp_path, "a:\n  no: 1\n")).startswith("t.yaml:2: a.no: YAML takes no for false; ")


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("true", True),
        ("False", False),
        ("8", 8),
        ("-3", -3),
        ("0", 0),
        ("0.5", 0.5),
        ("1.5e+3", 1500.0),
        ("'010'", "010"),
        ('"no"', "no"),
        ("!!str 12:30", "12:30"),
        ("nowhere", "nowhere"),
    ],
)
def test_what_is_read_as_it_looks_is_read(tmp_path, value, meant):
    (found,) = read_yaml(written(tmp_path, f"[{value}]"))
    assert (type(found), found) == (type(meant), meant)


@pytest.mark.parametrize("value", ["2023-02-30", "0000-00-00", "2026-13-08"])
def test_a_date_that_does_not_exist_is_named_with_its_line(tmp_path, value):
    message = refusal(written(tmp_path, f"prompt: The last day of February is\ntarget: {value}\n"))
    assert message.startswith(f"t.yaml:2: target: {value} is no date; quote it ")


@pytest.mark.parametrize("value", ["9" * 4301, "-" + "9" * 5000])
def test_a_number_that_python_does_not_read_is_named_with_its_line(tmp_path, value):
    message = refusal(written(tmp_path, f"a: b\nseed: {value}\n"))
    assert message.startswith(f"t.yaml:2: seed: {value[:40]} is no number that can be read; ")
    assert len(message) < 300


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("!!int foo", "foo is no number that can be read"),
        ("!!int ''", "nothing is no number that can be read"),
        ("!!float ''", "nothing is no number that can be read"),
        ("!!float foo", "foo is no number that can be read"),
        ("!!bool foo", "foo is no truth value"),
        ("!!timestamp foo", "foo is no date"),
        ("0x" + "f" * 5000, "0x" + "f" * 38 + " is no number that can be read"),
        ("0b" + "1" * 65, "0b" + "1" * 38 + " is no number that can be read"),
        ("18446744073709551616", "18446744073709551616 is no number that can be read"),
    ],
)
def test_a_value_that_is_not_what_its_tag_says_is_named_with_its_line(tmp_path, value, said):
    assert refusal(written(tmp_path, f"a: b\nc: {value}\n")).startswith(f"t.yaml:2: c: {said}; quote it ")
    assert refusal(written(tmp_path, f"a: b\n? {value}\n: c\n")).startswith("t.yaml:2: ")


@pytest.mark.parametrize("tag", ["map", "seq", "set", "omap", "pairs", "binary"])
def test_a_word_that_is_tagged_as_more_than_a_word_is_refused_with_its_line(tmp_path, tag):
    assert refusal(written(tmp_path, f"a: b\nc: !!{tag} \u00fc\n")).startswith("t.yaml:2: ")
    assert refusal(written(tmp_path, f"a: b\n? !!{tag} \u00fc\n: c\n")).startswith("t.yaml:2: ")


@pytest.mark.parametrize(
    ("content", "line", "twice"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a'"),
        ("x:\n  - {a: 1,\n     'a': 2}\n", 3, "'a'"),
        ("1: a\n0x1: b\n", 2, "'0x1'"),
    ],
)
def test_a_key_given_twice_is_refused_with_its_line(tmp_path, content, line, twice):
    message = refusal(written(tmp_path, content))
    assert re.match(rf"t\.yaml:{line}: .*{twice} is given twice", message)


def test_a_mapping_may_take_over_another_and_say_otherwise(tmp_path):
    path = written(tmp_path, "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: [&v 5, *v]\n")
    assert read_yaml(path) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": [5, 5]}


@pytest.mark.parametrize("content", ["a: 1\nb: &b [1, *b]\n", "a: 1\nb: &b {c: *b}\n"])
def test_an_alias_within_its_own_anchor_is_refused_with_its_line(tmp_path, content):
    assert re.match(r"t\.yaml:2: b\.\w: stands for itself", refusal(written(tmp_path, content)))


def test_aliases_of_aliases_that_unfold_to_millions_of_values_are_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    message = refusal(written(tmp_path, "\n".join(lines)))
    assert re.match(r"t\.yaml:5: a4: stands for more than 100,000 values", message)


def test_brackets_without_end_are_refused(tmp_path):
    assert refusal(written(tmp_path, "[" * 5000)) == "t.yaml: not readable as YAML: its brackets are nested too deeply"


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, content):
    assert refusal(written(tmp_path, content)) == "t.yaml: is empty"
    assert refusal(written(tmp_path, content), read_task) == "t.yaml: is empty"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a: 1\nb: "unclosed\n', 2),
        (b"a: 1\nb: [1, 2\nc: 3\n", 2),
        (b"a: 1\n\tb: 2\n", 2),
        (b"a: 1\n---\nb: 2\n", 1),
        (b"a: 1\nb: \x00\n", 2),
        ("a: 1\nb: \N{LATIN SMALL LETTER E WITH ACUTE}\n".encode("latin-1"), 2),
        ("a: 1\n".encode("utf-16"), 1),
        (b"a: 1\nb: !!python/name:os.system ''\n", 2),
        (b"a: 1\n{b: 1}: 2\n", 2),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(tmp_path, content, line):
    assert refusal(written(tmp_path, content)).startswith(f"t.yaml:{line}: ")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    assert read_yaml(written(tmp_path, "\ufeffname: t\n")) == {"name": "t"}


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_task_that_a_program_wrote_as_json_has_the_characters_that_it_wrote(tmp_path_factory, text):
    path = written(tmp_path_factory.mktemp("json"), json.dumps({"text": text}))
    assert read_yaml(path) == {"text": text}


def test_a_prompt_with_an_emoji_is_read_from_json(tmp_path):
    path = written(tmp_path, json.dumps(task(prompt="s \N{GRINNING FACE} =")))
    assert read_task(path).selection[0].prompt == "s \N{GRINNING FACE} ="


def test_half_an_emoji_is_named_with_its_line(tmp_path):
    message = refusal(written(tmp_path, 'a: 1\nb: "\\ud83d"\n'))
    assert message.startswith("t.yaml:2: b: half a character; write the character itself")


def test_the_line_of_a_missing_key_is_that_of_what_lacks_it(tmp_path):
    path = written(tmp_path, "a:\n  - b: 1\n  - c: 2\n")
    assert locate(path, ("a", 1, "c")) == f"{path}:3: a.1.c"
    assert locate(path, ("a", 1, "d")) == f"{path}:3: a.1.d"
    assert locate(path, ()) == f"{path}:1"
