import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.files import read_json, replacing, sha256, write_json, write_text


def write_half(path: Path, *parts: str) -> None:
    """Begin to write a file, or a folder that holds one, and fail."""
    with replacing(path) as beside:
        half = beside.joinpath(*parts)
        half.parent.mkdir(exist_ok=True)
        half.write_text("fold")
        raise RuntimeError


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_while_writing_a_folder_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "model", "weights")
    assert list(tmp_path.iterdir()) == []


def test_nobody_sees_the_file_before_it_is_whole(tmp_path):
    path = tmp_path / "new" / "folder" / "table.csv"
    with replacing(path) as beside:
        beside.write_text("whole")
        assert not path.exists()
        assert beside.suffix == ".csv"
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_writer_that_wrote_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "table.csv"):
        pass


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan")])
def test_json_refuses_what_it_has_no_word_for(tmp_path, value):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "claims.json", {"rho": value})
    assert list(tmp_path.iterdir()) == []


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.text())))
def test_json_keeps_text_and_every_digit(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("json") / "data.json"
    write_json(path, data)
    assert read_json(path) == data
    assert json.loads(path.read_bytes()) == data


def test_text_is_utf8_whatever_the_locale(tmp_path):
    write_text(tmp_path / "text", "Räuber, naïveté")
    assert (tmp_path / "text").read_bytes().decode("utf-8") == "Räuber, naïveté"


@given(st.binary())
def test_a_checksum_is_that_of_the_bytes(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("sums") / "file"
    path.write_bytes(content)
    assert sha256(path) == hashlib.sha256(content).hexdigest()
