"""A statement's rows as arrays."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.statistics.configuration import Configuration
from sna.statistics.logits import logit_gain
from sna.tables import INTERFERENCE


@dataclass(frozen=True)
class MeasuredSource:
    """A task whose neurons are amplified.

    Attributes
    ----------
    name : str
    configuration : Configuration
    own_gains : ndarray, shape (prompts,)
        Gains of the logits of its own targets.
    draws : int
        How many sets of random neurons stand beside its own.
    share_above : float
        Share of them that leave the texts more likely than its own neurons do, on the texts that they were measured on.
    """

    name: str
    configuration: Configuration
    own_gains: np.ndarray
    draws: int
    share_above: float


@dataclass(frozen=True)
class MeasuredTask:
    """A task that is measured under S sources, on n prompts.

    Attributes
    ----------
    name : str
    changes, random : ndarray, shape (S, n)
        Of the texts' log-probabilities, by the sources' neurons and by random ones, on average over the draws that were
        measured on the text.
    probability, random_probability : ndarray, shape (S, n)
        Of the targets, likewise.
    before, tokens : ndarray, shape (n,)
        The texts' log-probabilities without amplification, and their numbers of tokens.
    baseline : ndarray, shape (n,)
        Of the targets.
    """

    name: str
    changes: np.ndarray
    random: np.ndarray
    probability: np.ndarray
    random_probability: np.ndarray
    before: np.ndarray
    tokens: np.ndarray
    baseline: np.ndarray


@dataclass(frozen=True)
class MeasuredRows:
    """A statement on one set of prompts; sources and tasks are in alphabetical order."""

    sources: list[MeasuredSource]
    tasks: list[MeasuredTask]


def lay_out(rows: pd.DataFrame) -> MeasuredRows:
    """Lay out a statement on one set of prompts as arrays.

    Parameters
    ----------
    rows : DataFrame
        Rows of a table that keeps `sna.tables.INTERFERENCE`.

    Returns
    -------
    MeasuredRows
    """
    rows = _with_changes(rows)
    texts, targets = (rows[rows["scored"] == scored] for scored in ("text", "target"))
    own = targets[(targets["kind"] == "selected") & (targets["task"].astype(str) == targets["source"].astype(str))]
    return MeasuredRows(
        sources=[
            _lay_out_source(str(name), own[own["source"] == name], of_source)
            for name, of_source in texts.groupby("source", observed=True)
        ],
        tasks=[
            _lay_out_task(str(name), of_task, targets[targets["task"] == name])
            for name, of_task in texts.groupby("task", observed=True)
        ],
    )


def _with_changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by their keys; add the logarithm of each baseline, `before`, and by how much it changes, `change`."""
    # A probability too small for a float is 0, of which there is no logarithm.
    after, before = (
        np.log(np.maximum(rows[column].to_numpy(), np.finfo(float).tiny)) for column in ("probability", "baseline")
    )
    # Texts are slow to compare and to move.
    texts = dict.fromkeys(rows.select_dtypes("str"), "category")
    return rows.assign(before=before, change=after - before).astype(texts).sort_values(list(INTERFERENCE.keys))


def _lay_out_source(name: str, own: pd.DataFrame, texts: pd.DataFrame) -> MeasuredSource:
    layer, neurons, multiplier = texts[["layer", "neurons", "multiplier"]].iloc[0]
    changes = texts.pivot(index=["task", "prompt"], columns=["kind", "draw"], values="change")
    random = changes["random"]
    above = random.sum() > random.notna().mul(changes["selected", 0], axis=0).sum()
    return MeasuredSource(
        name=name,
        configuration=Configuration(int(layer), int(neurons), float(multiplier)),
        own_gains=logit_gain(own["probability"].to_numpy(), own["baseline"].to_numpy()),
        draws=len(above),
        share_above=float(above.mean()),
    )


def _lay_out_task(name: str, texts: pd.DataFrame, targets: pd.DataFrame) -> MeasuredTask:
    sources = texts["source"].nunique()

    def by_source(rows: pd.DataFrame, kind: str, value: str) -> np.ndarray:
        of_kind = rows[rows["kind"] == kind].groupby(["source", "prompt"], observed=True)
        return of_kind[value].mean().to_numpy().reshape(sources, -1)

    return MeasuredTask(
        name=name,
        changes=by_source(texts, "selected", "change"),
        random=by_source(texts, "random", "change"),
        probability=by_source(targets, "selected", "probability"),
        random_probability=by_source(targets, "random", "probability"),
        before=by_source(texts, "selected", "before")[0],
        tokens=by_source(texts, "selected", "tokens")[0],
        baseline=by_source(targets, "selected", "baseline")[0],
    )
