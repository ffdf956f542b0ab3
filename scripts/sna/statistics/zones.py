"""How much do tasks improve in each of the paper's zones of baseline probability?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from sna.experiments.summary import zone_of, zone_ranges
from sna.experiments.sweep import BATCH, Sweep, TaskSweep
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import UNDEFINED, Estimate, defined, mean_estimate, percentile_interval

ZONES = (1, 2, 3)
#: A standard error of a logarithm below this is that of a configuration which does the same to every prompt.
_NOTHING = 1e-9


@dataclass(frozen=True)
class BestOfZone(Estimate):
    """The largest improvement in a zone, in percent, and the task that reached it."""

    task: str


@dataclass(frozen=True)
class Zone:
    """The tasks of one zone; improvements in percent.

    Attributes
    ----------
    n, tasks
        How many tasks the zone has, and which.
    mean : Estimate
        Mean over the tasks of their improvement; t interval.
    best : BestOfZone or None
        The largest improvement of all configurations of the zone's tasks; the interval allows for its being picked.
    share_above_negligible : float or None
        Share of the tasks whose improvement is above the negligible one.
    """

    n: int
    tasks: list[str]
    mean: Estimate
    best: BestOfZone | None
    share_above_negligible: float | None


@dataclass(frozen=True)
class ZonesResult:
    """The three zones by their numbers, with the boundaries (probabilities) that made them."""

    boundaries: list[float]
    negligible: float
    zones: dict[str, Zone]


def measure_zones(tasks: pd.DataFrame, sweeps: Iterable[Sweep], zones: Zones, settings: Statistics) -> ZonesResult:
    """Measure the improvement of the tasks in each zone.

    Zones are those of the paper; that a task's improvement is the configured summary over its configurations, and that
    a zone's mean gives each task the same weight, are our definitions.

    Parameters
    ----------
    tasks : DataFrame
        One model's rows of `sna.experiments.summary.summarize_tasks`.
    sweeps : iterable of Sweep
        The same model's, or all models'.
    zones : Zones
        The boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    ZonesResult
    """
    measured = [task for sweep in sweeps for task in sweep.tasks]
    return ZonesResult(list(zones.boundaries), zones.negligible, part_by_zone(tasks, measured, zones, settings))


def part_by_zone(
    tasks: pd.DataFrame, measured: Iterable[TaskSweep], zones: Zones, settings: Statistics
) -> dict[str, Zone]:
    """Measure the tasks of each of the three zones.

    Parameters
    ----------
    tasks : DataFrame
        One model's tasks: `task`, `baseline` (probability) and `improvement` (percent), which a zone averages.
    measured : iterable of TaskSweep
        The configurations of these tasks, of which the best is looked for.
    zones : Zones
        The boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to Zone
        By the zones' numbers.
    """
    zone = dict(
        zip(tasks["task"], (zone_of(baseline, zones.boundaries) for baseline in tasks["baseline"]), strict=True)
    )
    candidates = {number: [task for task in measured if zone[task.task] == number] for number in ZONES}
    return {
        str(number): _measure_zone(
            tasks[tasks["task"].map(zone) == number], candidates[number], zones.negligible, settings
        )
        for number in ZONES
    }


def _measure_zone(tasks: pd.DataFrame, measured: list[TaskSweep], negligible: float, settings: Statistics) -> Zone:
    return Zone(
        n=len(tasks),
        tasks=tasks["task"].to_list(),
        mean=mean_estimate(tasks["improvement"], settings),
        best=pick_best(measured, settings) if measured else None,
        share_above_negligible=None if tasks.empty else float((tasks["improvement"] > negligible).mean()),
    )


def pick_best(measured: Sequence[TaskSweep], settings: Statistics) -> BestOfZone:
    """Find the largest improvement of all configurations of some tasks, with an interval that allows for the choice.

    The largest of many estimates is likely to be one that noise has raised: the winner's curse [1]_. So the lower end
    is that of simultaneous bounds for all configurations: prompts are resampled, each task's own, and the largest of
    all configurations' standardized errors, of the logarithm of the ratio of means, says how far the picked one may lie
    above its truth [2]_. As resamples of a dozen prompts vary too little, it is expanded by what a t interval would be
    wider [3]_. The choice can only have raised the improvement, so the upper end needs no allowance: it is that of a
    bootstrap of the picked configuration alone.

    Parameters
    ----------
    measured : sequence of TaskSweep
        At least one.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    BestOfZone
        Without an interval if there is one prompt.

    References
    ----------
    .. [1] I. Andrews, T. Kitagawa and A. McCloskey, Inference on Winners, Quarterly Journal of Economics 139 (2024),
       305-358.
    .. [2] J. P. Romano and M. Wolf, Exact and Approximate Stepdown Methods for Multiple Hypothesis Testing, Journal of
       the American Statistical Association 100 (2005), 94-108.
    .. [3] T. C. Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69 (2015),
       371-386.
    """
    improvements = [task.improvements() for task in measured]
    winner = int(np.argmax([found.max() for found in improvements]))
    task, picked = measured[winner], int(improvements[winner].argmax())
    value = float(improvements[winner][picked])
    if len(task.baseline) == 1:
        return BestOfZone(value, None, None, task.task)
    rng = np.random.default_rng(settings.seed)
    errors = [_standard_errors(other) for other in measured]
    drawn = [_largest_errors(other, error, settings, rng) for other, error in zip(measured, errors, strict=True)]
    tail = (1 - settings.confidence_level) / 2
    n = len(task.baseline)
    expansion = np.sqrt(n / (n - 1)) * stats.t.isf(tail, n - 1) / stats.norm.isf(tail)
    allowance = errors[winner][picked] * expansion * np.quantile(np.max(drawn, axis=0), 1 - tail)
    alone = replace(task, probability=task.probability[:, [picked]])
    own = alone.improvements(alone.resample(settings.resamples, rng))[:, 0]
    low = 100 * ((1 + value / 100) * np.exp(-allowance) - 1)
    return BestOfZone(value, defined(low), percentile_interval(own, settings.confidence_level)[1], task.task)


def _standard_errors(task: TaskSweep) -> np.ndarray:
    """Return the standard error of the logarithm of each configuration's ratio of means, shape (configurations,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = task.probability / task.probability.mean(axis=0) - (task.baseline / task.baseline.mean())[:, None]
        return np.nan_to_num(shares.std(axis=0, ddof=1) / np.sqrt(len(shares)))


