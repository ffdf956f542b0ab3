"""Say how long a study would take on other machines, from the times of one that ran.

    python scripts/simulate_run.py                      # the study embedded, from its own records
    python scripts/simulate_run.py --study paper --block gpt2=2.0 --block gpt2-medium=3.6

The jobs, and what each waits for, are those that Snakemake plans. A job takes as much time as it took of one core when
the study --measured ran; one that did not run takes the mean of its rule, and a layer of the sweep what layers take
by the number of blocks above them. --block says how many times as long a model's block takes as one of the measured
model's. Jobs start in the order in which they become ready, as soon as a core is free for them, and if the machine has
GPUs, one of these for a job that computes with a model. How long it takes there is assumed, not measured: --start and
--speed. Prints a table in Markdown, and the longest chain of jobs that wait for one another.
"""

import argparse
import heapq
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from statistics import mean

import numpy as np

from sna.errors import InputError
from sna.places import RESULTS
from sna.planning import dry_run
from sna.provenance.lineage import Lineage
from sna.provenance.record import Record

SWEEP = "amplify_layer"
#: Cores and GPUs of the machines.
MACHINES = [(2, 0), (8, 0), (64, 0), (8, 1), (64, 8)]


@dataclass(frozen=True)
class Planned:
    """A job: its rule, the seconds that it takes, whether it computes with a model, and the jobs that it waits for."""

    rule: str
    seconds: float
    with_model: bool
    parents: frozenset[str]


class Times:
    """How long jobs take, from those of a study of one model.

    Parameters
    ----------
    records : mapping of str to Record
        By path.
    blocks : mapping of str to float
        By model, how many times as long a block takes as one of the measured model's.

    Raises
    ------
    InputError
        If fewer than two layers of one model's sweep were recorded.
    """

    def __init__(self, records: Mapping[str, Record], blocks: Mapping[str, float]) -> None:
        self.records, self.blocks = records, blocks
        swept = [record for record in records.values() if record.rule == SWEEP]
        if len(swept) < 2 or len({record.wildcards["model"] for record in swept}) != 1:
            raise InputError("--measured: name a study of one model and several layers that was run here")
        self.n_layers = swept[0].params["n_layers"]
        above = [self.n_layers - 1 - int(record.wildcards["layer"]) for record in swept]
        self.of_block, self.of_sweep = np.polyfit(above, [record.cost["cpu_seconds"] for record in swept], 1)
        self.of_rule: dict[str, list[float]] = {}
        for record in records.values():
            self.of_rule.setdefault(record.rule, []).append(record.cost["cpu_seconds"])

    def estimate(self, job, n_models: int) -> float:
        """Return the seconds of a job that Snakemake plans for a study of so many models; 0 if its rule never ran.

        Raises
        ------
        InputError
            If it is not said how long a block of its model takes.
        """
        if (path := str(job.output.record)) in self.records:
            return self.records[path].cost["cpu_seconds"]
        rule, model = job.rule.name, job.wildcards_dict.get("model")
        if rule not in self.of_rule:
            return 0.0
        n_layers = job.params.get("n_layers")
        # What fetches or reads tables of one model takes the same for each; what reads those of all takes as often.
        if n_layers is None:
            return mean(self.of_rule[rule]) * (1 if model else n_models)
        if model not in self.blocks:
            raise InputError(f"--block: give {model}=FACTOR: how many times as long a block of it takes")
        if rule == SWEEP:
            above = n_layers - 1 - int(job.wildcards_dict["layer"])
            return float(self.of_sweep + self.of_block * self.blocks[model] * above)
        return mean(self.of_rule[rule]) * self.blocks[model] * n_layers / self.n_layers


def plan(study: str, times: Times) -> dict[str, Planned]:
    """Return all jobs of a study by the paths of their records, each after its parents."""
    jobs = [job for job in dry_run([], {"study": study}).dag.jobs if hasattr(job.output, "record")]
    makers = {str(path): str(job.output.record) for job in jobs for path in job.output}
    parents = {str(job.output.record): {makers[path] for path in map(str, job.input) if path in makers} for job in jobs}
    n_models = len({job.wildcards_dict["model"] for job in jobs if job.rule.name == SWEEP})
    planned = {
        str(job.output.record): Planned(
            job.rule.name,
            times.estimate(job, n_models),
            job.params.get("device") is not None,
            frozenset(parents[str(job.output.record)]),
        )
        for job in jobs
    }
    return {record: planned[record] for record in TopologicalSorter(parents).static_order()}


