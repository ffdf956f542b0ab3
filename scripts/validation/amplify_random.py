"""Amplify random neurons in one layer, beside each task's own.

Reads a model, the tasks and the ranking; writes the target's probability, one row an evaluation prompt, configuration
and draw: the task's selected neurons, draws of random ones, and draws of ones matched by activation.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, SweepResult, sweep_layer
from sna.errors import InputError
from sna.experiments.controls import Draw, draw_controls
from sna.experiments.ranking import mean_activations, top_neurons
from sna.experiments.tabulation import tabulate_sweep
from sna.inputs.tasks import Task
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import read_tasks
from sna.tables import CONTROLS, NEURONS, read_table, write_table


def mean_activation(draws: Sequence[Draw], activations: np.ndarray, n_neurons: Sequence[int]) -> np.ndarray:
    """Return how active the amplified neurons are on average.

    Parameters
    ----------
    draws : sequence of Draw
    activations : ndarray, shape (neurons,)
    n_neurons : sequence of int
        The neuron counts: how many of a draw's neurons are amplified.

    Returns
    -------
    ndarray, shape (draws, neuron counts)
    """
    return np.array([[activations[draw.neuron_ids[:count]].mean() for count in n_neurons] for draw in draws])


def tabulate(result: SweepResult, draws: Sequence[Draw], activations: np.ndarray, grid: Grid) -> pd.DataFrame:
    """Lay out a task's probabilities in rows.

    Parameters
    ----------
    result : SweepResult
        One ranking a draw.
    draws : sequence of Draw
    activations : ndarray, shape (draws, neuron counts)
        From `mean_activation`.
    grid : Grid

    Returns
    -------
    DataFrame
        One row a draw, configuration and prompt, with columns of `sna.tables.CONTROLS`.
    """
    rows = tabulate_sweep(result, grid)
    of_draws = pd.DataFrame({"kind": [draw.kind for draw in draws], "draw": [draw.number for draw in draws]})
    counts = np.searchsorted(grid.n_neurons, rows["neurons"])
    return rows.join(of_draws, on="ranking").assign(activation=activations[rows["ranking"], counts])


def draw_for_task(
    model: LanguageModel, task: Task, layer: int, selected: np.ndarray, params
) -> tuple[list[Draw], np.ndarray]:
    """Return a task's draws, and how active each one's neurons are on its selection prompts.

    Parameters
    ----------
    model : LanguageModel
    task : Task
    layer : int
    selected : ndarray of int, shape (ranks,)
        The task's top neurons in the layer.
    params
        The stage's.

    Returns
    -------
    draws : list of Draw
    activations : ndarray, shape (draws, neuron counts)

    Raises
    ------
    InputError
        If the layer is too small for so many neurons.
    """
    activations = mean_activations(model, [item.prompt for item in task.selection])[:, layer].mean(axis=0)
    try:
        draws = draw_controls(
            selected, activations, params.draws, params.seed, model=model.name, task=task.name, layer=layer
        )
    except InputError as error:
        raise InputError(f"config.yaml: studies.{params.study}.controls.{error} ({model.name})") from None
    return draws, mean_activation(draws, activations, params.neurons)


def main(job_input, output: str, params, wildcards, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, wildcards.model, params.n_layers, params.device, threads)
    layer, grid = int(wildcards.layer), Grid(params.neurons, params.multipliers)
    ranking = read_table(job_input.ranking, NEURONS)
    inputs, drawn = [], {}
    for task, prompts in read_tasks(model, job_input.tasks):
        selected = np.array(top_neurons(ranking, task.name, [layer])[layer][: max(grid.n_neurons)])
        drawn[task.name] = draw_for_task(model, task, layer, selected, params)
        inputs.append(SweepInput(prompts, [draw.neuron_ids.tolist() for draw in drawn[task.name][0]]))
    results = sweep_layer(model, layer, inputs, grid, getattr(torch, params.dtype))
    tables = [
        tabulate(result, *drawn[task], grid).assign(model=model.name, task=task, layer=layer)
        for task, result in zip(drawn, results, strict=True)
    ]
    write_table(pd.concat(tables)[list(CONTROLS.columns)], CONTROLS, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards, snakemake.threads)
