"""Test what each task's neurons do to the other tasks.

Reads the interference tables, one a model; writes the matrix of all tasks, and the statements on whole categories, as
JSON; and one row a model, setting, source and measured task as CSV.
"""

import pandas as pd

from sna.inputs.config import Statement, Statistics
from sna.job import job
from sna.statistics.interference import analyze_interference
from sna.statistics.interference_table import tabulate_interference
from sna.statistics.results import by_model, write_results
from sna.tables import INTERFERENCE, read_table, write_csv


def main(job_input, output, params) -> None:
    measured = pd.concat([read_table(path, INTERFERENCE) for path in job_input.interference])
    statements = {name: Statement(**statement) for name, statement in params.statements.items()}
    settings = Statistics(**params.statistics)
    results = {
        model: analyze_interference(rows, statements, params.layers[model], params.margin, settings)
        for model, rows in by_model(measured)
    }
    write_results(results, output.results)
    write_csv(tabulate_interference(results), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
