"""Tabulate each task's baseline, zone and best configuration.

Reads the experiments; writes tables/tasks.csv, one row a model and task, unrounded.
"""

from collections.abc import Sequence

import pandas as pd

from sna.files import write_text
from sna.job import job
from sna.summary import summarize_tasks, zone_of
from sna.tables import EXPERIMENTS, read_table

COLUMNS = {
    "model": "model",
    "task": "task",
    "category": "category",
    "baseline": "baseline",
    "zone": "zone",
    "best_improvement": "best_improvement",
    "best_layer": "layer",
    "best_neurons": "neurons",
    "best_multiplier": "multiplier",
    "success_rate": "success_rate",
}


def tabulate(experiments: pd.DataFrame, boundaries: Sequence[float]) -> pd.DataFrame:
    """Return one row a model and task.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    boundaries : sequence of float
        The two baseline probabilities between the three zones.

    Returns
    -------
    DataFrame
        `baseline` is a probability; `best_improvement` is in percent, and of the configuration that `layer`, `neurons`
        and `multiplier` name; `success_rate` is a share.
    """
    tasks = summarize_tasks(experiments, "best")
    tasks["zone"] = [zone_of(baseline, boundaries) for baseline in tasks["baseline"]]
    return tasks[list(COLUMNS)].rename(columns=COLUMNS)


def main(experiments: str, boundaries: Sequence[float], table: str) -> None:
    """Read the experiments, tabulate, write."""
    rows = tabulate(read_table(experiments, EXPERIMENTS), boundaries)
    write_text(table, rows.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.experiments, snakemake.params.zones["boundaries"], snakemake.output[0])
