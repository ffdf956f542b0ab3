"""Memory that is freed and asked for again, thousands of times a pass."""

import ctypes
import sys

# In bytes, by their numbers in glibc's malloc.h: M_MMAP_THRESHOLD, up to which tensors come from memory that the
# process keeps, and M_TRIM_THRESHOLD, how much of that it keeps free.
_OPTIONS = {-3: 2**25, -1: 2**29}


def keep_freed_memory() -> None:
    """Let the process keep memory that is freed, rather than give it back to the system and fetch it anew.

    The system clears what it gives, page by page: of a sweep that took up to a tenth. Does nothing where there is no
    glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in _OPTIONS.items():
            mallopt(option, value)
