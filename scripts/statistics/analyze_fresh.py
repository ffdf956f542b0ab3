"""Measure what is left of amplification on fresh prompts, beside random neurons and other controls.

Reads what was measured on the fresh prompts of every model and task, and on neutral prose, and the models' own
configurations for the sizes of their vocabularies. Writes for each model as JSON, by task, by zone and over all tasks,
whether the gain is there, and whether the paper's other claims are; and one row a model and task as CSV.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from sna.inputs.config import Statistics, Zones
from sna.inputs.model_config import read_vocabulary
from sna.job import job
from sna.statistics.fresh_model import measure_fresh, tabulate_fresh
from sna.statistics.results import by_model, write_results
from sna.tables import FRESH, FRESH_PROMPTS, PROSE, Table, read_table, write_csv


def main(job_input, output, params) -> None:
    def read(paths: Iterable[str], table: Table, name: str) -> pd.DataFrame:
        return table.check(pd.concat([read_table(path, table) for path in paths]), name)

    tables = by_model(
        read(job_input.fresh_prompts, FRESH_PROMPTS, "the fresh prompts"),
        read(job_input.fresh, FRESH, "the gains on fresh prompts"),
        read(job_input.prose, PROSE, "the prose"),
    )
    vocabularies = {Path(path).parent.name: read_vocabulary(path) for path in job_input.model_configs}
    zones, settings = Zones(**params.zones), Statistics(**params.statistics)
    results = {
        model: measure_fresh(*rows, vocabulary=vocabularies[model], zones=zones, settings=settings)
        for model, *rows in tables
    }
    write_results(results, output.results)
    write_csv(tabulate_fresh(results), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
