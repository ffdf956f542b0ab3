"""What does amplifying one task's neurons do to the other tasks?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sna.experiments.interference import BEST, asked_layer
from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.crossed import Fluency, Perplexity, measure_fluency, measure_improvement
from sna.statistics.estimate import Estimate


@dataclass(frozen=True)
class Crossed:
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
class MeasuredStatement:
    """What one category's neurons do to another's tasks.

    Attributes
    ----------
    layer, asked_layer : int
        The layer that was amplified, the nearest of the sweep to the one that the statement is about.
    depth : float
        Of the amplified layer, from 0 (first) to 1 (last).
    sources, tasks : list of str
        Whose neurons were amplified, and what was measured.
    improvement : Estimate
        Mean over sources and tasks, in percent.
    log_probability : Estimate
        Change of the mean log-probability per token of the tasks' whole texts, in nats.
    perplexity : Perplexity
        Of the whole texts.
    """

    layer: int
    asked_layer: int
    depth: float
    sources: list[str]
    tasks: list[str]
    improvement: Estimate
    log_probability: Estimate
    perplexity: Perplexity


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
    matrix: dict[str, dict[str, Crossed]]
    harmed: int
    helped: int
    pairs: int
    correction: str
    statements: dict[str, MeasuredStatement | None]


def measure_interference(
    crossed: pd.DataFrame, statements: Mapping[str, Statement], layers: int, settings: Statistics
) -> Interference:
    """Measure what each task's neurons do to every task, and what the statements say of whole categories.

    Whether a task changes is tested by flipping the sign of each prompt's difference of probability, as if the
    amplified and the plain pass had been interchanged: an exact test if there are no more ways to do so than
    ``settings.resamples``. Its statistic is the mean difference, so that it speaks for the very figure that is shown.
    The p-values of all pairs of two different tasks are corrected together by Benjamini and Hochberg's procedure [1]_.
    Holm's would be stricter than an exact test of 12 prompts can ever be: its smallest two-sided p-value, 2 / 2**12,
    times the 132 pairs of 12 tasks is 0.064.

    Intervals are bootstraps over the evaluation prompts within each task, the sources as they are: a resample takes the
    same prompts under each. A task under its own neurons is measured on the very prompts that chose its configuration,
    and looks too good; no p-value is given for it.

    Parameters
    ----------
    crossed : DataFrame
        One model's rows of a table that keeps `sna.tables.CROSSED`.
    statements : mapping of str to Statement
        By their names.
    layers : int
        How many layers the model has.
    settings : Statistics
        How uncertainty is measured.

    References
    ----------
    .. [1] Y. Benjamini and Y. Hochberg, Controlling the False Discovery Rate, Journal of the Royal Statistical Society
       B 57 (1995), 289-300.
    """
    best = crossed[crossed["setting"] == BEST]
    pvalues = {
        (source, task): _test(rows, settings)
        for (source, task), rows in _targets(best).groupby(["source", "task"])
        if source != task
    }
    corrected = _correct(pvalues)
    matrix = {
        source: {
            task: _cross(rows, pvalues.get((source, task)), corrected.get((source, task)), settings)
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
        harmed=sum(change < 0 for change in significant),
        helped=sum(change > 0 for change in significant),
        pairs=len(pvalues),
        correction="Benjamini-Hochberg",
        statements={
            name: _measure_statement(crossed[crossed["setting"] == name], statement, layers, settings)
            for name, statement in statements.items()
        },
    )


def _targets(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["scored"] == "target"]


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["scored"] == "text"]


def _test(rows: pd.DataFrame, settings: Statistics) -> float:
    """Test whether a task's mean probability changes."""
    ordered = rows.sort_values("prompt")
    test = stats.permutation_test(
        (ordered["probability"].to_numpy() - ordered["baseline"].to_numpy(),),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=settings.resamples,
        rng=settings.seed,
    )
    return float(test.pvalue)


def _correct(pvalues: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    if not pvalues:
        return {}
    _, corrected, *_ = multipletests(list(pvalues.values()), method="fdr_bh")
    return dict(zip(pvalues, corrected.tolist(), strict=True))


def _cross(rows: pd.DataFrame, pvalue: float | None, pvalue_corrected: float | None, settings: Statistics) -> Crossed:
    """Measure one source on one task, from all of its rows."""
    targets, texts = _targets(rows), _texts(rows)
    return Crossed(
        prompts=len(targets),
        improvement=measure_improvement(targets, settings),
        pvalue=pvalue,
        pvalue_corrected=pvalue_corrected,
        fluency=None if texts.empty else measure_fluency(texts, settings),
    )


def _measure_statement(
    rows: pd.DataFrame, statement: Statement, layers: int, settings: Statistics
) -> MeasuredStatement | None:
    if rows.empty:
        return None
    layer = int(rows["layer"].iloc[0])
    fluency = measure_fluency(_texts(rows), settings)
    return MeasuredStatement(
        layer=layer,
        asked_layer=asked_layer(statement, rows["model"].iloc[0], layers),
        depth=layer / (layers - 1) if layers > 1 else 0.0,
        sources=sorted(rows["source"].unique()),
        tasks=sorted(rows["task"].unique()),
        improvement=measure_improvement(_targets(rows), settings),
        log_probability=fluency.log_probability,
        perplexity=fluency.perplexity,
    )
