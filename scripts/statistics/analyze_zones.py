"""Measure how much tasks improve in each zone of baseline probability.

Reads the experiments, their prompts for the intervals, and statistics/held_out.json; writes the three zones of each
model, and of all models together, as JSON, and one row a model and zone, in sample and held out, as CSV.
"""

from sna.experiments.summary import summarize_tasks, with_all_models
from sna.experiments.sweep import read_sweeps
from sna.inputs.config import Statistics, Zones
from sna.job import job
from sna.statistics.held_out import HeldOut
from sna.statistics.results import read_results, write_results
from sna.statistics.zones import measure_zones, tabulate_zones
from sna.tables import EXPERIMENTS, PROMPTS, read_table, write_csv


def main(job_input, output, params) -> None:
    settings = Statistics(**params.statistics)
    experiments = with_all_models(read_table(job_input.experiments, EXPERIMENTS))
    tasks = summarize_tasks(experiments, settings.task_improvement)
    zones = Zones(**params.zones)
    results = {
        model: measure_zones(tasks[tasks["model"] == model], sweeps, zones, settings)
        for model, sweeps in read_sweeps(read_table(job_input.prompts, PROMPTS)).items()
    }
    held_out = {model: found.zones for model, found in read_results(job_input.held_out, HeldOut).items()}
    write_results(results, output.results)
    write_csv(tabulate_zones(results, held_out), output.table)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
