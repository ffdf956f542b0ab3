"""Test whether each task's selected neurons do better than random ones.

Reads the controls of every model and layer; writes for each model, against random and against matched draws, the share
of draws beaten, p-values, and the correlation with the baseline that random neurons give, as JSON.
"""

from dataclasses import asdict

import pandas as pd

from sna.files import write_json
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.controls import measure_controls
from sna.tables import CONTROLS, read_table


def by_model(controls: pd.DataFrame, settings: Statistics) -> dict[str, dict]:
    return {model: asdict(measure_controls(rows, settings)) for model, rows in controls.groupby("model")}


def main(job_input, output: str, params) -> None:
    controls = pd.concat([read_table(path, CONTROLS) for path in job_input.controls])
    write_json(output, by_model(CONTROLS.check(controls, "controls"), Statistics(**params.statistics)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
