"""Measure each evaluation prompt's target probability, before any amplification.

Reads a model and the tasks; writes one row a prompt. It runs the model as it is, prompt by prompt, and so is also what
the engine's own baseline is held against.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

from sna.engine.reference import log_probability
from sna.inputs.tasks import Task
from sna.job import job
from sna.model.loading import LanguageModel, finite, load_model
from sna.model.prompts import TokenizedPrompt, read_tasks
from sna.tables import BASELINE, write_table


def measure(model: LanguageModel, task: Task, prompts: Sequence[TokenizedPrompt], seed: int) -> pd.DataFrame:
    """Return the target probabilities of a task's evaluation prompts.

    Parameters
    ----------
    model : LanguageModel
    task : Task
    prompts : sequence of TokenizedPrompt
        The task's evaluation prompts, as tokens.
    seed : int
        Splits them into folds.

    Returns
    -------
    DataFrame
        Rows of a table that keeps `sna.tables.BASELINE`, one a prompt.
    """
    probabilities = torch.tensor([math.exp(log_probability(model, prompt)) for prompt in prompts], dtype=torch.float64)
    return pd.DataFrame(
        {
            "model": model.name,
            "task": task.name,
            "category": task.category,
            "prompt": range(len(prompts)),
            "fold": task.folds(seed),
            "start": model.start_text,
            "text": [item.prompt for item in task.evaluation],
            "target": [item.target for item in task.evaluation],
            "probability": finite(probabilities, f"{model.name}, {task.name}").numpy(),
        }
    )


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    tables = [measure(model, task, prompts, params.seed) for task, prompts in read_tasks(model, job_input.tasks)]
    write_table(pd.concat(tables), BASELINE, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
