"""Tabulate the three zones.

Reads statistics/zones.json; writes tables/zones.csv, one row a model and zone, unrounded; what is undefined is empty.
"""

from collections.abc import Mapping

import pandas as pd

from sna.files import read_json, write_text
from sna.job import job
from sna.summary import zone_ranges


def tabulate(statistics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return one row a model and zone.

    Parameters
    ----------
    statistics : mapping
        The content of statistics/zones.json, by model.

    Returns
    -------
    DataFrame
        `tasks` counts the zone's tasks and `names` lists them. `mean` and `best` are improvements in percent, each with
        the ends of its interval; `share_above_negligible` is a share of the tasks.
    """
    return pd.DataFrame(
        [
            _row(model, int(zone), found, zone_ranges(by_zone["boundaries"]))
            for model, by_zone in statistics.items()
            for zone, found in by_zone["zones"].items()
        ]
    )


def _row(model: str, zone: int, found: Mapping, ranges: Mapping[int, str]) -> dict[str, object]:
    mean, best = found["mean"], found["best"] or {}
    return {
        "model": model,
        "zone": zone,
        "range": ranges[zone],
        "tasks": found["n"],
        "names": ", ".join(found["tasks"]),
        "mean": mean["value"],
        "mean_low": mean["low"],
        "mean_high": mean["high"],
        "best": best.get("value"),
        "best_low": best.get("low"),
        "best_high": best.get("high"),
        "best_task": best.get("task"),
        "share_above_negligible": found["share_above_negligible"],
    }


def main(statistics: str, table: str) -> None:
    """Read the statistics, tabulate, write."""
    write_text(table, tabulate(read_json(statistics)).to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.statistics, snakemake.output[0])
