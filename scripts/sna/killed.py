"""What to do where the system killed a job, which leaves nothing in its log."""

import logging
import re
from collections.abc import Callable

# As Python says it of a process, as a shell does, and as Slurm does.
_KILLED = re.compile(r"SIGKILL|exit status 137|OUT_OF_MEMORY")
HINT = (
    "The job was killed, most likely because there was not enough memory. Run fewer jobs at once: --cores 1, or "
    "--resources mem_mb=8000 for as many as fit into 8 GB by what their rules ask for; on a cluster ask for more, "
    "such as --set-resources amplify_layer:mem_mb=8000"
)


class KilledHandler(logging.Handler):
    """Hear what Snakemake logs of errors, and say after a job that was killed what to do.

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
        """Say what to do if a record is about a job that was killed.

        Parameters
        ----------
        record : LogRecord
        """
        # What a cluster says of a job is an attribute of its own.
        if _KILLED.search(f"{record.getMessage()} {getattr(record, 'rule_msg', '')}"):
            self._say(HINT)
