"""Locks that die with their process, so that two runs never write the same results."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from sna.errors import InputError


def lock(path: str | Path, what: str, *, shared: bool = False) -> IO[str]:
    """Return an open file that holds a lock for as long as it is open, at most until its process ends.

    Parameters
    ----------
    path : str or Path
        The lock file; it is made where it is missing, and stays.
    what : str
        What the lock is of, for the message.
    shared : bool
        Whether others may hold it too, if all of them share it.

    Raises
    ------
    InputError
        If another process holds it; the message names the process.

    References
    ----------
    flock(2): the kernel lets go of the lock when its holder ends, however it ends.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+", encoding="utf-8")  # noqa: SIM115
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise InputError(f"{what} is in use by another run ({holder}); wait for it, or stop it") from None
    if not shared:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
    return file
