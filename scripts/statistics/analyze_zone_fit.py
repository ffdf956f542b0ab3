"""Fit the boundary of zones that the data themselves show.

Reads the experiments; writes the breakpoint of improvement over baseline of each model, with its interval, as JSON.
"""

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics
from sna.job import job
from sna.statistics.results import by_model, write_results
from sna.statistics.zone_fit import measure_zone_fit
from sna.tables import EXPERIMENTS, read_table


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    tasks = summarize_tasks(read_table(job_input.experiments, EXPERIMENTS), settings.task_improvement)
    results = {model: measure_zone_fit(rows, params.boundaries, settings) for model, rows in by_model(tasks)}
    write_results(results, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
