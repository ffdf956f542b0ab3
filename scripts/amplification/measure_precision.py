"""Measure how far the engine's probabilities are from the reference's, on a sample.

Reads a model, the tasks and the ranking; writes the largest relative error over one prompt a task, the first, middle
and last amplified layer, and the corners of the grid of neuron counts and multipliers.
"""

from dataclasses import asdict
from pathlib import Path

import torch

from sna.engine.grid import Grid
from sna.engine.precision import measure_precision
from sna.experiments.ranking import top_neurons
from sna.files import write_json
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import read_tasks
from sna.tables import NEURONS, read_table


def ends(values: list) -> list:
    """Return the first and the last of some values, or the one that there is.

    Parameters
    ----------
    values : list

    Returns
    -------
    list
    """
    return sorted({values[0], values[-1]})


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    tasks = read_tasks(model, job_input.tasks)
    sampled = {*ends(params.layer_ids), params.layer_ids[len(params.layer_ids) // 2]}
    neuron_ids = top_neurons(read_table(job_input.ranking, NEURONS), tasks[0][0].name, list(sampled))
    grid = Grid(ends(params.neurons), ends(params.multipliers))
    dtype = getattr(torch, params.dtype)
    write_json(output, asdict(measure_precision(model, [prompts[0] for _, prompts in tasks], neuron_ids, grid, dtype)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
