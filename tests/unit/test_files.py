import errno
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from disks import small_disk
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.files import read_json, replacing, sha256, write_json, write_text, writing


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


def end(folder: Path, error: Exception, needed: int | None = None) -> str:
    """Return what is said when a block that writes ends with an error."""
    with pytest.raises(InputError) as caught, writing(folder, needed):
        raise error
    return str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device"),
        Exception("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
    ids=["python", "pyarrow", "rust"],
)
def test_a_full_disk_is_named_with_what_is_free_and_needed_whatever_library_finds_out(tmp_path, error):
    message = end(tmp_path, error, needed=2_500_000)
    assert message.startswith(f"{tmp_path}: No space left on device (")
    assert message.endswith(" MB free, 2.5 MB needed); make room there and run again")


def test_a_share_of_the_disk_that_is_used_up_is_named(tmp_path):
    assert end(tmp_path / "not" / "yet", OSError(errno.EDQUOT, "")).startswith(
        f"{tmp_path}/not/yet: Disk quota exceeded"
    )


def test_the_folder_that_is_full_is_the_one_that_the_error_names(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    error = OSError(errno.ENOSPC, "No space left on device", str(elsewhere / "file"))
    assert end(tmp_path, error).startswith(f"{elsewhere}: No space left on device")


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EROFS, "Read-only file system"), (errno.EACCES, "Permission denied")]
)
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, number, words):
    path = str(tmp_path / "file")
    assert end(tmp_path, OSError(number, words, path)) == f"{path}: {words}"
    assert end(tmp_path, Exception(f"I/O error: {words} (os error {number})")).startswith(
        f"{tmp_path}: I/O error: {words}"
    )


@pytest.mark.parametrize(
    "error", [ValueError("errno 5 of 28"), FileNotFoundError(errno.ENOENT, "no such file"), KeyError(28)]
)
def test_what_is_not_about_the_disk_is_left_as_it_is(tmp_path, error):
    with pytest.raises(type(error)) as caught, replacing(tmp_path / "file"):
        raise error
    assert caught.value is error


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match=f"{tmp_path}/new: Permission denied"):
        write_text(tmp_path / "new" / "file", "text")


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(os.urandom(200_000)),
        lambda path: pd.DataFrame({"p": np.random.default_rng(0).random(50_000)}).to_parquet(path),
    ],
    ids=["bytes", "table"],
)
def test_a_disk_that_fills_up_is_named_and_the_old_file_survives(tmp_path, write):
    with small_disk(tmp_path / "small", kilobytes=64) as folder:
        path = folder / "file"
        path.write_text("old")
        with pytest.raises(InputError) as caught, replacing(path) as beside:
            write(beside)
        assert str(caught.value).startswith(f"{folder}: No space left on device (")
        assert path.read_text() == "old"
        assert list(folder.iterdir()) == [path]


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
