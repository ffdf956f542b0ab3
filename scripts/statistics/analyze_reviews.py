"""Test whether amplification classifies the sentiment of reviews better.

Reads the sentences as every model classified them, before and after; writes accuracy and probability of the right label
by confidence and by label, and what a mere shift towards one label gives, for each model as JSON.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from sna.files import write_json
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.reviews import Certainty, measure_reviews
from sna.tables import CLASSIFIED, read_table


def report(
    classified: pd.DataFrame, sentiment: Mapping[str, Any], validation: Mapping[str, Any], settings: Statistics
) -> dict[str, Any]:
    """Return the figures of one model, with where the sentences come from and what the model was to say."""
    certainty = Certainty(sentiment["bins"], sentiment["uncertain"], sentiment["confident"])
    found = asdict(measure_reviews(classified, certainty, settings))
    origin = {"reviews": validation["reviews"], "labels": sentiment["labels"]}
    return origin | found | {"n": {"selection": validation["selection"]} | found["n"]}


def main(job_input, output: str, params) -> None:
    classified = pd.concat([read_table(path, CLASSIFIED) for path in job_input.reviews])
    settings = Statistics(**params.statistics)
    write_json(
        output,
        {
            model: report(rows, params.sentiment, params.validation, settings)
            for model, rows in classified.groupby("model")
        },
    )


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
