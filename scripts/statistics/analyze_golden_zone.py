"""Find where in the grid of neuron counts and multipliers amplification works.

Reads the experiments, and their prompts for the stability; writes the golden zone of each model and task, and how many
of a category's zones hold each configuration, as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.files import write_json
from sna.inputs.config import GoldenZone
from sna.job import job
from sna.statistics.golden_zone import find_golden_zones
from sna.tables import EXPERIMENTS, PROMPTS, read_table


def by_model(experiments: pd.DataFrame, prompts: pd.DataFrame, golden_zone: GoldenZone) -> dict[str, dict]:
    return {
        model: asdict(find_golden_zones(rows, prompts[prompts["model"] == model], golden_zone))
        for model, rows in experiments.groupby("model")
    }


def main(job_input, output: str, params) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    prompts = read_table(job_input.prompts, PROMPTS)
    write_json(output, by_model(experiments, prompts, GoldenZone(**params.golden_zone)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
