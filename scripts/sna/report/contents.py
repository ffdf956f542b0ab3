"""What the templates show of the evidence, as they need it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task

#: So many fresh prompts of a task are shown.
EXAMPLES = 5


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
    folds = dict(zip(rows["prompt"], rows["fold"], strict=True))
    probabilities = {(row.model, row.prompt): row.probability for row in rows.itertuples()}
    models = list(dict.fromkeys(baselines["model"]))
    return [
        {
            "fold": folds[number],
            "prompt": item.prompt,
            "target": item.target,
            "baselines": [probabilities.get((model, number)) for model in models],
        }
        for number, item in enumerate(task.evaluation)
    ]


def pick_examples(bank: Sequence[FreshPrompt]) -> list[FreshPrompt]:
    """Pick a few prompts of a bank, evenly spread over it.

    Parameters
    ----------
    bank : sequence of FreshPrompt

    Returns
    -------
    list of FreshPrompt
        `EXAMPLES` of them, or all if there are fewer.
    """
    n = min(EXAMPLES, len(bank))
    return [bank[number * len(bank) // n] for number in range(n)]


def count_earned_by_noise(claims: Sequence[Mapping], model: str, above: float) -> int:
    """Count the verdicts, as the paper measured it, that speak for a claim and that noise alone would often earn.

    Parameters
    ----------
    claims : sequence of mapping
        As claims.json holds them.
    model : str
        Its name.
    above : float
        The share of simulated studies above which that is often.

    Returns
    -------
    int
    """
    earned = [entry["measured"]["noise"] for claim in claims for entry in claim["models"] if entry["model"] == model]
    return sum(share is not None and share > above for share in earned)
