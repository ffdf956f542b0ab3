"""Test whether the gains of tasks that are amplified at once add up, and what a task loses by the others.

Reads the experiments, for the tasks' categories, and the tables of several tasks at once, one a
model; writes the findings as JSON, with how many studies in which nothing happens would say the same.
"""

import pandas as pd

from sna.inputs.config import Statistics
from sna.job import job
from sna.simulation.together import add_noise
from sna.statistics.results import by_model, write_results
from sna.statistics.together import analyze_together
from sna.tables import EXPERIMENTS, TOGETHER, read_table


def main(job_input, output, params) -> None:
    measured = pd.concat([read_table(path, TOGETHER) for path in job_input.together])
    experiments, settings = read_table(job_input.experiments, EXPERIMENTS), Statistics(**params.statistics)
    results = {}
    for model, rows, own in by_model(measured, experiments):
        found = analyze_together(rows, own, params.logit_margin, settings)
        results[model] = add_noise(found, rows, params.simulated_studies, settings)
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
