"""What to do where a job was ended from outside, which leaves nothing in its own log."""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

MEMORY_HINT = (
    "The job was killed, most likely because there was not enough memory. Run fewer jobs at once: --cores 1, or "
    "--resources mem_mb=8000 for as many as fit into 8 GB by what their rules ask for; on a cluster ask for more, "
    "such as --set-resources amplify_layer:mem_mb=8000"
)
TIME_HINT = (
    "The job took more time than it had asked for. Ask for more minutes, such as "
    "--set-resources amplify_layer:runtime=240"
)
# As Python says it of a process, as a shell does, and as Slurm does, of a job and in its log.
_HINTS = {
    MEMORY_HINT: re.compile(r"SIGKILL|exit status 137|OUT_OF_MEMORY|exceeded memory limit|oom[-_ ]kill"),
    TIME_HINT: re.compile(r"'TIMEOUT'|DUE TO TIME LIMIT"),
}


class KilledHandler(logging.Handler):
    """Hear what Snakemake logs of errors, and say after a job that was ended from outside what to do.

    Parameters
    ----------
    say : callable
        Takes the line.

    References
    ----------
    signal(7): the kernel ends a process with SIGKILL when memory runs out.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Say what to do if a record is about a job that was ended from outside.

        Parameters
        ----------
        record : LogRecord
        """
        said = "\n".join(_all_of(record))
        for hint, sign in _HINTS.items():
            if sign.search(said):
                self._say(hint)


def _all_of(record: logging.LogRecord) -> Iterator[str]:
    """Yield the message, what a cluster says of the job, and the logs, the cluster's own among them."""
    yield record.getMessage()
    yield str(getattr(record, "rule_msg", ""))
    for log in map(Path, getattr(record, "log", [])):
        if log.is_file():
            yield log.read_text(encoding="utf-8", errors="replace")
