"""Measure each evaluation prompt's target probability, before any amplification.

Reads a model and the tasks; writes one row a prompt. It runs the model as it is, prompt by prompt, and so is also what
the engine's own baseline is held against.
"""

import math
from pathlib import Path

import pandas as pd
import torch

from sna.engine.reference import log_probability
from sna.inputs.tasks import Task, read_task
from sna.job import job
from sna.model.loading import LanguageModel, finite, load_model
from sna.model.prompts import tokenize_task
from sna.tables import BASELINE, write_table


def measure(model: LanguageModel, task: Task, path: str) -> pd.DataFrame:
    """Return one row an evaluation prompt of a task."""
    prompts = tokenize_task(model.tokenizer, task, model.anatomy.context, path)
    probabilities = torch.tensor([math.exp(log_probability(model, prompt)) for prompt in prompts], dtype=torch.float64)
    return pd.DataFrame(
        {
            "model": model.name,
            "task": task.name,
            "category": task.category,
            "prompt": range(len(prompts)),
            "fold": task.evaluation_folds,
            "text": [item.prompt for item in task.evaluation_prompts],
            "target": [item.target for item in task.evaluation_prompts],
            "probability": finite(probabilities, f"{model.name}, {path}").numpy(),
        }
    )


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, model_name, params.layers, params.device, threads)
    tables = [measure(model, read_task(path), path) for path in job_input.tasks]
    write_table(pd.concat(tables), BASELINE, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
