"""What one category's neurons do to another category's tasks: the config's statements on interference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sna.experiments.aggregation import improvement
from sna.experiments.interference import asked_layer
from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.effects import Perplexity
from sna.statistics.estimate import UNDEFINED, Estimate, defined, mean_estimate, percentile_interval
from sna.statistics.statement_figures import Figures, measure, resample
from sna.statistics.statement_rows import MeasuredRows, MeasuredTask, lay_out


@dataclass(frozen=True)
class PairEffect:
    """What one source's neurons do to the target probability of one task.

    Attributes
    ----------
    prompts : int
    improvement : Estimate
        In percent; bootstrap over prompts.
    random : float or None
        The improvement by random neurons, on average over the draws.
    equivalence : {"inside", "outside", "undecided"}
        Whether the whole interval lies inside the margin, or outside it on one side; undecided where it does neither.
    """

    prompts: int
    improvement: Estimate
    random: float | None
    equivalence: Literal["inside", "outside", "undecided"]


@dataclass(frozen=True)
class SourceEffect:
    """What the neurons of one source do, and random neurons of the same number, layer and multiplier.

    Attributes
    ----------
    configuration : Configuration
        The source's best one at the statement's layer.
    own_gain : Estimate
        Mean gain of the logit of the source's own targets; t interval over prompts.
    log_probability : Estimate
        Change of the mean log-probability per token of the measured tasks' whole texts, in nats; bootstrap over texts.
    random : float
        The same by random neurons, on average over the draws.
    difference : Estimate
        The former less the latter; bootstrap over texts.
    draws : int
        How many sets of random neurons there are.
    share_above : float
        Share of the draws that leave the texts more likely than the source's neurons do, on the draw's own texts.
    tasks : dict
        By measured task.
    """

    configuration: Configuration
    own_gain: Estimate
    log_probability: Estimate
    random: float
    difference: Estimate
    draws: int
    share_above: float
    tasks: dict[str, PairEffect]


@dataclass(frozen=True)
class StatementEffect:
    """A statement on one set of prompts. Sources stand for their category: means over them have t intervals.

    Attributes
    ----------
    prompts : int
        Of the measured task that has the fewest.
    log_probability : Estimate
        Mean over the sources of the change of the mean log-probability per token, in nats.
    random : float
        The same by random neurons.
    difference : Estimate
        Mean over the sources of the former less the latter.
    perplexity : Perplexity
        Of the whole texts, on average over sources.
    improvement : Estimate
        Mean over sources and tasks, in percent; bootstrap over prompts, sources and tasks as they are.
    inside, outside, undecided : int
        So many pairs of a source and a task are equivalent, different, or neither of both for certain.
    own_gain : Estimate
        Mean gain of the logit of the sources' own targets; t interval over the prompts of all sources.
    acts : bool
        Whether amplification does something at all here: the interval of `own_gain` lies above 0.
    sources : dict
        By source.
    """

    prompts: int
    log_probability: Estimate
    random: float
    difference: Estimate
    perplexity: Perplexity
    improvement: Estimate
    inside: int
    outside: int
    undecided: int
    own_gain: Estimate
    acts: bool
    sources: dict[str, SourceEffect]


@dataclass(frozen=True)
class MeasuredStatement:
    """What one category's neurons do to another's tasks.

    Attributes
    ----------
    layer, asked_layer : int
        The layer that was amplified, the nearest of the sweep to the one that the statement is about.
    depth : float
        Of the amplified layer, from 0 (first) to 1 (last).
    margin : float
        The change in percent, in either direction, that counts as none.
    tasks : list of str
        What was measured.
    measured : StatementEffect
        On the evaluation prompts, which chose the sources' configurations.
    fresh : StatementEffect
        On fresh prompts, which had no part in any choice.
    """

    layer: int
    asked_layer: int
    depth: float
    margin: float
    tasks: list[str]
    measured: StatementEffect
    fresh: StatementEffect


def measure_statements(
    measured: pd.DataFrame, statements: Mapping[str, Statement], layers: int, margin: float, settings: Statistics
) -> dict[str, MeasuredStatement | None]:
    """Say what the statements' categories do to one another.

    Whole texts are compared with what random neurons of the same number, layer and multiplier do to them, since any
    amplification may degrade a text. Random neurons are measured on a part of the texts each, and averaged text by text
    before anything is compared. That a task is unaffected is tested pair by pair: its improvement is equivalent to none
    if the whole interval lies inside the margin [1]_, so that harm to one task cannot hide behind help to another.

    Parameters
    ----------
    measured : DataFrame
        One model's rows of a table that keeps `sna.tables.INTERFERENCE`; those of no statement are ignored.
    statements : mapping of str to Statement
        By their names.
    layers : int
        How many layers the model has.
    margin : float
        The change in percent, in either direction, that counts as none.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to MeasuredStatement or None
        By the statements' names; None if the study lacks tasks of either category.

    References
    ----------
    .. [1] D. J. Schuirmann, A Comparison of the Two One-Sided Tests Procedure and the Power Approach for Assessing the
       Equivalence of Average Bioavailability, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987), 657-680.
    """
    found: dict[str, MeasuredStatement | None] = dict.fromkeys(statements)
    for name, rows in measured[measured["setting"].isin(found)].groupby("setting"):
        layer = int(rows["layer"].iloc[0])
        found[str(name)] = MeasuredStatement(
            layer=layer,
            asked_layer=asked_layer(statements[str(name)], rows["model"].iloc[0], layers),
            depth=layer / (layers - 1) if layers > 1 else 0.0,
            margin=margin,
            tasks=sorted(rows.loc[rows["scored"] == "text", "task"].unique()),
            measured=measure_effect(lay_out(rows[rows["prompts"] == "evaluation"]), margin, settings),
            fresh=measure_effect(lay_out(rows[rows["prompts"] == "fresh"]), margin, settings),
        )
    return found


def measure_effect(rows: MeasuredRows, margin: float, settings: Statistics) -> StatementEffect:
    """Measure a statement on one set of prompts.

    Parameters
    ----------
    rows : MeasuredRows
    margin, settings
        As `measure_statements` takes them.

    Returns
    -------
    StatementEffect
    """
    found, resampled = measure(rows.tasks), resample(rows.tasks, settings)
    sources = {
        source.name: SourceEffect(
            configuration=source.configuration,
            own_gain=mean_estimate(source.own_gains, settings),
            log_probability=_estimate(found.changes[place], resampled.changes[place], settings),
            random=float(found.random[place]),
            difference=_estimate(found.differences[place], resampled.differences[place], settings),
            draws=source.draws,
            share_above=source.share_above,
            tasks={
                task.name: _pair(task, place, _estimate(*improvements, settings), margin)
                for task, *improvements in zip(
                    rows.tasks, found.improvements[:, place], resampled.improvements[:, place], strict=True
                )
            },
        )
        for place, source in enumerate(rows.sources)
    }
    equivalences = [pair.equivalence for source in sources.values() for pair in source.tasks.values()]
    own_gain = mean_estimate(np.concatenate([source.own_gains for source in rows.sources]), settings)
    return StatementEffect(
        prompts=min(len(task.tokens) for task in rows.tasks),
        log_probability=mean_estimate(found.changes, settings),
        random=float(found.random.mean()),
        difference=mean_estimate(found.differences, settings),
        perplexity=_perplexity(rows.tasks, found),
        improvement=_estimate(found.improvements.mean(axis=(0, 1)), resampled.improvements.mean(axis=(0, 1)), settings),
        inside=equivalences.count("inside"),
        outside=equivalences.count("outside"),
        undecided=equivalences.count("undecided"),
        own_gain=own_gain,
        acts=own_gain.low is not None and own_gain.low > 0,
        sources=sources,
    )


def _estimate(value: np.ndarray, resampled: np.ndarray, settings: Statistics) -> Estimate:
    if not np.isfinite(value):
        return UNDEFINED
    return Estimate(float(value), *percentile_interval(resampled, settings.confidence_level))


def _pair(task: MeasuredTask, source: int, found: Estimate, margin: float) -> PairEffect:
    with np.errstate(divide="ignore", invalid="ignore"):
        random = improvement(task.random_probability[source].mean(), task.baseline.mean())
    return PairEffect(len(task.tokens), found, defined(random), equivalence(found, margin))


def equivalence(found: Estimate, margin: float) -> Literal["inside", "outside", "undecided"]:
    """Say whether an interval lies inside a margin around 0, or outside it on one side.

    Parameters
    ----------
    found : Estimate
    margin : float
        In its unit.

    Returns
    -------
    {"inside", "outside", "undecided"}
    """
    if found.low is None or found.high is None:
        return "undecided"
    if -margin <= found.low and found.high <= margin:
        return "inside"
    return "outside" if found.low > margin or found.high < -margin else "undecided"


def _perplexity(tasks: Sequence[MeasuredTask], found: Figures) -> Perplexity:
    before = sum(task.before.sum() for task in tasks) / sum(task.tokens.sum() for task in tasks)
    return Perplexity(before=defined(np.exp(-before)), after=defined(np.exp(-before - found.changes.mean())))
