"""Check that amplification leaves the model as it was.

Reads a model, the tasks and the ranking; amplifies the top neurons of every layer by the largest multiplier, by hook
and by the engine, and writes whether parameters and outputs are the same before and after.
"""

from dataclasses import asdict
from pathlib import Path

from sna.engine.reversibility import check_reversibility
from sna.experiments.ranking import top_neurons
from sna.files import write_json
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import read_tasks
from sna.tables import NEURONS, read_table


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    tasks = read_tasks(model, job_input.tasks)
    neuron_ids = top_neurons(read_table(job_input.ranking, NEURONS), tasks[0][0].name)
    found = check_reversibility(model, [prompts[0] for _, prompts in tasks], neuron_ids, params.multiplier)
    write_json(output, asdict(found))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
