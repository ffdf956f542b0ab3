"""Whole studies without effect: simulated, measured, and judged by the same rules as the study itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sna.experiments.interference import BEST
from sna.experiments.summary import TaskImprovement, best_layers, summarize_tasks
from sna.experiments.sweep import Sweep
from sna.inputs.config import Statistics, Zones
from sna.simulation.fresh import simulate_fresh
from sna.simulation.reviews import Classified, lay_out_reviews, simulate_reviews
from sna.simulation.statements import simulate_statement
from sna.simulation.sweep import experiments_of, noise_of_sweep, simulate_sweep
from sna.statistics.fresh import Fresh
from sna.statistics.fresh_model import measure_arranged
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.interference import Interference
from sna.statistics.layers import locate_layers
from sna.statistics.predictors import compare_predictors
from sna.statistics.reviews import Asked, Certainty, measure_reviews
from sna.statistics.saturation import measure_saturation
from sna.statistics.statement_rows import MeasuredRows, lay_out
from sna.statistics.statements import StatementEffect, measure_effect
from sna.statistics.transition import Transition, measure_change
from sna.statistics.transition_prompts import pool_prompts
from sna.statistics.zones import measure_zones
from sna.verdicts.claims import Claim, decide
from sna.verdicts.words import WORDS, Kind

#: Resamples of a simulated study's bootstraps and permutation tests. With 9,999 of them 2 % of verdicts are others, as
#: many better as worse: a rate over a few hundred studies is less exact than that.
RESAMPLES = 199


@dataclass(frozen=True)
class Measures:
    """How one model's study is measured.

    Attributes
    ----------
    statistics : Statistics
    zones : Zones
    certainty : Certainty
        Of the reviews.
    layers, vocabulary : int
        How many layers and how many tokens the model has.
    """

    statistics: Statistics
    zones: Zones
    certainty: Certainty
    layers: int
    vocabulary: int


@dataclass(frozen=True)
class Findings:
    """What a study found in one model, before statistics.

    Attributes
    ----------
    sweep : Sweep
    experiments, classified : DataFrame
        Rows of tables that keep `sna.tables.EXPERIMENTS` and `sna.tables.CLASSIFIED`.
    fresh : sequence of TaskPrompts
    statements : mapping
        Of each statement on interference and each kind of verdict the prompts by which it is judged.
    """

    sweep: Sweep
    experiments: pd.DataFrame
    classified: pd.DataFrame
    fresh: Sequence[TaskPrompts]
    statements: Mapping[str, Mapping[Kind, MeasuredRows]]


def lay_out_statements(measured: pd.DataFrame) -> dict[str, dict[Kind, MeasuredRows]]:
    """Lay out what was measured for the statements on interference.

    Parameters
    ----------
    measured : DataFrame
        One model's rows of a table that keeps `sna.tables.INTERFERENCE`.

    Returns
    -------
    dict
        By statement and kind of verdict.
    """
    return {
        str(name): {
            "measured": lay_out(rows[rows["prompts"] == "evaluation"]),
            "fresh": lay_out(rows[rows["prompts"] == "fresh"]),
        }
        for name, rows in measured[measured["setting"] != BEST].groupby("setting")
    }


@dataclass(frozen=True)
class Noise:
    """What a study found, laid out so that many studies can be drawn from its noise."""

    found: Findings
    sweep: Mapping[str, np.ndarray]
    classified: Classified


def find_noise(found: Findings) -> Noise:
    """Find the noise in what a study found.

    Parameters
    ----------
    found : Findings

    Returns
    -------
    Noise
    """
    return Noise(found, noise_of_sweep(found.sweep), lay_out_reviews(found.classified))


def simulate(noise: Noise, task_improvement: TaskImprovement, rng: np.random.Generator) -> Findings:
    """Draw a study in which amplification does nothing: of the same tasks, prompts, baselines and grid.

    Parameters
    ----------
    noise : Noise
    task_improvement : {"best", "mean", "median"}
        What chooses the best layer of a category.
    rng : numpy.random.Generator

    Returns
    -------
    Findings
    """
    swept = simulate_sweep(noise.found.sweep, noise.sweep, rng)
    experiments = experiments_of(swept)
    layers = best_layers(experiments, task_improvement)
    return Findings(
        sweep=swept,
        experiments=experiments,
        fresh=simulate_fresh(noise.found.fresh, swept, layers, noise.sweep, rng),
        classified=simulate_reviews(noise.classified, rng),
        statements={
            name: {
                kind: simulate_statement(rows, swept if kind == "measured" else None, rng) for kind, rows in by.items()
            }
            for name, by in noise.found.statements.items()
        },
    )


def measure(found: Findings, own: Mapping[str, Any], measures: Measures) -> dict[str, Any]:
    """Measure what the rules decide by.

    Parameters
    ----------
    found : Findings
    own : mapping
        The study's own evidence, as `sna.verdicts.claims.judge` takes it.
    measures : Measures

    Returns
    -------
    dict
        The same evidence, with the statistics of `found` in place of the study's own. Those by which no rule decides,
        but which its texts name, are still the study's.
    """
    sweeps, settings = [found.sweep], measures.statistics
    tasks = summarize_tasks(found.experiments, settings.task_improvement)
    asked = Asked(own["reviews"].title, own["reviews"].is_sst2, own["reviews"].labels)
    selection = own["reviews"].n["selection"]
    fresh = measure_arranged(found.fresh, None, measures.vocabulary, measures.zones, settings)
    return {
        **own,
        "saturation": measure_saturation(tasks, sweeps, settings),
        "zones": measure_zones(tasks, sweeps, measures.zones, settings),
        "predictors": compare_predictors(tasks, settings),
        "layers": locate_layers(found.sweep, measures.layers, settings),
        "fresh": fresh,
        "transition": _measure_transition(found, own["transition"], fresh, measures),
        "reviews": measure_reviews(found.classified, asked, selection, measures.certainty, settings),
        "interference": _measure_interference(found, own["interference"], measures),
    }


def _measure_transition(found: Findings, own: Transition, fresh: Fresh, measures: Measures) -> Transition:
    known = pool_prompts([task for task in found.fresh if fresh.by_task[task.name].known])
    return replace(own, change=measure_change(known, measures.zones.boundaries, measures.statistics))


def _measure_interference(found: Findings, own: Interference, measures: Measures) -> Interference:
    def effects(name: str) -> dict[str, StatementEffect]:
        margin, settings = measures.zones.negligible, measures.statistics
        return {kind: measure_effect(rows, margin, settings) for kind, rows in found.statements[name].items()}

    return replace(
        own,
        statements={
            name: None if statement is None else replace(statement, **effects(name))
            for name, statement in own.statements.items()
        },
    )


def count_verdicts(
    claims: Mapping[str, Claim],
    noise: Noise,
    own: Mapping[str, Any],
    measures: Measures,
    studies: Iterable[int],
) -> dict[str, Any]:
    """Count how studies without effect are judged.

    Parameters
    ----------
    claims : mapping of str to Claim
        By id.
    noise : Noise
    own : mapping
        The study's own evidence, as `sna.verdicts.claims.judge` takes it.
    measures : Measures
    studies : iterable of int
        Numbers of the studies; each with the seed in `measures` gives a study of its own.

    Returns
    -------
    dict
        How many `studies` there were, and by the ids of `claims` and kind of verdict how many got each word.
    """
    counts = {name: {kind: Counter() for kind in WORDS if getattr(claim, kind)} for name, claim in claims.items()}
    numbers = list(studies)
    for number in numbers:
        rng = np.random.default_rng([measures.statistics.seed, number])
        # A seed for each, lest all be measured with the same resamples.
        quick = {"resamples": RESAMPLES, "seed": int(rng.integers(2**32))}
        settings = measures.statistics.model_copy(update=quick)
        evidence = measure(simulate(noise, settings.task_improvement, rng), own, replace(measures, statistics=settings))
        for name, kinds in counts.items():
            for kind, words in kinds.items():
                words[decide(name, claims[name], kind, evidence)] += 1
    return {"studies": len(numbers), "claims": counts}


def add_counts(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add what `count_verdicts` counted of several parts of the studies.

    Parameters
    ----------
    parts : sequence of mapping
        At least one.

    Returns
    -------
    dict
        Of the same form.
    """
    return {
        "studies": sum(part["studies"] for part in parts),
        "claims": {
            name: {
                kind: dict(sum((Counter(part["claims"][name][kind]) for part in parts), Counter())) for kind in kinds
            }
            for name, kinds in parts[0]["claims"].items()
        },
    }
