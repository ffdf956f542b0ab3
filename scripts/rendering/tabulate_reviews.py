"""Tabulate how the reviews are classified before and after amplification.

Reads statistics/reviews.json; writes tables/reviews.csv, one row a model and group of sentences, unrounded; what is
undefined is empty.
"""

from collections.abc import Iterator, Mapping

import pandas as pd

from sna.files import read_json
from sna.job import job
from sna.tables import write_csv


def tabulate(reviews: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return one row a model and group.

    Parameters
    ----------
    reviews : mapping
        The content of statistics/reviews.json, by model.

    Returns
    -------
    DataFrame
        `before`, `after` and `shift_only` are shares of the group's `n` sentences that are classified right:
        unamplified, amplified, and unamplified with its boundary shifted. `difference` (after less before) and
        `probability_difference` (the same of the right label's normalized probability) are in percentage points, each
        with the ends of its interval.
    """
    rows = [_row(model, *group) for model, found in reviews.items() for group in _groups(found)]
    return pd.DataFrame(rows)


def _groups(found: Mapping) -> Iterator[tuple[str, Mapping, Mapping]]:
    """Yield each group's name with its comparison, and that of the shifted boundary."""
    shift = found["shift_only"]
    yield "all", found["accuracy"], shift
    for group, shifted in zip(found["bins"], shift["bins"], strict=True):
        yield f"confidence {group['low']:g} to {group['high']:g}", group, shifted
    yield f"uncertain: below {found['uncertain']['high']:g}", found["uncertain"], shift["uncertain"]
    yield f"confident: from {found['confident']['low']:g}", found["confident"], shift["confident"]
    for label, group in found["by_label"].items():
        yield label, group, shift["by_label"][label]


def _row(model: str, name: str, group: Mapping, shifted: Mapping) -> dict[str, object]:
    difference, probability = group["difference"], group["probability_difference"]
    return {
        "model": model,
        "group": name,
        "n": group["n"],
        "before": group["before"],
        "after": group["after"],
        "difference": difference["value"],
        "difference_low": difference["low"],
        "difference_high": difference["high"],
        "pvalue": group["pvalue"],
        "pvalue_corrected": group["pvalue_corrected"],
        "shift_only": shifted["after"],
        "probability_difference": probability["value"],
        "probability_difference_low": probability["low"],
        "probability_difference_high": probability["high"],
    }


def main(statistics: str, table: str) -> None:
    """Read the statistics, tabulate, write."""
    write_csv(tabulate(read_json(statistics)), table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.reviews, snakemake.output[0])
