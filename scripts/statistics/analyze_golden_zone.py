"""Find where in the grid of neuron counts and multipliers amplification works.

Reads the experiments, and their prompts for the stability; writes the golden zone of each model and task, and how many
of a category's zones hold each configuration, as JSON.
"""

from sna.inputs.config import GoldenZone
from sna.job import job
from sna.statistics.golden_zone import find_golden_zones
from sna.statistics.results import by_model, write_results
from sna.tables import EXPERIMENTS, PROMPTS, read_table


def main(job_input, output, params) -> None:
    tables = read_table(job_input.experiments, EXPERIMENTS), read_table(job_input.prompts, PROMPTS)
    golden_zone = GoldenZone(**params.golden_zone)
    results = {model: find_golden_zones(rows, prompts, golden_zone) for model, rows, prompts in by_model(*tables)}
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
