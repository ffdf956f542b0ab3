"""Test whether saturation is more than the percent scale makes of it.

Reads the experiments and their prompts; writes the null model of each model, the gains on the logit scale, and their
correlation over prompts as JSON; and the prompts at their task's best configuration, with those gains, as a table.
"""

from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.logits import at_best_configuration
from sna.statistics.null_model import measure_null_model
from sna.statistics.results import by_model, write_results
from sna.tables import EXPERIMENTS, LOGIT_GAINS, PROMPTS, read_table, write_table


def main(job_input, output, params) -> None:
    experiments, prompts = read_table(job_input.experiments, EXPERIMENTS), read_table(job_input.prompts, PROMPTS)
    chosen = at_best_configuration(experiments, prompts)
    settings = Statistics(**params.statistics)
    write_results({model: measure_null_model(rows, settings) for model, rows in by_model(chosen)}, output.results)
    write_table(chosen, LOGIT_GAINS, output.logit_gains)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
