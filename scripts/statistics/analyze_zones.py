"""Measure how much tasks improve in each zone of baseline probability.

Reads the experiments, and their prompts for the intervals; writes the three zones of each model as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.experiments.summary import summarize_tasks
from sna.files import write_json
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.zones import measure_zones
from sna.tables import EXPERIMENTS, PROMPTS, read_table


def by_model(experiments: pd.DataFrame, prompts: pd.DataFrame, zones: Zones, settings: Statistics) -> dict[str, dict]:
    tasks = summarize_tasks(experiments, settings.task_improvement)
    return {
        model: asdict(measure_zones(rows, prompts[prompts["model"] == model], zones, settings))
        for model, rows in tasks.groupby("model")
    }


def main(job_input, output: str, params) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    prompts = read_table(job_input.prompts, PROMPTS)
    write_json(output, by_model(experiments, prompts, Zones(**params.zones), Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
