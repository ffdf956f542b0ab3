"""Which of a machine's GPUs a process computes on."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import IO

import torch

from sna.errors import InputError
from sna.locks import lock

# What this process holds until it ends.
_HELD: list[IO[str]] = []


@cache
def take_gpu() -> str:
    """Take the first GPU that no other process of this user took, so that jobs that run at once use all of them.

    A GPU is known by its UUID: a cluster gives a job its own, and numbers it anew. Where all are taken, one is shared.

    Returns
    -------
    str
        Such as ``cuda:1``; always the same in a process.
    """
    for number in range(torch.cuda.device_count()):
        identifier = torch.cuda.get_device_properties(number).uuid
        with suppress(InputError):
            _HELD.append(lock(Path(gettempdir(), f"sna-{os.getuid()}-{identifier}"), f"the GPU {identifier}"))
            return f"cuda:{number}"
    return f"cuda:{os.getpid() % torch.cuda.device_count()}"
