"""A large file is hashed once, and never taken for what it was."""

import os
from pathlib import Path

import pytest

from sna.errors import InputError
from sna.files import read_json, sha256
from sna.provenance import checksums
from sna.provenance.checksums import remembering


@pytest.fixture
def hashed(monkeypatch) -> list[str]:
    """The files that were really hashed."""
    files = []

    def counting(path) -> str:
        files.append(Path(path).name)
        return sha256(path)

    monkeypatch.setattr(checksums, "sha256", counting)
    return files


@pytest.fixture
def large(tmp_path) -> str:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 100)
    return str(path)


def test_a_large_file_is_hashed_once_by_all_processes(tmp_path, hashed, large):
    for _ in range(3):
        assert remembering(tmp_path / "memory.json", 100)(large) == sha256(large)
    assert hashed == ["large"]


def test_a_small_file_is_hashed_each_time(tmp_path, hashed, large):
    hash_file = remembering(tmp_path / "memory.json", 101)
    assert hash_file(large) == hash_file(large)
    assert hashed == ["large", "large"]
    assert not (tmp_path / "memory.json").exists()


def test_a_byte_changed_in_a_file_with_its_size_and_time_is_seen(tmp_path, large):
    remembering(tmp_path / "memory.json", 100)(large)
    stat = os.stat(large)
    Path(large).write_bytes(b"y" + b"x" * 99)
    os.utime(large, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert remembering(tmp_path / "memory.json", 100)(large) == sha256(large)


def test_another_file_in_its_place_is_seen(tmp_path, large):
    remembering(tmp_path / "memory.json", 100)(large)
    (tmp_path / "other").write_bytes(b"z" * 100)
    os.replace(tmp_path / "other", large)
    assert remembering(tmp_path / "memory.json", 100)(large) == sha256(large)


def test_what_others_remembered_meanwhile_is_kept(tmp_path, large):
    (tmp_path / "second").write_bytes(b"s" * 100)
    first, second = (remembering(tmp_path / "memory.json", 100) for _ in range(2))
    first(large)
    second(str(tmp_path / "second"))
    assert set(read_json(tmp_path / "memory.json")) == {large, str(tmp_path / "second")}


@pytest.mark.parametrize("content", ["{", "[]", '{"large": 1}', "\0"])
def test_a_damaged_memory_is_begun_anew(tmp_path, large, content):
    (tmp_path / "memory.json").write_text(content.replace("large", large), encoding="utf-8")
    assert remembering(tmp_path / "memory.json", 100)(large) == sha256(large)
    assert remembering(tmp_path / "memory.json", 100)(large) == sha256(large)


def test_a_memory_that_cannot_be_written_is_done_without(tmp_path, large):
    (tmp_path / "file").write_text("where a folder should be", encoding="utf-8")
    assert remembering(tmp_path / "file" / "memory.json", 100)(large) == sha256(large)


def test_a_full_disk_ends_no_plan(tmp_path, large, monkeypatch):
    def refuse(path, data):
        raise InputError(f"{path}: No space left on device")

    monkeypatch.setattr(checksums, "write_json", refuse)
    assert remembering(tmp_path / "memory.json", 100)(large) == sha256(large)
