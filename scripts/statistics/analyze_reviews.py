"""Test whether amplification classifies the sentiment of reviews better.

Reads the sentences as every model classified them, before and after, and the record of where they come from. Writes for
each model as JSON, for the sentences that chose the configuration and for the others, accuracy by confidence and by
label, the area under the ROC curve, and what a mere shift towards one label gives; and one row a model, part and group
of sentences as CSV.
"""

import pandas as pd

from sna.files import read_json
from sna.inputs.config import Statistics
from sna.inputs.review_origins import identify
from sna.job import job
from sna.statistics.results import by_model, write_results
from sna.statistics.reviews import Asked, Certainty, measure_reviews, tabulate_reviews
from sna.tables import CLASSIFIED, read_table, write_csv


def main(job_input, output, params) -> None:
    classified = pd.concat([read_table(path, CLASSIFIED) for path in job_input.reviews])
    sentiment = params.sentiment
    asked = Asked(**vars(identify(read_json(job_input.origin))), labels=sentiment["labels"])
    certainty = Certainty(sentiment["bins"], sentiment["uncertain"], sentiment["confident"])
    settings = Statistics(**params.statistics)
    results = {
        model: measure_reviews(rows, asked, params.selection, certainty, settings)
        for model, rows in by_model(classified)
    }
    write_results(results, output.results)
    write_csv(tabulate_reviews(results), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
