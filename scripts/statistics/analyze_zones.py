"""Measure how much tasks improve in each zone of baseline probability.

Reads the experiments, their prompts for the intervals, and statistics/held_out.json; writes the three zones of each
model as JSON, and one row a model and zone, in sample and held out, as CSV.
"""

from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.held_out import HeldOut
from sna.statistics.results import by_model, read_results, write_results
from sna.statistics.zones import measure_zones, tabulate_zones
from sna.tables import EXPERIMENTS, PROMPTS, read_table, write_csv


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    tasks = summarize_tasks(read_table(job_input.experiments, EXPERIMENTS), settings.task_improvement)
    zones = Zones(**params.zones)
    tables = tasks, read_table(job_input.prompts, PROMPTS)
    results = {model: measure_zones(rows, prompts, zones, settings) for model, rows, prompts in by_model(*tables)}
    held_out = {model: found.zones for model, found in read_results(job_input.held_out, HeldOut).items()}
    write_results(results, output.results)
    write_csv(tabulate_zones(results, held_out), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
