"""Test whether a task's baseline predicts its improvement better than its category does.

Reads the experiments; writes the two regressions of each model and the difference between them as JSON.
"""

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.predictors import compare_predictors
from sna.statistics.results import by_model, write_results
from sna.tables import EXPERIMENTS, read_table


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    tasks = summarize_tasks(read_table(job_input.experiments, EXPERIMENTS), settings.task_improvement)
    write_results({model: compare_predictors(rows, settings) for model, rows in by_model(tasks)}, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