def _largest_errors(task: TaskSweep, errors: np.ndarray, settings: Statistics, rng: np.random.Generator) -> np.ndarray:
    """Return the largest standardized error of all configurations in each resample, shape (resamples,)."""
    largest = np.zeros(settings.resamples)
    usable = errors > _NOTHING  # a configuration that does the same to every prompt has no error to speak of
    if not usable.any():
        return largest
    probability, scale = task.probability[:, usable], 1 / errors[usable]

    def log_ratios(weights: np.ndarray) -> np.ndarray:
        ratios = np.log(weights @ probability)
        ratios -= np.log(weights @ task.baseline)[..., None]
        return ratios

    measured = log_ratios(np.ones(len(task.baseline)))
    for start in range(0, settings.resamples, BATCH):
        batch = largest[start : start + BATCH]
        with np.errstate(divide="ignore", invalid="ignore"):
            above = log_ratios(task.resample(len(batch), rng))
            above -= measured  # in place, as copies would take most of the time
            above *= scale
        np.fmax.reduce(above, axis=-1, out=batch)
    return largest


def tabulate_zones(results: Mapping[str, ZonesResult], held_out: Mapping[str, Mapping[str, Zone]]) -> pd.DataFrame:
    """Tabulate the three zones, in sample and held out.

    Parameters
    ----------
    results : mapping of str to ZonesResult
        By model.
    held_out : mapping of str to mapping of str to Zone
        By model and number: the same zones with the gains on prompts that did not choose the configuration.

    Returns
    -------
    DataFrame
        One row a model and zone. `tasks` counts the zone's tasks and `names` lists them. `mean` and `best` are
        improvements in percent, each with the ends of its interval; `share_above_negligible` is a share of the tasks.
        What begins with `held_out` is the same of the held-out gains.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "zone": int(number),
                "range": zone_ranges(found.boundaries)[int(number)],
                "tasks": zone.n,
                "names": ", ".join(zone.tasks),
                **_columns(zone),
                **{f"held_out_{name}": value for name, value in _columns(held_out[model][number]).items()},
            }
            for model, found in results.items()
            for number, zone in found.zones.items()
        ]
    )


def _columns(zone: Zone) -> dict[str, float | str | None]:
    best = zone.best or UNDEFINED
    return {
        **zone.mean.columns("mean"),
        **best.columns("best"),
        "best_task": None if zone.best is None else zone.best.task,
        "share_above_negligible": zone.share_above_negligible,
    }
