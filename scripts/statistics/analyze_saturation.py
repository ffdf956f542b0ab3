"""Test whether a task's baseline probability predicts its improvement.

Reads the experiments, and their prompts for the baselines' intervals; writes the rank correlation over tasks of each
model, and of all models together, with interval and p-value, and the tasks themselves as JSON.
"""

from sna.experiments.summary import summarize_tasks, with_all_models
from sna.experiments.sweep import read_sweeps
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.results import write_results
from sna.statistics.saturation import measure_saturation
from sna.tables import EXPERIMENTS, PROMPTS, read_table


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    experiments = with_all_models(read_table(job_input.experiments, EXPERIMENTS))
    tasks = summarize_tasks(experiments, settings.task_improvement)
    results = {
        model: measure_saturation(tasks[tasks["model"] == model], sweeps, settings)
        for model, sweeps in read_sweeps(read_table(job_input.prompts, PROMPTS)).items()
    }
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
