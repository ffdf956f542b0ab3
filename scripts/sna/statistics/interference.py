"""What does amplifying one task's neurons do to the other tasks?"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from sna.experiments.interference import BEST, asked_layer
from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.effects import Fluency, Perplexity, measure_fluency, measure_improvement
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.permutation import sign_flip_pvalue


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
    matrix: dict[str, dict[str, Effect]]
    harmed: int
    helped: int
    pairs: int
    correction: str
    statements: dict[str, MeasuredStatement | None]


def analyze_interference(
    measured: pd.DataFrame, statements: Mapping[str, Statement], layers: int, settings: Statistics
) -> Interference:
    """Say what each task's neurons do to every task, and what the statements say of whole categories.

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
    measured : DataFrame
        One model's rows of a table that keeps `sna.tables.INTERFERENCE`.
    statements : mapping of str to Statement
        By their names.
    layers : int
        How many layers the model has.
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
        statements={
            name: _measure_statement(measured[measured["setting"] == name], statement, layers, settings)
            for name, statement in statements.items()
        },
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


def tabulate_interference(results: Mapping[str, Interference]) -> pd.DataFrame:
    """Tabulate what each task's best configuration does to every task.

    Parameters
    ----------
    results : mapping of str to Interference
        By model.

    Returns
    -------
    DataFrame
        One row a model, source and measured task. `layer`, `neurons` and `multiplier` are the best configuration of
        `source`, the task whose neurons are amplified. `improvement` is that of `task`, in percent, with the ends of
        its interval; `correction` names what corrected its p-value. Where whole texts were measured, `log_probability`
        is the change of their mean log-probability per token, in nats, and the perplexities are theirs.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "source": source,
                **vars(found.configurations[source]),
                "task": task,
                **_columns(effect),
                "correction": found.correction,
            }
            for model, found in results.items()
            for source, by_task in found.matrix.items()
            for task, effect in by_task.items()
        ]
    )


def _columns(effect: Effect) -> dict[str, float | None]:
    fluency = effect.fluency or Fluency(UNDEFINED, Perplexity(None, None))
    return {
        "prompts": effect.prompts,
        **effect.improvement.columns("improvement"),
        "pvalue": effect.pvalue,
        "pvalue_corrected": effect.pvalue_corrected,
        **fluency.log_probability.columns("log_probability"),
        "perplexity_before": fluency.perplexity.before,
        "perplexity_after": fluency.perplexity.after,
    }
