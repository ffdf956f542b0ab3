"""Tabulate each task's baseline, zone, best configuration and held-out gain.

Reads the experiments and statistics/held_out.json; writes tables/tasks.csv, one row a model and task, unrounded; what
is undefined is empty.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from sna.experiments.summary import summarize_tasks, zone_of
from sna.files import read_json
from sna.job import job
from sna.tables import EXPERIMENTS, read_table, write_csv

COLUMNS = {
    "model": "model",
    "task": "task",
    "category": "category",
    "baseline": "baseline",
    "zone": "zone",
    "best_improvement": "best_improvement",
    "value": "held_out",
    "low": "held_out_low",
    "high": "held_out_high",
    "best_layer": "layer",
    "best_neurons": "neurons",
    "best_multiplier": "multiplier",
    "success_rate": "success_rate",
}


def tabulate(experiments: pd.DataFrame, held_out: Mapping[str, Mapping], boundaries: Sequence[float]) -> pd.DataFrame:
    """Return one row a model and task.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    held_out : mapping
        The content of statistics/held_out.json, by model.
    boundaries : sequence of float
        The two baseline probabilities between the three zones.

    Returns
    -------
    DataFrame
        `baseline` is a probability; `best_improvement` is in percent, and of the configuration that `layer`, `neurons`
        and `multiplier` name; `held_out` is the improvement in percent on prompts that did not choose the
        configuration, with the ends of its interval; `success_rate` is a share.
    """
    tasks = summarize_tasks(experiments, "best")
    tasks["zone"] = [zone_of(baseline, boundaries) for baseline in tasks["baseline"]]
    gains = pd.DataFrame([held_out[row.model]["by_task"][row.task]["held_out"] for row in tasks.itertuples()])
    return tasks.join(gains)[list(COLUMNS)].rename(columns=COLUMNS)


def main(experiments: str, held_out: str, boundaries: Sequence[float], table: str) -> None:
    """Read the experiments and the held-out gains, tabulate, write."""
    rows = tabulate(read_table(experiments, EXPERIMENTS), read_json(held_out), boundaries)
    write_csv(rows, table)


if __name__ == "__main__":
    with job(snakemake):
        main(
            snakemake.input.experiments,
            snakemake.input.held_out,
            snakemake.params.zones["boundaries"],
            snakemake.output[0],
        )
