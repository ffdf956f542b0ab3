"""Test whether saturation is more than the percent scale makes of it.

Reads the experiments and their prompts; writes the null model of each model, the gains on the logit scale, and their
correlation over prompts as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.files import write_json
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.logits import at_best_configuration
from sna.statistics.null_model import measure_null_model
from sna.tables import EXPERIMENTS, PROMPTS, read_table


def by_model(experiments: pd.DataFrame, prompts: pd.DataFrame, settings: Statistics) -> dict[str, dict]:
    chosen = at_best_configuration(experiments, prompts)
    return {model: asdict(measure_null_model(rows, settings)) for model, rows in chosen.groupby("model")}


def main(job_input, output: str, params) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    prompts = read_table(job_input.prompts, PROMPTS)
    write_json(output, by_model(experiments, prompts, Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
