"""Snakemake reads of a configuration file what is written there, or the file is refused."""

from pathlib import Path

import pytest
import yaml

from sna.errors import InputError
from sna.inputs.agreement import check_file

FILE = Path(__file__).parents[3] / "config.yaml"


def test_a_file_that_its_two_readers_agree_on_is_taken():
    check_file(FILE, lambda path: yaml.safe_load(Path(path).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("content", "read", "said"),
    [
        ("a: {b: [1, x]}", {"a": {"b": [1, "y"]}}, "c.yaml:1: a.b.1: 'x' is written, but Snakemake reads 'y'"),
        ("a: 1", {"a": True}, "c.yaml:1: a: 1 is written, but Snakemake reads True"),
        ("a: 1", {"a": 1, "b": 2}, "c.yaml:1: {'a': 1} is written"),
        ("a: 1\na: 2", {"a": 2}, "c.yaml:2: 'a' is given twice"),
    ],
)
def test_a_file_that_another_reader_takes_for_something_else_is_refused(tmp_path, content, read, said):
    path = tmp_path / "c.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_file(path, lambda _: read)
    assert str(caught.value).startswith(f"{tmp_path}/{said}")
