"""Tabulate what each task's best configuration does to every task.

Reads statistics/interference.json; writes tables/interference.csv, one row a model, source and measured task,
unrounded; what is undefined is empty.
"""

from collections.abc import Mapping

import pandas as pd

from sna.files import read_json
from sna.job import job
from sna.tables import write_csv


def tabulate(statistics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return one row a model, source and measured task.

    Parameters
    ----------
    statistics : mapping
        The content of statistics/interference.json, by model.

    Returns
    -------
    DataFrame
        `layer`, `neurons` and `multiplier` are the best configuration of `source`, the task whose neurons are
        amplified. `improvement` is that of `task`, in percent, with the ends of its interval; `correction` names what
        corrected its p-value. Where whole texts were measured, `log_probability` is the change of their mean
        log-probability per token, in nats, and the perplexities are theirs.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "source": source,
                **found["configurations"][source],
                "task": task,
                **_figures(crossed),
                "correction": found["correction"],
            }
            for model, found in statistics.items()
            for source, by_task in found["matrix"].items()
            for task, crossed in by_task.items()
        ]
    )


def _figures(crossed: Mapping) -> dict[str, float | None]:
    fluency = crossed["fluency"]
    return {
        "prompts": crossed["prompts"],
        **_estimate("improvement", crossed["improvement"]),
        "pvalue": crossed["pvalue"],
        "pvalue_corrected": crossed["pvalue_corrected"],
        **_estimate("log_probability", fluency["log_probability"] if fluency else {}),
        "perplexity_before": fluency["perplexity"]["before"] if fluency else None,
        "perplexity_after": fluency["perplexity"]["after"] if fluency else None,
    }


def _estimate(name: str, estimate: Mapping[str, float | None]) -> dict[str, float | None]:
    return {
        name: estimate.get("value"),
        f"{name}_low": estimate.get("low"),
        f"{name}_high": estimate.get("high"),
    }


def main(statistics: str, table: str) -> None:
    """Read the statistics, tabulate, write."""
    write_csv(tabulate(read_json(statistics)), table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input.interference, snakemake.output[0])
