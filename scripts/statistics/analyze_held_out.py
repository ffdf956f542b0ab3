"""Score each task's best configuration on prompts that did not choose it.

Reads the experiments' prompts; writes the held-out gain of each task, their correlation with the baseline, and their
zones for each model as JSON.
"""

from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.held_out import measure_held_out
from sna.statistics.results import by_model, write_results
from sna.tables import PROMPTS, read_table


def main(job_input, output, params) -> None:
    prompts = read_table(job_input.prompts, PROMPTS)
    zones, settings = Zones(**params.zones), Statistics(**params.statistics)
    results = {model: measure_held_out(rows, zones, settings) for model, rows in by_model(prompts)}
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
