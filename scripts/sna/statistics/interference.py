"""What does amplifying one task's neurons do to the other tasks?"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from sna.experiments.interference import BEST
from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.effects import Fluency, measure_fluency, measure_improvement
from sna.statistics.estimate import Estimate
from sna.statistics.permutation import sign_flip_pvalue
from sna.statistics.statements import MeasuredStatement, measure_statements


@dataclass(frozen=True)
class Effect:
    """What the source's best configuration does to a task.

    Attributes
    ----------
    prompts : int
        The task's evaluation prompts.
    improvement : Estimate
        Of the mean probability of the target, in percent.
    pvalue, pvalue_corrected : float or None
        None where the source is measured on its own prompts, which chose its configuration.
    fluency : Fluency or None
        Where the task's whole texts were measured.
    """

    prompts: int
    improvement: Estimate
    pvalue: float | None
    pvalue_corrected: float | None
    fluency: Fluency | None


@dataclass(frozen=True)
class Interference:
    """Every task's neurons against every task.

    Attributes
    ----------
    configurations : dict
        Each source's best configuration.
    matrix : dict
        By source, then by task.
    harmed, helped, pairs : int
        Of so many pairs of two different tasks, those in which the measured one does significantly worse or better.
    correction : str
        How p-values allow for the number of pairs.
    statements : dict
        The configured ones by name; None if the study lacks tasks of either category.
    """

    configurations: dict[str, Configuration]
    matrix: dict[str, dict[str, Effect]]
    harmed: int
    helped: int
    pairs: int
    correction: str
    statements: dict[str, MeasuredStatement | None]


def analyze_interference(
    measured: pd.DataFrame, statements: Mapping[str, Statement], layers: int, margin: float, settings: Statistics
) -> Interference:
    """Say what each task's neurons do to every task, and what the statements say of whole categories.

    Whether a task changes is tested by flipping the sign of each prompt's difference of probability, as if the
    amplified and the plain pass had been interchanged: an exact test if there are no more ways to do so than
    ``settings.resamples``. Its statistic is the mean difference, so that it speaks for the very figure that is shown.
    The p-values of all pairs of two different tasks are corrected together by Benjamini and Hochberg's procedure [1]_.
    Holm's would be stricter than an exact test of 12 prompts can ever be: its smallest two-sided p-value, 2 / 2**12,
    times the 132 pairs of 12 tasks is 0.064.

    Intervals are bootstraps over the evaluation prompts. A task under its own neurons is measured on the very prompts
    that chose its configuration, and looks too good; no p-value is given for it.

    Parameters
    ----------
    measured : DataFrame
        One model's rows of a table that keeps `sna.tables.INTERFERENCE`.
    statements : mapping of str to Statement
        By their names.
    layers : int
        How many layers the model has.
    margin : float
        The change in percent, in either direction, that counts as none in the statements.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Interference

    References
    ----------
    .. [1] Y. Benjamini and Y. Hochberg, Controlling the False Discovery Rate, Journal of the Royal Statistical Society
       B 57 (1995), 289-300.
    """
    best = measured[measured["setting"] == BEST]
    pvalues = {
        (source, task): _test(rows, settings)
        for (source, task), rows in _targets(best).groupby(["source", "task"])
        if source != task
    }
    adjusted = stats.false_discovery_control(list(pvalues.values()), method="bh").tolist() if pvalues else []
    corrected = dict(zip(pvalues, adjusted, strict=True))
    matrix = {
        source: {
            task: _measure_effect(rows, pvalues.get((source, task)), corrected.get((source, task)), settings)
            for task, rows in of_source.groupby("task")
        }
        for source, of_source in best.groupby("source")
    }
    significant = [
        matrix[source][task].improvement.value
        for (source, task), pvalue in corrected.items()
        if pvalue < 1 - settings.confidence_level
    ]
    configurations = best.drop_duplicates("source").sort_values("source")
    return Interference(
        configurations={
            row.source: Configuration(row.layer, row.neurons, row.multiplier) for row in configurations.itertuples()
        },
        matrix=matrix,
        harmed=sum(change is not None and change < 0 for change in significant),
        helped=sum(change is not None and change > 0 for change in significant),
        pairs=len(pvalues),
        correction="Benjamini-Hochberg",
        statements=measure_statements(measured, statements, layers, margin, settings),
    )


def _targets(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["scored"] == "target"]


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["scored"] == "text"]


def _test(rows: pd.DataFrame, settings: Statistics) -> float:
    """Return the p-value of a task's mean probability not changing."""
    ordered = rows.sort_values("prompt")
    return sign_flip_pvalue(ordered["probability"] - ordered["baseline"], settings)


def _measure_effect(
    rows: pd.DataFrame, pvalue: float | None, pvalue_corrected: float | None, settings: Statistics
) -> Effect:
    """Measure one source on one task, from all of its rows."""
    targets, texts = _targets(rows), _texts(rows)
    return Effect(
        prompts=len(targets),
        improvement=measure_improvement(targets, settings),
        pvalue=pvalue,
        pvalue_corrected=pvalue_corrected,
        fluency=None if texts.empty else measure_fluency(texts, settings),
    )
