"""Test whether a task's baseline probability predicts its improvement.

Reads the experiments, and their prompts for the baselines' intervals; writes the rank correlation over tasks of each
model, with interval and p-value, and the tasks themselves as JSON.
"""

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.results import by_model, write_results
from sna.statistics.saturation import measure_saturation
from sna.tables import EXPERIMENTS, PROMPTS, read_table


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    tasks = summarize_tasks(read_table(job_input.experiments, EXPERIMENTS), settings.task_improvement)
    tables = tasks, read_table(job_input.prompts, PROMPTS)
    results = {model: measure_saturation(rows, prompts, settings) for model, rows, prompts in by_model(*tables)}
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
