"""Gather the sweep into two tables.

Reads the baselines (one a model) and the amplified probabilities (one a model and layer). Writes one row an experiment,
with its improvement in percent, and one row an experiment and evaluation prompt.
"""

from sna.experiments.aggregation import aggregate_prompts, join_prompts
from sna.job import job
from sna.tables import AMPLIFIED, BASELINE, EXPERIMENTS, PROMPTS, read_table, write_table


def main(job_input, job_output) -> None:
    amplified = [read_table(path, AMPLIFIED) for path in job_input.amplified]
    baselines = [read_table(path, BASELINE) for path in job_input.baselines]
    prompts = join_prompts(amplified, baselines)
    experiments = aggregate_prompts(prompts)
    write_table(prompts, PROMPTS, job_output.prompts)
    write_table(experiments, EXPERIMENTS, job_output.experiments)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output)
