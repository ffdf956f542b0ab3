"""Test whether amplification classifies the sentiment of reviews better.

Reads the sentences as every model classified them, before and after; writes accuracy and probability of the right label
by confidence and by label, and what a mere shift towards one label gives, for each model as JSON; and one row a model
and group of sentences as CSV.
"""

import pandas as pd

from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.results import by_model, write_results
from sna.statistics.reviews import Asked, Certainty, measure_reviews, tabulate_reviews
from sna.tables import CLASSIFIED, read_table, write_csv


def main(job_input, output, params) -> None:
    classified = pd.concat([read_table(path, CLASSIFIED) for path in job_input.reviews])
    sentiment, validation = params.sentiment, params.validation
    asked = Asked(validation["reviews"], sentiment["labels"])
    certainty = Certainty(sentiment["bins"], sentiment["uncertain"], sentiment["confident"])
    settings = Statistics(**params.statistics)
    results = {
        model: measure_reviews(rows, asked, validation["selection"], certainty, settings)
        for model, rows in by_model(classified)
    }
    write_results(results, output.results)
    write_csv(tabulate_reviews(results), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
