"""Disks that are full, or may not be written to."""

import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@contextmanager
def _mounted(folder: Path, *commands: list[str]) -> Iterator[Path]:
    """Mount a disk in a folder while the block runs; skip the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        mounted = all(subprocess.run(it, capture_output=True, check=False).returncode == 0 for it in commands)
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def small_disk(folder: Path, kilobytes: int) -> AbstractContextManager[Path]:
    """Mount a disk of that size in a folder while the block runs; skip the test where that is not allowed."""
    return _mounted(folder, ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)])


def read_only(folder: Path) -> AbstractContextManager[Path]:
    """Let nobody write to a folder while the block runs, not even root; skip the test where that is not allowed."""
    bind = ["mount", "--bind", str(folder), str(folder)]
    return _mounted(folder, bind, ["mount", "-o", "remount,ro,bind", str(folder)])
