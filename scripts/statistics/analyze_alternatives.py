"""Test whether amplification is better than what one would do instead.

Reads what was measured of every model and task under every method; writes as JSON, for each model, how the methods
compare over the tasks with doing nothing and with amplification, how often noise alone would call one better, and what
each needs; and one row a model and method as CSV.
"""

from collections.abc import Iterable

import pandas as pd

from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.alternatives_model import analyze_alternatives, tabulate_alternatives
from sna.statistics.results import by_model, write_results
from sna.tables import ALTERNATIVES, ALTERNATIVES_METHODS, ALTERNATIVES_PROSE, Table, read_table, write_csv


def main(job_input, output, params) -> None:
    def read(paths: Iterable[str], table: Table, name: str) -> pd.DataFrame:
        return table.check(pd.concat([read_table(path, table) for path in paths]), name)

    tables = by_model(
        read(job_input.answers, ALTERNATIVES, "the answers under all methods"),
        read(job_input.prose, ALTERNATIVES_PROSE, "the prose under all methods"),
        read(job_input.methods, ALTERNATIVES_METHODS, "the methods"),
    )
    settings = Statistics(**params.statistics)
    results = {model: analyze_alternatives(*rows, params.simulated_studies, settings) for model, *rows in tables}
    write_results(results, output.results)
    write_csv(tabulate_alternatives(results), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
