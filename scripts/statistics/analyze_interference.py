"""Test what each task's neurons do to the other tasks.

Reads the crossed tables, one a model; writes the matrix of all tasks, and the statements on whole categories, as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from sna.files import write_json
from sna.inputs.config import Statement, Statistics
from sna.job import job
from sna.statistics.interference import measure_interference
from sna.tables import CROSSED, read_table


def by_model(
    crossed: Sequence[pd.DataFrame],
    statements: Mapping[str, Statement],
    layers: Mapping[str, int],
    settings: Statistics,
) -> dict[str, dict]:
    return {
        model: asdict(measure_interference(rows, statements, layers[model], settings))
        for model, rows in pd.concat(crossed).groupby("model")
    }


def main(job_input, output: str, params) -> None:
    crossed = [read_table(path, CROSSED) for path in job_input.interference]
    statements = {name: Statement(**statement) for name, statement in params.interference.items()}
    write_json(output, by_model(crossed, statements, params.layers, Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
