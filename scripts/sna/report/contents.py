"""What the templates show of the evidence, as they need it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sna.inputs.tasks import Task
from sna.verdicts.claims import VERDICTS


def list_prompts(task: Task, baselines: pd.DataFrame) -> list[dict[str, Any]]:
    """List a task's evaluation prompts with their baseline probability on each model.

    Parameters
    ----------
    task : Task
        The task.
    baselines : DataFrame
        A table that keeps `sna.tables.BASELINE`, of one or more models.

    Returns
    -------
    list of dict
        `fold`, `prompt`, `target` and `baselines`, a probability or None for each model.
    """
    rows = baselines[baselines["task"] == task.name]
    probabilities = {(row.model, row.prompt): row.probability for row in rows.itertuples()}
    models = list(dict.fromkeys(baselines["model"]))
    return [
        {
            "fold": fold,
            "prompt": item.prompt,
            "target": item.target,
            "baselines": [probabilities.get((model, number)) for model in models],
        }
        for number, (fold, item) in enumerate(zip(task.evaluation_folds, task.evaluation_prompts, strict=True))
    ]


def count_verdicts(claims: Sequence[Mapping], model: str) -> dict[str, int]:
    """Count how often each verdict was passed on a model.

    Parameters
    ----------
    claims : sequence of mapping
        As claims.json holds them.
    model : str
        Its name.

    Returns
    -------
    dict of str to int
        In the order of `sna.verdicts.claims.VERDICTS`.
    """
    passed = [entry["verdict"] for claim in claims for entry in claim["models"] if entry["model"] == model]
    return {verdict: passed.count(verdict) for verdict in VERDICTS}
