"""Amplify each task's neurons in one layer, under every neuron count and multiplier.

Reads a model, the tasks, the ranking and the baseline; writes the target's probability, one row an evaluation prompt
and configuration. The engine's own unamplified pass must give the baseline, or nothing is written.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from sna.engine import sweep_layer
from sna.errors import InputError
from sna.job import job
from sna.model import LanguageModel, load_model
from sna.prefix_tree import pack
from sna.prompts import tokenize_task
from sna.tables import AMPLIFIED, BASELINE, NEURONS, read_table, write_table
from sna.tasks import Task, read_task

# The most by which two float32 computations of a probability may differ, relative to it.
TOLERANCE = 1e-3


def amplify(
    model: LanguageModel,
    task: Task,
    path: str,
    layer: int,
    ranked: list[int],
    baseline: np.ndarray,
    counts: list[int],
    multipliers: list[float],
) -> pd.DataFrame:
    """Sweep one task through one layer.

    Raises
    ------
    InputError
        If the engine's unamplified probabilities are not those of `baseline`.
    """
    prompts = tokenize_task(model.tokenizer, task, model.anatomy.context, path)
    unamplified, probabilities = sweep_layer(model, pack(prompts), layer, ranked, counts, multipliers)
    if not np.allclose(unamplified.numpy(), baseline, rtol=TOLERANCE, atol=0):
        raise InputError(
            f"{task.name}: the engine's unamplified probabilities {unamplified.tolist()} are not the measured baseline "
            f"{baseline.tolist()}; the model's code computes something on this device that its adapter does not know"
        )
    grid = pd.MultiIndex.from_product(
        [counts, multipliers, range(len(prompts))], names=["neurons", "multiplier", "prompt"]
    )
    table = grid.to_frame(index=False).assign(
        model=model.name,
        task=task.name,
        layer=layer,
        half=lambda rows: np.array(task.evaluation_halves)[rows["prompt"]],
        probability=probabilities.flatten().double().numpy(),
    )
    return table.astype({"multiplier": "float64", "half": "str"})[list(AMPLIFIED.columns)]


def main(job_input, output: str, params, wildcards, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, wildcards.model, params.layers, params.device, threads)
    layer = int(wildcards.layer)
    ranking = read_table(job_input.ranking, NEURONS).query("layer == @layer").groupby("task")["neuron"]
    baselines = read_table(job_input.baseline, BASELINE).groupby("task")["probability"]
    tables = []
    for path in job_input.tasks:
        task = read_task(path)
        ranked = ranking.get_group(task.name).tolist()
        baseline = baselines.get_group(task.name).to_numpy()
        tables.append(amplify(model, task, path, layer, ranked, baseline, params.neurons, params.multipliers))
    write_table(pd.concat(tables), AMPLIFIED, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards, snakemake.threads)
