"""What the templates show of the evidence, as they need it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sna.inputs.fresh import FreshPrompt
from sna.inputs.tasks import Task
from sna.verdicts.claims import Claim
from sna.verdicts.words import KINDS, Kind

#: So many fresh prompts of a task are shown.
EXAMPLES = 5
#: What is said of a verdict, with what it is called.
SAID = {"reason": "Why", "enough": "What would be enough", "caution": "What weakens it"}


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


def gather_reasons(definition: Claim, claim: Mapping) -> dict[str, list[tuple[str, str]]]:
    """Gather what is said of a claim's verdicts, each text once.

    Parameters
    ----------
    definition : Claim
    claim : mapping
        As claims.json holds it.

    Returns
    -------
    dict of str to list of (str, str)
        By what it is called, as `SAID` says: of which verdicts, empty if of all of them, and the text.
    """
    said: dict[str, dict[str, dict[Kind, list[str]]]] = {called: {} for called in SAID.values()}
    for kind in KINDS:
        for entry in claim["models"]:
            verdict = entry[kind] or {"reason": getattr(definition, f"no_{kind}")}
            for key in filter(verdict.get, SAID):
                said[SAID[key]].setdefault(verdict[key], {}).setdefault(kind, []).append(entry["model"])
    return {
        called: [(_name_verdicts(of, len(claim["models"])), text) for text, of in texts.items()]
        for called, texts in said.items()
        if texts
    }


def _name_verdicts(of: Mapping[Kind, Sequence[str]], n_models: int) -> str:
    if len(of) == len(KINDS) and all(len(models) == n_models for models in of.values()):
        return ""
    return "; ".join(
        KINDS[kind] + ("" if len(models) == n_models else f", {', '.join(models)}") for kind, models in of.items()
    )


def find_first_claims(claims: Mapping[str, Claim]) -> dict[str, str]:
    """Find the first claim that each text of a rule, of its changes, or of what is ours in a definition, stands with.

    Parameters
    ----------
    claims : mapping of str to Claim
        By id, in the order of the page.

    Returns
    -------
    dict of str to str
        The claim's id, by the text.
    """
    first: dict[str, str] = {}
    for name, claim in claims.items():
        rules = [rule.rule for rule in (claim.measured, claim.fresh) if rule]
        changes = [f"{change.what} {change.why}" for change in claim.changes]
        for text in filter(None, (claim.ours, *rules, *changes)):
            first.setdefault(text, name)
    return first
