"""Amplify each task's neurons in one layer, under every neuron count and multiplier.

Reads a model, the tasks, the ranking and the baseline; writes the target's probability, one row an evaluation prompt
and configuration. The engine's own unamplified pass must give the baseline, or nothing is written.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sna.engine.grid import Grid
from sna.engine.sweep import Intervention, Swept, sweep_layer
from sna.errors import InputError
from sna.inputs.tasks import Task, read_task
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import tokenize_task
from sna.tables import AMPLIFIED, BASELINE, NEURONS, read_table, write_table

# The most by which two computations of a probability may differ, relative to it.
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.5}


def check_baseline(task: Task, swept: Swept, baseline: np.ndarray, dtype: torch.dtype) -> None:
    """Refuse a sweep that does not start from the baseline.

    Raises
    ------
    InputError
        If the engine's unamplified probabilities are not those that were measured.
    """
    if not np.allclose(swept.baseline.numpy(), baseline, rtol=TOLERANCE[dtype], atol=0):
        raise InputError(
            f"{task.name}: the engine's unamplified probabilities {swept.baseline.tolist()} are not the measured "
            f"baseline {baseline.tolist()}; on this device the model computes something that its adapter does not know"
        )


def tabulate(model: str, task: Task, layer: int, swept: Swept, params) -> pd.DataFrame:
    """Lay out a task's probabilities as one row a configuration and prompt."""
    axes = {"neurons": params.neurons, "multiplier": params.multipliers, "prompt": range(len(swept.baseline))}
    table = pd.MultiIndex.from_product(axes.values(), names=axes.keys()).to_frame(index=False)
    table = table.assign(
        model=model,
        task=task.name,
        layer=layer,
        fold=np.array(task.evaluation_folds)[table["prompt"]],
        probability=swept.probabilities.flatten().numpy(),
    )
    return table.astype({"multiplier": "float64", "fold": "str"})[list(AMPLIFIED.columns)]


def main(job_input, output: str, params, wildcards, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, wildcards.model, params.layers, params.device, threads)
    layer = int(wildcards.layer)
    ranking = read_table(job_input.ranking, NEURONS).query("layer == @layer").groupby("task")["neuron"]
    baselines = read_table(job_input.baseline, BASELINE).groupby("task")["probability"]
    tasks = {path: read_task(path) for path in job_input.tasks}
    interventions = [
        Intervention(
            tokenize_task(model.tokenizer, task, model.anatomy.context, path),
            [ranking.get_group(task.name).tolist()],
        )
        for path, task in tasks.items()
    ]
    dtype = getattr(torch, params.dtype)
    swept = sweep_layer(model, layer, interventions, Grid(params.neurons, params.multipliers), dtype)
    tables = []
    for task, of_task in zip(tasks.values(), swept, strict=True):
        check_baseline(task, of_task, baselines.get_group(task.name).to_numpy(), dtype)
        tables.append(tabulate(model.name, task, layer, of_task, params))
    write_table(pd.concat(tables), AMPLIFIED, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards, snakemake.threads)
