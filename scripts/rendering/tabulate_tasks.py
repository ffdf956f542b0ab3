"""Tabulate each task's baseline, zone, best configuration and held-out gain.

Reads the experiments and statistics/held_out.json; writes tables/tasks.csv, one row a model and task, unrounded; what
is undefined is empty.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from sna.experiments.summary import summarize_tasks, zone_of
from sna.job import job
from sna.statistics.held_out import HeldOut
from sna.statistics.results import read_results
from sna.tables import EXPERIMENTS, read_table, write_csv

COLUMNS = {
    "model": "model",
    "task": "task",
    "category": "category",
    "baseline": "baseline",
    "zone": "zone",
    "best_improvement": "best_improvement",
    "held_out": "held_out",
    "held_out_low": "held_out_low",
    "held_out_high": "held_out_high",
    "best_layer": "layer",
    "best_neurons": "neurons",
    "best_multiplier": "multiplier",
    "success_rate": "success_rate",
}


def tabulate(experiments: pd.DataFrame, held_out: Mapping[str, HeldOut], boundaries: Sequence[float]) -> pd.DataFrame:
    """Return one row a model and task.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    held_out : mapping
        By model.
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
    gains = [held_out[row.model].by_task[row.task].held_out.columns("held_out") for row in tasks.itertuples()]
    return tasks.join(pd.DataFrame(gains))[list(COLUMNS)].rename(columns=COLUMNS)


def main(job_input, output, params) -> None:
    experiments, held_out = read_table(job_input.experiments, EXPERIMENTS), read_results(job_input.held_out, HeldOut)
    write_csv(tabulate(experiments, held_out, params.zones["boundaries"]), output.exhibit)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
