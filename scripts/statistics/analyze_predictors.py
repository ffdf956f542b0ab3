"""Test whether a task's baseline predicts its improvement better than its category does.

Reads the experiments; writes the two regressions of each model and the difference between them as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.experiments.summary import summarize_tasks
from sna.files import write_json
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.predictors import compare_predictors
from sna.tables import EXPERIMENTS, read_table


def by_model(experiments: pd.DataFrame, settings: Statistics) -> dict[str, dict]:
    tasks = summarize_tasks(experiments, settings.task_improvement)
    return {model: asdict(compare_predictors(rows, settings)) for model, rows in tasks.groupby("model")}


def main(job_input, output: str, params) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    write_json(output, by_model(experiments, Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
