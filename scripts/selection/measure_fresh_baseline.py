"""Measure each fresh prompt's target probability, before any amplification.

Reads a model and the banks of fresh prompts; writes one row a prompt, of those that the study will measure its choices
on. Of a task they are many times as many as its evaluation prompts, and so tell before the sweep more surely in which
zone the model meets it.
"""

from pathlib import Path

import pandas as pd

from sna.experiments.confirmation import measure_unamplified
from sna.experiments.fresh import choose_prompts, generator
from sna.inputs.fresh import read_fresh
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.tables import FRESH_BASELINE, write_table


def measure(model: LanguageModel, path: str, count: int, seed: int) -> pd.DataFrame:
    """Return the target probabilities of a task's fresh prompts.

    Parameters
    ----------
    model : LanguageModel
    path : str
        The task's bank, which has its name.
    count : int
        How many prompts of it.
    seed : int
        Draws them.

    Returns
    -------
    DataFrame
        Rows of a table that keeps `sna.tables.FRESH_BASELINE`, one a prompt.
    """
    task = Path(path).stem
    prompts = choose_prompts(model, read_fresh(path), count, generator(seed, task, "prompts"), path)
    probabilities = measure_unamplified(model, prompts)
    rows = {"model": model.name, "task": task, "prompt": probabilities.index, "probability": probabilities}
    return pd.DataFrame(rows)


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    tables = [measure(model, bank, params.prompts, params.seed) for bank in job_input.banks]
    write_table(pd.concat(tables), FRESH_BASELINE, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
