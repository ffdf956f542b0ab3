"""Amplify each task's neurons in one layer, under every neuron count and multiplier.

Reads a model, the tasks, the ranking and the baseline; writes the target's probability, one row an evaluation prompt
and configuration. The engine's own unamplified pass must give the baseline, or nothing is written.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, SweepResult, sweep_layer
from sna.errors import InputError
from sna.experiments.ranking import top_neurons
from sna.experiments.tabulation import tabulate_sweep
from sna.inputs.tasks import Task
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import read_tasks
from sna.tables import AMPLIFIED, BASELINE, NEURONS, read_table, write_table

# The most by which two computations of a probability may differ, relative to it.
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.5}


def check_baseline(task: Task, result: SweepResult, baseline: np.ndarray, dtype: torch.dtype) -> None:
    """Refuse a sweep that does not start from the baseline.

    Parameters
    ----------
    task : Task
    result : SweepResult
        The task's.
    baseline : ndarray, shape (prompts,)
        The target probabilities that were measured.
    dtype : torch.dtype
        The precision of the sweep.

    Raises
    ------
    InputError
        If the engine's unamplified probabilities are not those that were measured.
    """
    if not np.allclose(result.baseline.numpy(), baseline, rtol=TOLERANCE[dtype], atol=0):
        raise InputError(
            f"{task.name}: the engine's unamplified probabilities {result.baseline.tolist()} are not the measured "
            f"baseline {baseline.tolist()}; on this device the model computes something that its adapter does not know"
        )


def main(job_input, output: str, params, wildcards, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, wildcards.model, params.n_layers, params.device, threads, start_token=params.start_token)
    layer, grid, dtype = int(wildcards.layer), Grid(params.neurons, params.multipliers), getattr(torch, params.dtype)
    ranking = read_table(job_input.ranking, NEURONS)
    baselines = read_table(job_input.baseline, BASELINE).groupby("task")
    tasks = read_tasks(model, job_input.tasks)
    inputs = [SweepInput(prompts, [top_neurons(ranking, task.name, [layer])[layer]]) for task, prompts in tasks]
    tables = []
    for (task, _), result in zip(tasks, sweep_layer(model, layer, inputs, grid, dtype), strict=True):
        measured = baselines.get_group(task.name)
        check_baseline(task, result, measured["probability"].to_numpy(), dtype)
        rows = tabulate_sweep(result, grid)
        folds = measured["fold"].to_numpy()[rows["prompt"]]
        tables.append(rows.assign(model=model.name, task=task.name, layer=layer, fold=folds))
    write_table(pd.concat(tables)[list(AMPLIFIED.columns)], AMPLIFIED, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards, snakemake.threads)
