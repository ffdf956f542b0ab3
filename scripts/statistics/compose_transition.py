"""Compose tasks of fresh prompts whose own baseline lies in the transition zone, and of those next to it.

Reads what was measured on the fresh prompts of every model and task, and statistics/fresh.json for which tasks a model
knows. Writes for each model as JSON the gains of the composed tasks beside those of zones 1 and 3, how fast the gain
changes there and elsewhere, where it does so by the data, and the gain as a curve over the baseline.
"""

import pandas as pd

from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.fresh import Fresh
from sna.statistics.fresh_prompts import arrange_tasks
from sna.statistics.results import by_model, read_results, write_results
from sna.statistics.transition import measure_transition
from sna.tables import FRESH, FRESH_PROMPTS, read_table


def main(job_input, output, params) -> None:
    settings, found = Statistics(**params.statistics), read_results(job_input.fresh_results, Fresh)
    prompts = pd.concat([read_table(path, FRESH_PROMPTS) for path in job_input.fresh_prompts])
    gains = pd.concat([read_table(path, FRESH) for path in job_input.fresh])
    results = {}
    for model, *rows in by_model(prompts, gains):
        known = [task for task in arrange_tasks(*rows) if found[model].by_task[task.name].known]
        results[model] = measure_transition(known, params.boundaries, settings)
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
