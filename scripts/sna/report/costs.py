"""What the run cost, stage by stage, from the records of its jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sna.provenance.stages import Stage


@dataclass(frozen=True)
class Cost:
    """What a stage cost.

    Attributes
    ----------
    stage : str
        The rule's name.
    jobs : int
    seconds, longest : float
        Of all jobs together, and of the longest.
    megabytes : float
        The largest resident memory of a job.
    """

    stage: str
    jobs: int
    seconds: float
    longest: float
    megabytes: float


def measure_costs(stages: Mapping[str, Stage]) -> list[Cost]:
    """Sum up what the jobs of stages cost, the stage that took longest first.

    Parameters
    ----------
    stages : mapping of str to Stage
        From `gather_stages`.
    """
    costs = [
        Cost(name, len(stage.jobs), stage.seconds, max(job.seconds for job in stage.jobs), stage.megabytes)
        for name, stage in stages.items()
    ]
    return sorted(costs, key=lambda cost: (-cost.seconds, cost.stage))


def total(costs: Sequence[Cost]) -> Cost:
    """Return what all stages cost together: the sum of their jobs and times, the largest of their memory.

    Parameters
    ----------
    costs : sequence of Cost
        Of each stage.

    Returns
    -------
    Cost
        Called `all`.
    """
    return Cost(
        "all",
        sum(cost.jobs for cost in costs),
        sum(cost.seconds for cost in costs),
        max((cost.longest for cost in costs), default=0.0),
        max((cost.megabytes for cost in costs), default=0.0),
    )
