"""Measure how many configurations improve.

Reads the experiments; writes the success rate of each model, over all and by task, category and zone, as JSON.
"""

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.results import by_model, write_results
from sna.statistics.success import measure_success
from sna.tables import EXPERIMENTS, read_table


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    tasks = summarize_tasks(read_table(job_input.experiments, EXPERIMENTS), settings.task_improvement)
    zones = Zones(**params.zones)
    write_results({model: measure_success(rows, zones, settings) for model, rows in by_model(tasks)}, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
