"""A command whose output goes into head ends without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"
PRINTING = "from sna.piping import pipeable\nwith pipeable():\n    print(*range(100_000), sep='\\n')"


def test_output_that_is_not_read_to_its_end_leaves_nothing_on_standard_error():
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-c", PRINTING]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"0\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
