"""Test whether each task's selected neurons do better than random ones.

Reads the controls of every model and layer, and the baselines for the tasks' categories; writes for each model, against
random and against matched draws, the share of draws beaten, p-values, and the correlation with the baseline that random
neurons give, as JSON; and one row a model, kind of draws and task as CSV.
"""

import pandas as pd

from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.controls import measure_controls, tabulate_controls
from sna.statistics.results import by_model, write_results
from sna.tables import BASELINE, CONTROLS, read_table, write_csv


def main(job_input, output, params) -> None:
    controls = pd.concat([read_table(path, CONTROLS) for path in job_input.controls])
    baselines = pd.concat([read_table(path, BASELINE) for path in job_input.baselines])
    categories = baselines.groupby("task")["category"].first().to_dict()
    settings = Statistics(**params.statistics)
    results = {
        model: measure_controls(rows, categories, settings)
        for model, rows in by_model(CONTROLS.check(controls, "controls"))
    }
    write_results(results, output.results)
    write_csv(tabulate_controls(results), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
