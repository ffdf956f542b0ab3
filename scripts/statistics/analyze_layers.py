"""Find each category's best layer, and test whether categories differ in it.

Reads the experiments' prompts; writes the best layers of each model, with their intervals, as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.files import write_json
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.layers import locate_layers
from sna.tables import PROMPTS, read_table


def by_model(prompts: pd.DataFrame, layers: dict[str, int], settings: Statistics) -> dict[str, dict]:
    return {model: asdict(locate_layers(rows, layers[model], settings)) for model, rows in prompts.groupby("model")}


def main(job_input, output: str, params) -> None:
    prompts = read_table(job_input.prompts, PROMPTS)
    write_json(output, by_model(prompts, params.layers, Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
