"""How often does amplification improve anything?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.summary import zone_of
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import Estimate, estimate
from sna.statistics.zones import ZONES


@dataclass(frozen=True)
class Success:
    """Shares (0 to 1) of configurations that improve: of all, and by task, category and zone (None if empty)."""

    overall: Estimate
    by_task: dict[str, float]
    by_category: dict[str, float]
    by_zone: dict[str, float | None]


def measure_success(tasks: pd.DataFrame, zones: Zones, settings: Statistics) -> Success:
    """Measure the paper's success rate: the share of configurations with an improvement above 0.

    Configurations of a task share its prompts and are no independent trials, so the interval (ours) is a bootstrap over
    tasks. Every task has as many configurations as the next, so that means over tasks are shares of configurations.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    zones : Zones
        The boundaries of the zones.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Success
    """
    rates = tasks.set_index("task")["success_rate"]
    zone = tasks["baseline"].map(lambda baseline: zone_of(baseline, zones.boundaries))
    by_zone = tasks.groupby(zone)["success_rate"].mean().to_dict()
    return Success(
        overall=estimate((rates,), np.mean, settings),
        by_task=rates.to_dict(),
        by_category=tasks.groupby("category")["success_rate"].mean().to_dict(),
        by_zone={str(number): by_zone.get(number) for number in ZONES},
    )
