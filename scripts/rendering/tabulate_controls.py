"""Tabulate the selected neurons against random ones.

Reads statistics/controls.json; writes tables/controls.csv, one row a model, kind of draws and task, unrounded.
"""

from collections.abc import Mapping

import pandas as pd

from sna.files import read_json
from sna.job import job
from sna.tables import write_csv


def tabulate(statistics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return one row a model, kind of draws and task.

    Parameters
    ----------
    statistics : mapping
        The content of statistics/controls.json, by model.

    Returns
    -------
    DataFrame
        `selected` and `drawn` are improvements in percent, the latter the mean over the draws with the ends of their
        central interval; `share_beaten` is a share of the draws; `pvalue_corrected` is corrected as `correction` says.
    """
    return pd.DataFrame(
        [
            _row(model, kind, task, found) | {"correction": comparison["correction"]}
            for model, measured in statistics.items()
            for kind, comparison in measured["kinds"].items()
            for task, found in comparison["by_task"].items()
        ]
    )


def _row(model: str, kind: str, task: str, found: Mapping) -> dict[str, object]:
    drawn = found["drawn"]
    return {
        "model": model,
        "kind": kind,
        "task": task,
        "selected": found["selected"],
        "drawn": drawn["value"],
        "drawn_low": drawn["low"],
        "drawn_high": drawn["high"],
        "share_beaten": found["share_beaten"],
        "pvalue": found["pvalue"],
        "pvalue_corrected": found["pvalue_corrected"],
    }


def main(statistics: str, table: str) -> None:
    """Read the statistics, tabulate, write."""
    write_csv(tabulate(read_json(statistics)), table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.controls, snakemake.output[0])
