"""Rank each task's neurons by differential activation.

Reads a model, the tasks and the contrast text; writes the top neurons of every layer with score and effect size.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from sna.errors import InputError
from sna.experiments.ranking import Ranking, mean_activations, rank_neurons
from sna.inputs.tasks import read_contrast, read_task
from sna.job import job
from sna.model.loading import load_model
from sna.tables import NEURONS, write_table


def tabulate(ranking: Ranking, model: str, task: str) -> pd.DataFrame:
    """Lay out a ranking in rows.

    Parameters
    ----------
    ranking : Ranking
    model, task : str
        Their names.

    Returns
    -------
    DataFrame
        Rows of a table that keeps `sna.tables.NEURONS`, one a neuron.
    """
    layers, ranks = np.indices(ranking.neuron_ids.shape)
    return pd.DataFrame(
        {
            "model": model,
            "task": task,
            "layer": layers.ravel(),
            "rank": ranks.ravel() + 1,
            "neuron": ranking.neuron_ids.ravel(),
            "score": ranking.scores.ravel(),
            "effect_size": ranking.effect_sizes.ravel(),
        }
    )


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    contrast = mean_activations(model, read_contrast(job_input.contrast).texts)
    tables = []
    for path in job_input.tasks:
        task = read_task(path)
        activations = mean_activations(model, [item.prompt for item in task.selection])
        try:
            ranking = rank_neurons(activations, contrast, params.n_neurons)
        except InputError as error:
            raise InputError(f"config.yaml: studies.{params.study}.{error} ({model_name})") from None
        tables.append(tabulate(ranking, model_name, task.name))
    write_table(pd.concat(tables), NEURONS, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
