"""Score each task's best configuration on prompts that did not choose it.

Reads the experiments' prompts; writes the held-out gain of each task, their correlation with the baseline, and their
zones for each model as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.files import write_json
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.held_out import measure_held_out
from sna.tables import PROMPTS, read_table


def by_model(prompts: pd.DataFrame, zones: Zones, settings: Statistics) -> dict[str, dict]:
    return {model: asdict(measure_held_out(rows, zones, settings)) for model, rows in prompts.groupby("model")}


def main(job_input, output: str, params) -> None:
    prompts = read_table(job_input.prompts, PROMPTS)
    write_json(output, by_model(prompts, Zones(**params.zones), Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
