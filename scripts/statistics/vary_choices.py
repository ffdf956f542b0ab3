"""Recompute saturation and the mean of zone 1 under all choices that the paper leaves open.

Reads the experiments' prompts, and what was measured on fresh prompts; writes each combination of choices with its two
figures as a table, and what they range over, for each model, as JSON.
"""

import pandas as pd

from sna.experiments.sweep import read_sweeps
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.choices import summarize_choices
from sna.statistics.results import by_model, write_results
from sna.statistics.specifications import specify_fresh, specify_sweep
from sna.tables import FRESH, FRESH_PROMPTS, PROMPTS, SPECIFICATIONS, read_table, write_table


def main(job_input, output, params) -> None:
    settings, boundary = Statistics(**params.statistics), Zones(**params.zones).boundaries[0]
    sweeps = read_sweeps(read_table(job_input.prompts, PROMPTS))
    prompts = pd.concat([read_table(path, FRESH_PROMPTS) for path in job_input.fresh_prompts])
    gains = pd.concat([read_table(path, FRESH) for path in job_input.fresh])
    tables, results = [], {}
    for model, fresh_prompts, fresh in by_model(prompts, gains):
        [sweep] = sweeps[model]
        measured = [
            specify_sweep(sweep, settings.task_improvement, boundary),
            specify_fresh(fresh_prompts, fresh, boundary),
        ]
        tables += measured
        results[model] = summarize_choices(pd.concat(measured), sweep, params.paper, settings)
    write_table(pd.concat(tables), SPECIFICATIONS, output.specifications)
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
