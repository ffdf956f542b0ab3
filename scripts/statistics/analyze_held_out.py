"""Score each task's best configuration on prompts that did not choose it.

Reads the experiments' prompts; writes the held-out gain of each task, their correlation with the baseline, and their
zones for each model, and for all models together, as JSON.
"""

from sna.experiments.sweep import read_sweeps
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.held_out import measure_held_out
from sna.statistics.results import write_results
from sna.tables import PROMPTS, read_table


def main(job_input, output, params) -> None:
    sweeps = read_sweeps(read_table(job_input.prompts, PROMPTS))
    zones, settings = Zones(**params.zones), Statistics(**params.statistics)
    results = {model: measure_held_out(found, zones, settings) for model, found in sweeps.items()}
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
