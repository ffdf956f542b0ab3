"""Measure how many configurations improve.

Reads the experiments; writes the success rate of each model, over all and by task, category and zone, as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.experiments.summary import summarize_tasks
from sna.files import write_json
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.success import measure_success
from sna.tables import EXPERIMENTS, read_table


def by_model(experiments: pd.DataFrame, zones: Zones, settings: Statistics) -> dict[str, dict]:
    tasks = summarize_tasks(experiments, settings.task_improvement)
    return {model: asdict(measure_success(rows, zones, settings)) for model, rows in tasks.groupby("model")}


def main(job_input, output: str, params) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    write_json(output, by_model(experiments, Zones(**params.zones), Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
