"""What is left of the best improvements on prompts that did not choose them?"""

from dataclasses import dataclass

import pandas as pd

from sna.experiments.aggregation import aggregate_prompts
from sna.experiments.summary import best_configurations, summarize_tasks
from sna.inputs.config import Statistics, Zones
from sna.inputs.tasks import FOLDS
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate
from sna.statistics.saturation import correlate_tasks
from sna.statistics.zones import Zone, estimate_improvements, part_by_zone


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


def measure_held_out(prompts: pd.DataFrame, zones: Zones, settings: Statistics) -> HeldOut:
    """Choose each task's best configuration on one fold of its prompts and score it on the other, both ways.

    The largest of many improvements is a maximum of noise as well as of effect. Scored on prompts that had no part in
    the choice, the noise averages out: where amplification does nothing, held-out gains are 0 on average [1]_. The two
    folds are pooled, so that a held-out gain is ``100 * (p - p0) / p0`` over as many prompts as the in-sample one,
    which it never exceeds.

    A gain's interval is a bootstrap over its prompts with the two choices as they are. Baselines, and with them the
    zones, are those over all prompts. Held-out gains stand for the tasks whatever `settings.task_improvement` says: a
    mean over all configurations chooses none.

    Parameters
    ----------
    prompts : DataFrame
        One model's rows of a table that keeps `sna.tables.PROMPTS`.
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
    tasks = summarize_tasks(aggregate_prompts(prompts), "best")
    chosen = _choose(prompts)
    gains = estimate_improvements(_score(prompts, chosen), settings)
    scored = tasks.assign(improvement=[gains[task].value for task in tasks["task"]])
    correlation = correlate_tasks(scored, settings)
    return HeldOut(
        n=correlation.n,
        rho=correlation.rho,
        pvalue=correlation.pvalue,
        pvalue_method=correlation.pvalue_method,
        by_task={
            row.task: HeldOutTask(
                in_sample=row.best_improvement,
                held_out=gains[row.task],
                chosen={
                    choice.fold: Configuration(choice.layer, choice.neurons, choice.multiplier)
                    for choice in chosen[chosen["task"] == row.task].itertuples()
                },
            )
            for row in tasks.itertuples()
        },
        zones=part_by_zone(scored, gains, zones, settings),
    )


def _choose(prompts: pd.DataFrame) -> pd.DataFrame:
    """Return the best configuration of each task on each fold of its prompts."""
    return pd.concat(
        [
            best_configurations(summarize_tasks(aggregate_prompts(rows), "best")).assign(fold=fold)
            for fold, rows in prompts.groupby("fold")
        ],
        ignore_index=True,
    )


def _score(prompts: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return each prompt's row under the configuration that the other fold of its task's prompts chose."""
    tested = chosen.assign(fold=chosen["fold"].map(dict(zip(FOLDS, reversed(FOLDS), strict=True))))
    return prompts.merge(tested)
