"""Interference as a table for readers."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sna.experiments.interference import BEST
from sna.statistics.estimate import UNDEFINED
from sna.statistics.interference import Effect, Interference
from sna.statistics.statements import SourceEffect


def tabulate_interference(results: Mapping[str, Interference]) -> pd.DataFrame:
    """Tabulate what each task's neurons do to every task, and to those of the statements.

    Parameters
    ----------
    results : mapping of str to Interference
        By model.

    Returns
    -------
    DataFrame
        One row a model, `setting` (`best`, or the name of a statement), set of prompts (`measured_on`: `evaluation` or
        `fresh`), `source`, whose neurons are amplified, and measured `task`; and one for all tasks of a statement
        together, where `task` is missing. `improvement` is that of `task`, in percent, with the ends of its interval,
        and `improvement_random` that by random neurons; `correction` names what corrected its p-value.
        `log_probability` is the change of the mean log-probability per token of whole texts, in nats,
        `log_probability_random` that by random neurons, and `log_probability_difference` the one less the other;
        perplexities are those of the texts.
    """
    return pd.DataFrame(
        [
            {"model": model, **row}
            for model, found in results.items()
            for row in (*_rows_of_matrix(found), *_rows_of_statements(found))
        ]
    )


def _rows_of_matrix(found: Interference) -> Iterator[dict[str, Any]]:
    for source, by_task in found.matrix.items():
        names = {"setting": BEST, "measured_on": "evaluation", "source": source, **vars(found.configurations[source])}
        for task, effect in by_task.items():
            yield (
                names | {"task": task, "prompts": effect.prompts} | _columns(effect) | {"correction": found.correction}
            )


def _columns(effect: Effect) -> dict[str, Any]:
    fluency = effect.fluency
    return {
        **effect.improvement.columns("improvement"),
        "improvement_random": None,
        "pvalue": effect.pvalue,
        "pvalue_corrected": effect.pvalue_corrected,
        **(fluency.log_probability if fluency else UNDEFINED).columns("log_probability"),
        "log_probability_random": None,
        **UNDEFINED.columns("log_probability_difference"),
        "perplexity_before": fluency.perplexity.before if fluency else None,
        "perplexity_after": fluency.perplexity.after if fluency else None,
    }


def _rows_of_statements(found: Interference) -> Iterator[dict[str, Any]]:
    for setting, statement in found.statements.items():
        if statement is None:
            continue
        for measured_on, effect in (("evaluation", statement.measured), ("fresh", statement.fresh)):
            for source, own in effect.sources.items():
                names = {"setting": setting, "measured_on": measured_on, "source": source, **vars(own.configuration)}
                yield from (names | row for row in _rows_of_source(own))


def _rows_of_source(own: SourceEffect) -> Iterator[dict[str, Any]]:
    for task, pair in own.tasks.items():
        yield {
            "task": task,
            "prompts": pair.prompts,
            **pair.improvement.columns("improvement"),
            "improvement_random": pair.random,
        }
    yield {
        "task": None,
        "prompts": sum(pair.prompts for pair in own.tasks.values()),
        **own.log_probability.columns("log_probability"),
        "log_probability_random": own.random,
        **own.difference.columns("log_probability_difference"),
    }
