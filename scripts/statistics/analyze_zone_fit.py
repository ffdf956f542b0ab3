"""Fit the boundary of zones that the data themselves show.

Reads the experiments; writes the breakpoint of improvement over baseline of each model, with its interval, as JSON.
"""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from sna.experiments.summary import summarize_tasks
from sna.files import write_json
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.zone_fit import fit_zones
from sna.tables import EXPERIMENTS, read_table


def by_model(experiments: pd.DataFrame, boundaries: Sequence[float], settings: Statistics) -> dict[str, dict]:
    tasks = summarize_tasks(experiments, settings.task_improvement)
    return {model: asdict(fit_zones(rows, boundaries, settings)) for model, rows in tasks.groupby("model")}


def main(job_input, output: str, params) -> None:
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    write_json(output, by_model(experiments, params.boundaries, Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
