"""What is left of the best improvements on prompts that did not choose them?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.experiments.sweep import Sweep, TaskSweep, by_task
from sna.inputs.config import Statistics, Zones
from sna.inputs.tasks import FOLDS
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate, estimate
from sna.statistics.saturation import correlate_tasks
from sna.statistics.zones import Zone, part_by_zone


@dataclass(frozen=True)
class HeldOutTask:
    """The gain of one task, in percent.

    Attributes
    ----------
    in_sample : float
        The improvement of the best configuration over all prompts, which chose it.
    held_out : Estimate
        The improvement where each fold of the prompts is scored under the best configuration of the other fold.
    chosen : dict
        The best configuration of each fold: `first` and `second`.
    """

    in_sample: float
    held_out: Estimate
    chosen: dict[str, Configuration]


@dataclass(frozen=True)
class HeldOut:
    """The held-out gains of `n` tasks: by task, against the baseline (Spearman's rho), and by zone."""

    n: int
    rho: Estimate
    pvalue: float | None
    pvalue_method: str | None
    by_task: dict[str, HeldOutTask]
    zones: dict[str, Zone]


def measure_held_out(sweeps: Iterable[Sweep], zones: Zones, settings: Statistics) -> HeldOut:
    """Choose each task's best configuration on one fold of its prompts and score it on the other, both ways.

    The largest of many improvements is a maximum of noise as well as of effect. Scored on prompts that had no part in
    the choice, the noise averages out: where amplification does nothing, held-out gains are 0 on average [1]_. The two
    folds are pooled, so that a held-out gain is ``100 * (p - p0) / p0`` over as many prompts as the in-sample one,
    which in one model it never exceeds.

    A gain's interval is a bootstrap over its prompts with the two choices as they are. Baselines, and with them the
    zones, are those over all prompts. Held-out gains stand for the tasks whatever `settings.task_improvement` says: a
    mean over all configurations chooses none.

    Parameters
    ----------
    sweeps : iterable of Sweep
        One model's, or all models', of which each fold then chooses the model too.
    zones : Zones
        The boundaries, and the improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    HeldOut

    References
    ----------
    .. [1] M. Stone, Cross-Validatory Choice and Assessment of Statistical Predictions, Journal of the Royal Statistical
       Society B 36 (1974), 111-147.
    """
    measured = {task: _hold_out(candidates, settings) for task, candidates in by_task(sweeps).items()}
    gains = pd.DataFrame(
        [
            {"task": task, "baseline": found.baseline, "improvement": found.gain.held_out.value}
            for task, found in measured.items()
        ]
    )
    correlation = correlate_tasks(gains, settings)
    return HeldOut(
        n=correlation.n,
        rho=correlation.rho,
        pvalue=correlation.pvalue,
        pvalue_method=correlation.pvalue_method,
        by_task={task: found.gain for task, found in measured.items()},
        zones=part_by_zone(gains, [found.scored for found in measured.values()], zones, settings),
    )


@dataclass(frozen=True)
class _Scored:
    """What one task gains, its baseline over all prompts, and its prompts under what the other fold chose."""

    gain: HeldOutTask
    baseline: float
    scored: TaskSweep


def _hold_out(candidates: Sequence[tuple[Sweep, TaskSweep]], settings: Statistics) -> _Scored:
    _, task, best = _choose(candidates)
    baseline, probability = np.empty_like(task.baseline), np.empty_like(task.baseline)
    chosen = {}
    for fold in FOLDS:
        sweep, own, place = _choose(candidates, fold)
        chosen[fold] = _configuration(sweep, place)
        tested = own.fold != fold
        baseline[tested], probability[tested] = own.baseline[tested], own.probability[tested, place]
    return _Scored(
        gain=HeldOutTask(
            in_sample=float(task.improvements()[best]),
            held_out=estimate((probability, baseline), _improvement_of_means, settings),
            chosen=chosen,
        ),
        baseline=float(task.baseline.mean()),
        scored=replace(task, baseline=baseline, probability=probability[:, None]),
    )


def _choose(candidates: Sequence[tuple[Sweep, TaskSweep]], fold: str | None = None) -> tuple[Sweep, TaskSweep, int]:
    """Return the place of the best configuration, on one fold or on all prompts, and in which model's sweep."""
    found = [task.improvements(None if fold is None else (task.fold == fold) * 1.0) for _, task in candidates]
    winner = int(np.argmax([improvements.max() for improvements in found]))
    return *candidates[winner], int(found[winner].argmax())


def _configuration(sweep: Sweep, place: int) -> Configuration:
    row = sweep.configurations.iloc[place]
    return Configuration(int(row["layer"]), int(row["neurons"]), float(row["multiplier"]))


def _improvement_of_means(probability: np.ndarray, baseline: np.ndarray, axis: int) -> np.ndarray:
    return improvement(probability.mean(axis=axis), baseline.mean(axis=axis))
