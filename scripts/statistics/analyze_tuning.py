"""Compare each tuned model with the one that it was tuned from, if that is in the study too.

Reads what was measured on the fresh prompts of every model and task, statistics/fresh.json, the rankings of neurons,
and the models' own configurations for the numbers of neurons; writes as JSON, for each tuned model, whether its tasks
leave zone 1, whether amplification still helps, whether the same neurons are selected, and whether the gains add up.
"""

from pathlib import Path

import pandas as pd

from sna.inputs.config import Statistics, Zones
from sna.inputs.model_config import read_width
from sna.job import job
from sna.statistics.fresh import Fresh
from sna.statistics.fresh_prompts import arrange_tasks
from sna.statistics.results import by_model, read_results, write_results
from sna.statistics.tuning import NOT_TUNED
from sna.statistics.tuning_model import Measured, measure_tuning
from sna.tables import FRESH, FRESH_PROMPTS, NEURONS, read_table


def main(job_input, output, params) -> None:
    fresh = read_results(job_input.fresh_results, Fresh)
    rankings = {Path(path).stem: read_table(path, NEURONS) for path in job_input.neurons}
    widths = {Path(path).parent.name: read_width(path) for path in job_input.model_configs}
    tables = (
        pd.concat(read_table(path, table) for path in paths)
        for paths, table in ((job_input.fresh_prompts, FRESH_PROMPTS), (job_input.fresh, FRESH))
    )
    measured = {
        model: Measured(arrange_tasks(prompts, gains), fresh[model], rankings[model])
        for model, prompts, gains in by_model(*tables)
    }
    tuned = {
        model: measure_tuning(
            measured[section["base"]],
            measured[model],
            base=section["base"],
            method=section["method"],
            tuned_on=section["tasks"],
            neurons=params.neurons,
            width=widths[model],
            zones=Zones(**params.zones),
            settings=Statistics(**params.statistics),
        )
        for model, section in params.tuned.items()
    }
    write_results({model: tuned.get(model, NOT_TUNED) for model in measured}, output.results)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params)
