"""Output that goes into another program, such as head, which may read only its beginning."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def pipeable() -> Generator[None]:
    """End the process without a traceback, with code 1, if nobody reads its standard output any more.

    References
    ----------
    The note on SIGPIPE in Python's documentation of the module signal.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output when it ends, which would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