def on_gpus(jobs: Mapping[str, Planned], start: float, speed: float) -> dict[str, Planned]:
    """Return the same jobs where those that compute with a model do it on a GPU."""
    return {
        record: Planned(job.rule, start + job.seconds / speed, True, job.parents) if job.with_model else job
        for record, job in jobs.items()
    }


def wall_time(jobs: Mapping[str, Planned], cores: int, gpus: int) -> float:
    """Return the seconds from the first job's start to the last one's end.

    Parameters
    ----------
    jobs : mapping of str to Planned
    cores : int
        Each job takes one.
    gpus : int
        Each job that computes with a model takes one; with 0 they need none.

    Returns
    -------
    float
    """
    waiting = {record: len(job.parents) for record, job in jobs.items()}
    children: dict[str, list[str]] = {record: [] for record in jobs}
    for record, job in jobs.items():
        for parent in job.parents:
            children[parent].append(record)
    # With and without a model apart, so that those that wait for a GPU hold up no others.
    ready = {kind: deque(r for r, job in jobs.items() if not job.parents and job.with_model == kind) for kind in (1, 0)}
    running: list[tuple[float, str]] = []
    now, free = 0.0, {1: gpus or cores, 0: cores}
    while running or any(ready.values()):
        for kind in (1, 0):
            while ready[kind] and free[0] and free[kind]:
                record = ready[kind].popleft()
                heapq.heappush(running, (now + jobs[record].seconds, record))
                free[0] -= 1
                free[1] -= kind
        now, ended = heapq.heappop(running)
        free[0] += 1
        free[1] += jobs[ended].with_model
        for child in children[ended]:
            waiting[child] -= 1
            if not waiting[child]:
                ready[jobs[child].with_model].append(child)
    return now


def critical_path(jobs: Mapping[str, Planned]) -> list[str]:
    """Return the chain of jobs, each waiting for the one before, that takes longest: on no machine a run is shorter."""
    ends: dict[str, float] = {}
    for record, job in jobs.items():
        ends[record] = job.seconds + max((ends[parent] for parent in job.parents), default=0.0)
    chain = [max(ends, key=ends.__getitem__)]
    while parents := jobs[chain[-1]].parents:
        chain.append(max(parents, key=ends.__getitem__))
    return chain[::-1]


def render(study: str, jobs: Mapping[str, Planned], start: float, speed: float) -> str:
    """Return the table of the machines, and the chain that no machine makes shorter."""
    lines = [f"| {study}: {len(jobs)} jobs | minutes | busy | critical path, minutes |", "| --- | ---: | ---: | ---: |"]
    for cores, gpus in MACHINES:
        here = on_gpus(jobs, start, speed) if gpus else jobs
        taken, longest = wall_time(here, cores, gpus), sum(here[record].seconds for record in critical_path(here))
        busy = sum(job.seconds for job in here.values()) / taken / cores
        machine = f"{cores} cores" + (f", {gpus} GPU{'s' * (gpus > 1)}, assumed" if gpus else "")
        lines.append(f"| {machine} | {taken / 60:.1f} | {busy:.0%} | {longest / 60:.1f} |")
    chain = "\n".join(f"    {jobs[record].seconds:6.0f} s  {record}" for record in critical_path(jobs))
    unknown = ", ".join(sorted({job.rule for job in jobs.values() if not job.seconds})) or "none"
    return "\n".join([*lines, f"\nNot measured, and counted as nothing: {unknown}.", f"\nOn cores:\n\n{chain}"])


def read_blocks(given: Sequence[str]) -> dict[str, float]:
    """Read --block.

    Raises
    ------
    InputError
        If one is not a model's name, `=` and a number.
    """
    try:
        return {model: float(factor) for model, factor in (each.split("=") for each in given)}
    except ValueError:
        raise InputError(f"--block: {' '.join(given)} given; write each as MODEL=FACTOR") from None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="embedded", help="the study that is simulated (embedded)")
    parser.add_argument("--measured", default="embedded", help="the study that ran, of one model (embedded)")
    parser.add_argument("--block", action="append", default=[], metavar="MODEL=FACTOR", help="may be given repeatedly")
    parser.add_argument("--start", type=float, default=15, help="seconds that a job on a GPU takes to start (15)")
    parser.add_argument("--speed", type=float, default=100, help="how many cores a GPU is worth after that (100)")
    given = parser.parse_args()
    try:
        records = Lineage.read().records
        behind = {
            path: record
            for path, record in records.items()
            if path.startswith((f"{RESULTS}/{given.measured}/", f"{RESULTS}/models/", f"{RESULTS}/reviews/"))
        }
        times = Times(behind, read_blocks(given.block))
        print(render(given.study, plan(given.study, times), given.start, given.speed))
    except InputError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
