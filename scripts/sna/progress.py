"""How long a run still takes, told after each job, by what its jobs have taken so far."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from statistics import fmean
from typing import Any

from sna import formats


class ProgressHandler(logging.Handler):
    """Hear what Snakemake logs of its jobs, and say after each about how long the others still take.

    A job is expected to take the mean of its rule's jobs; where none of its rule has ended, that share of the time it
    requests which the jobs until now took of theirs. As many jobs are expected to run at once as did until now.

    Parameters
    ----------
    say : callable
        Takes each line.
    requested : callable
        Returns the run time that a rule requests for a job, in minutes.
    clock : callable
        Returns the seconds since some moment.

    References
    ----------
    The events and their fields: snakemake_interface_logger_plugins.common.LogEvent and Snakemake's own log handler.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        requested: Callable[[str], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(logging.INFO)
        self._say, self._requested, self._clock = say, requested, clock
        self._began = clock()
        self._left: Counter[str] = Counter()
        self._rules: dict[int, str] = {}
        self._starts: dict[int, float] = {}
        self._durations: dict[str, list[float]] = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of what happened to a job; a record of anything else is passed over.

        Parameters
        ----------
        record : LogRecord
        """
        # Snakemake gives each kind of event attributes of its own.
        event: Any = record
        match getattr(record, "event", None):
            case "run_info":
                self._left = Counter({rule: jobs for rule, jobs in event.stats.items() if rule != "total"})
                self._began = self._clock()
            case "job_info":
                self._rules[event.jobid] = event.rule_name
            case "job_started":
                self._starts |= dict.fromkeys(event.jobs, self._clock())
            case "job_finished":
                self._end(event.job_id)
            case "progress" if self._durations and self._left.total() > 0:
                self._say(f"about {formats.duration(self.seconds_left())} left")

    def _end(self, job: int) -> None:
        rule, start = self._rules.get(job), self._starts.pop(job, None)
        if rule is not None and start is not None:
            self._left[rule] -= 1
            self._durations[rule].append(self._clock() - start)

    def seconds_left(self) -> float:
        """Return how long the jobs that are left will take, about; at least one must have ended.

        Returns
        -------
        float
            Seconds.
        """
        taken = sum(map(sum, self._durations.values()))
        requested = sum(len(durations) * self._requested(rule) for rule, durations in self._durations.items())
        share = taken / max(requested, 1e-9)
        means = {rule: fmean(durations) for rule, durations in self._durations.items()}
        work = sum(jobs * means.get(rule, share * self._requested(rule)) for rule, jobs in self._left.items())
        at_once = max(taken / max(self._clock() - self._began, 1e-9), 1.0)
        return work / at_once
