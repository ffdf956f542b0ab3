"""Arrays that come and go take no memory from the system again and again."""

import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: how memory is kept is a setting of the whole process.
SCRIPT = """
import resource, sys
import numpy as np
from sna.model.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    return [np.ones(2**21) for _ in range(5)]

work()
before = faults()
for _ in range(5):
    work()
print(faults() - before)
"""


def page_faults(how: str) -> int:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "scripts")}
    command = [sys.executable, "-c", SCRIPT, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other systems keep memory as they like")
def test_freed_memory_is_kept_rather_than_fetched_anew_page_by_page():
    pages = 5 * 5 * 2**24 // resource.getpagesize()
    assert page_faults("keep") < pages / 100 < page_faults("plain")
