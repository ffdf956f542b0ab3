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
from sna.engine.sweep import Intervention, Swept, sweep_layer
from sna.errors import InputError
from sna.experiments.controls import Draw, draw_controls
from sna.experiments.ranking import mean_activations
from sna.inputs.tasks import Task, read_task
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import tokenize_task
from sna.tables import CONTROLS, NEURONS, read_table, write_table


def mean_activation(draws: Sequence[Draw], activations: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """Return how active the amplified neurons are on average.

    Parameters
    ----------
    draws : sequence of Draw
    activations : ndarray, shape (neurons,)
    counts : sequence of int
        How many of a draw's neurons are amplified.

    Returns
    -------
    ndarray, shape (draws, counts)
    """
    return np.array([[activations[draw.neurons[:count]].mean() for count in counts] for draw in draws])


def tabulate(swept: Swept, draws: Sequence[Draw], sizes: np.ndarray, grid: Grid) -> pd.DataFrame:
    """Lay out a task's probabilities as one row a draw, configuration and prompt.

    Parameters
    ----------
    swept : Swept
        One ranking a draw.
    draws : sequence of Draw
    sizes : ndarray, shape (draws, counts)
        From `mean_activation`.
    grid : Grid
    """
    draw, count, multiplier, prompt = (index.ravel() for index in np.indices(swept.probabilities.shape))
    return pd.DataFrame(
        {
            "kind": np.array([each.kind for each in draws])[draw],
            "draw": np.array([each.number for each in draws])[draw],
            "neurons": np.array(grid.counts)[count],
            "multiplier": np.array(grid.multipliers, dtype=float)[multiplier],
            "activation": sizes[draw, count],
            "prompt": prompt,
            "baseline": swept.baseline.numpy()[prompt],
            "probability": swept.probabilities.flatten().numpy(),
        }
    )


def draw_for_task(
    model: LanguageModel, task: Task, layer: int, selected: np.ndarray, params
) -> tuple[list[Draw], np.ndarray]:
    """Return a task's draws, and how active each one's neurons are: on its selection prompts.

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
    model = load_model(Path(job_input.weights).parent, wildcards.model, params.layers, params.device, threads)
    layer, grid = int(wildcards.layer), Grid(params.neurons, params.multipliers)
    ranking = read_table(job_input.ranking, NEURONS).query("layer == @layer").groupby("task")["neuron"]
    interventions, drawn = [], {}
    for path in job_input.tasks:
        task = read_task(path)
        selected = ranking.get_group(task.name).to_numpy()[: max(grid.counts)]
        draws, sizes = draw_for_task(model, task, layer, selected, params)
        prompts = tokenize_task(model.tokenizer, task, model.anatomy.context, path)
        interventions.append(Intervention(prompts, [draw.neurons.tolist() for draw in draws]))
        drawn[task.name] = draws, sizes
    swept = sweep_layer(model, layer, interventions, grid, getattr(torch, params.dtype))
    tables = [
        tabulate(of_task, *drawn[task], grid).assign(model=model.name, task=task, layer=layer)
        for task, of_task in zip(drawn, swept, strict=True)
    ]
    write_table(pd.concat(tables)[list(CONTROLS.columns)], CONTROLS, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards, snakemake.threads)
