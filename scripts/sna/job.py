"""What every script does around its work when Snakemake runs it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sna.errors import InputError


@contextmanager
def job(snakemake) -> Iterator[None]:
    """Send all that the process prints to the rule's log, and end bad input with a message instead of a traceback.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script. Its first log file receives standard output and standard error,
        those of compiled libraries included.

    Raises
    ------
    SystemExit
        With code 1 and the message in the log, if the block raises `InputError`.
    """
    with open(snakemake.log[0], "w", buffering=1, encoding="utf-8") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    try:
        yield
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
