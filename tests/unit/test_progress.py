"""Progress: what is left, and about how long, by what jobs have taken."""

import logging

import pytest

from sna.progress import ProgressHandler

#: What a job of each rule requests, in minutes.
REQUESTED = {"fetch": 3, "sweep": 6, "plot": 1, "all": 0}


class Run:
    """A run as Snakemake logs it, with a clock of its own."""

    def __init__(self, **planned):
        self.now, self.said, self.jobs = 100.0, [], 0
        self.handler = ProgressHandler(self.said.append, REQUESTED.get, lambda: self.now)
        self.log(event="run_info", stats=planned | {"total": sum(planned.values())})

    def log(self, **fields):
        self.handler.handle(logging.makeLogRecord({"levelno": logging.INFO} | fields))

    def start(self, rule):
        self.jobs += 1
        self.log(event="job_started", jobs=[self.jobs])
        self.log(event="job_info", jobid=self.jobs, rule_name=rule)
        return self.jobs

    def end(self, job):
        self.log(event="job_finished", job_id=job)
        self.log(event="progress", done=1, total=2)


def test_a_rules_jobs_are_expected_to_take_what_they_took():
    run = Run(fetch=1, sweep=3, plot=1, all=1)
    for rule, seconds in (("fetch", 30), ("sweep", 60)):
        job = run.start(rule)
        run.now += seconds
        run.end(job)
    # Two more sweeps of a minute, and a plot: the others took 90 seconds of the 9 minutes that they requested.
    assert run.handler.seconds_left() == pytest.approx(2 * 60 + 10)
    assert run.said[-1] == "about 2\N{NO-BREAK SPACE}min 10\N{NO-BREAK SPACE}s left"


def test_jobs_that_run_at_once_take_less():
    run = Run(sweep=4)
    jobs = [run.start("sweep"), run.start("sweep")]
    run.now += 60
    for job in jobs:
        run.end(job)
    assert run.handler.seconds_left() == pytest.approx(60)


def test_nothing_is_said_before_a_job_has_ended_or_after_the_last():
    run = Run(sweep=1)
    run.log(event="progress", done=0, total=1)
    job = run.start("sweep")
    run.now += 1
    run.end(job)
    assert run.said == []


def test_a_job_that_was_not_seen_to_start_and_other_messages_do_no_harm():
    run = Run(sweep=1)
    run.log(msg="hello")
    run.end(7)
    assert run.said == []
