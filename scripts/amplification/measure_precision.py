"""Measure how far the engine's probabilities are from the reference's, on a sample.

Reads a model, the tasks and the ranking; writes the largest relative error over one prompt a task, the first, middle
and last amplified layer, and the corners of the grid of neuron counts and multipliers.
"""

from dataclasses import asdict
from pathlib import Path

import torch

from sna.engine.grid import Grid
from sna.engine.precision import measure_precision
from sna.files import write_json
from sna.inputs.tasks import read_task
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import tokenize_task
from sna.tables import NEURONS, read_table


def ends(values: list) -> list:
    """Return the first and the last of some values, or the one that there is."""
    return sorted({values[0], values[-1]})


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, model_name, params.layers, params.device, threads)
    tasks = {path: read_task(path) for path in job_input.tasks}
    prompts = [tokenize_task(model.tokenizer, task, model.anatomy.context, path)[0] for path, task in tasks.items()]
    ranking = read_table(job_input.ranking, NEURONS)
    first = ranking[ranking["task"] == next(iter(tasks.values())).name].groupby("layer")["neuron"]
    sampled = sorted({*ends(params.amplified), params.amplified[len(params.amplified) // 2]})
    neurons = {layer: first.get_group(layer).tolist() for layer in sampled}
    grid = Grid(ends(params.neurons), ends(params.multipliers))
    write_json(output, asdict(measure_precision(model, prompts, neurons, grid, getattr(torch, params.dtype))))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
