"""Find each category's best layer, and test whether categories differ in it.

Reads the experiments' prompts; writes the best layers of each model, with those that cannot be told from them, as JSON.
"""

from sna.experiments.sweep import read_sweep
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.layers import locate_layers
from sna.statistics.results import by_model, write_results
from sna.tables import PROMPTS, read_table


def main(job_input, output, params) -> None:
    prompts = read_table(job_input.prompts, PROMPTS)
    settings = Statistics(**params.statistics)
    results = {
        model: locate_layers(read_sweep(rows), params.layers[model], settings) for model, rows in by_model(prompts)
    }
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
