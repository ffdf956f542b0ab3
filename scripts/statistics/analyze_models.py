"""Test whether the models of a study agree on which tasks gain, and on which tasks share their top neurons.

Reads statistics/fresh.json, the rankings of neurons, and the models' own configurations for the numbers of neurons;
writes as JSON, for each model, which of its tasks share neurons, and how it agrees with each other model.
"""

from pathlib import Path

from sna.inputs.config import Statistics
from sna.inputs.model_config import read_width
from sna.job import job
from sna.statistics.fresh import Fresh
from sna.statistics.models import compare_models
from sna.statistics.overlap import measure_overlaps
from sna.statistics.results import read_results, write_results
from sna.tables import NEURONS, read_table


def main(job_input, output, params) -> None:
    fresh = read_results(job_input.fresh_results, Fresh)
    rankings = {Path(path).stem: read_table(path, NEURONS) for path in job_input.neurons}
    widths = {Path(path).parent.name: read_width(path) for path in job_input.model_configs}
    overlaps = {
        model: measure_overlaps(
            rankings[model],
            {name: task.configuration.layer for name, task in found.by_task.items()},
            {name: task.category for name, task in found.by_task.items()},
            params.neurons,
            widths[model],
        )
        for model, found in fresh.items()
    }
    write_results(compare_models(fresh, overlaps, Statistics(**params.statistics)), output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
