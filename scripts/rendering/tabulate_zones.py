"""Tabulate the three zones: their tasks' improvements, in sample and held out.

Reads statistics/zones.json and statistics/held_out.json; writes tables/zones.csv, one row a model and zone, unrounded;
what is undefined is empty.
"""

from collections.abc import Mapping

import pandas as pd

from sna.experiments.summary import zone_ranges
from sna.files import read_json
from sna.job import job
from sna.tables import write_csv


def tabulate(statistics: Mapping[str, Mapping], held_out: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return one row a model and zone.

    Parameters
    ----------
    statistics : mapping
        The content of statistics/zones.json, by model.
    held_out : mapping
        The content of statistics/held_out.json, by model.

    Returns
    -------
    DataFrame
        `tasks` counts the zone's tasks and `names` lists them. `mean` and `best` are improvements in percent, each with
        the ends of its interval; `share_above_negligible` is a share of the tasks. What begins with `held_out` is the
        same of the gains on prompts that did not choose the configuration.
    """
    return pd.DataFrame(
        [
            _row(model, int(zone), found, held_out[model]["zones"][zone], zone_ranges(by_zone["boundaries"]))
            for model, by_zone in statistics.items()
            for zone, found in by_zone["zones"].items()
        ]
    )


def _row(model: str, zone: int, found: Mapping, held_out: Mapping, ranges: Mapping[int, str]) -> dict[str, object]:
    named = {
        "model": model,
        "zone": zone,
        "range": ranges[zone],
        "tasks": found["n"],
        "names": ", ".join(found["tasks"]),
    }
    return named | _gains(found) | {f"held_out_{name}": value for name, value in _gains(held_out).items()}


def _gains(zone: Mapping) -> dict[str, object]:
    mean, best = zone["mean"], zone["best"] or {}
    return {
        "mean": mean["value"],
        "mean_low": mean["low"],
        "mean_high": mean["high"],
        "best": best.get("value"),
        "best_low": best.get("low"),
        "best_high": best.get("high"),
        "best_task": best.get("task"),
        "share_above_negligible": zone["share_above_negligible"],
    }


def main(statistics: str, held_out: str, table: str) -> None:
    """Read the statistics, tabulate, write."""
    rows = tabulate(read_json(statistics), read_json(held_out))
    write_csv(rows, table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.zones, snakemake.input.held_out, snakemake.output[0])
