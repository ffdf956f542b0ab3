"""Checksums of large files, remembered, so that a file of weights is hashed once and not by every job."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sna.errors import InputError
from sna.files import read_json, sha256, write_json

#: Where they are remembered, in the folder where Snakemake runs. The file can be deleted at any time.
MEMORY = ".snakemake/checksums.json"
#: Bytes from which a file is large. A smaller one is hashed faster than it is remembered.
LARGE = 1_000_000


def remembering(memory: str | Path = MEMORY, large: int = LARGE) -> Callable[[str], str]:
    """Give a function that returns the SHA-256 of a file as `sna.files.sha256` does, a large file's from memory.

    What is remembered holds while the file's size, times and place on the disk are the same: the time of the last
    change of its status, which nobody can set, among them. An audit does not use it.

    Parameters
    ----------
    memory : str or Path
        JSON file that remembers; damaged or missing, it is begun anew.
    large : int
        Bytes from which a file is remembered.
    """
    known = _recall(Path(memory))

    def remembered_sha256(path: str) -> str:
        stat = Path(path).stat()
        if stat.st_size < large:
            return sha256(path)
        state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        if known.get(str(path), {}).get("state") != state:
            known[str(path)] = {"state": state, "sha256": sha256(path)}
            # Another job may have remembered more since; what it loses is only hashed again.
            # Where the disk is full a plan is made all the same.
            with suppress(InputError, OSError):
                write_json(memory, _recall(Path(memory)) | known)
        return known[str(path)]["sha256"]

    return remembered_sha256


def _recall(memory: Path) -> dict[str, dict]:
    try:
        return {path: entry for path, entry in read_json(memory).items() if isinstance(entry, dict)}
    except (OSError, ValueError, AttributeError):
        return {}
