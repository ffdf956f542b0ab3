"""What the run cost, stage by stage, from the benchmark files that Snakemake leaves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Cost:
    """What a stage cost.

    Attributes
    ----------
    stage : str
        The rule's name.
    jobs : int
        Of which there is a benchmark.
    seconds, longest : float
        Of all jobs together, and of the longest.
    megabytes : float or None
        The largest resident memory of a job; None if every job was too short to be sampled.
    """

    stage: str
    jobs: int
    seconds: float
    longest: float
    megabytes: float | None


def measure_costs(folder: str | Path, fetched: Mapping[str, Sequence[str]], models: Collection[str]) -> list[Cost]:
    """Sum up benchmark files, the stage that took longest first.

    Only those that exist count: Snakemake writes them after a job, outside of its outputs, and a user may delete them.

    Parameters
    ----------
    folder : str or Path
        The study's benchmarks: a file ``<stage>.tsv`` is one job, a folder ``<stage>/<model>`` holds those of many.
    fetched : mapping
        The benchmark files of stages that studies share.
    models : collection of str
        The study's. Jobs of other models, which it may have had before, are left out.
    """
    files = [*_files_of_study(Path(folder), models)]
    files += [(stage, Path(path)) for stage, paths in fetched.items() for path in paths]
    # A job that was too short to be sampled has "-" for its memory.
    jobs = [(stage, pd.read_csv(path, sep="\t", na_values=["-"]).iloc[-1]) for stage, path in files if path.is_file()]
    frame = pd.DataFrame(
        [(stage, job["s"], job["max_rss"]) for stage, job in jobs], columns=["stage", "seconds", "megabytes"]
    )
    stages = frame.groupby("stage", as_index=False).agg(
        jobs=("seconds", "size"), seconds=("seconds", "sum"), longest=("seconds", "max"), megabytes=("megabytes", "max")
    )
    ordered = stages.sort_values(["seconds", "stage"], ascending=[False, True])
    return [
        Cost(row.stage, row.jobs, row.seconds, row.longest, None if pd.isna(row.megabytes) else row.megabytes)
        for row in ordered.itertuples()
    ]


def total(costs: Sequence[Cost]) -> Cost:
    """Return what all stages cost together: the sum of their jobs and times, the largest of their memory."""
    memory = [cost.megabytes for cost in costs if cost.megabytes is not None]
    return Cost(
        "all",
        sum(cost.jobs for cost in costs),
        sum(cost.seconds for cost in costs),
        max((cost.longest for cost in costs), default=0.0),
        max(memory, default=None),
    )


def _files_of_study(folder: Path, models: Collection[str]) -> Iterator[tuple[str, Path]]:
    """Yield each benchmark file of the study, with its stage."""
    for path in sorted(folder.rglob("*.tsv")):
        stage, *rest = path.relative_to(folder).with_suffix("").parts
        if not rest or rest[0] in models:
            yield stage, path
