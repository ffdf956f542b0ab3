"""Check that amplification leaves the model as it was.

Reads a model, the tasks and the ranking; amplifies the top neurons of every layer by the largest multiplier, by hook
and by the engine, and writes whether parameters and outputs are the same before and after.
"""

from dataclasses import asdict
from pathlib import Path

from sna.engine.reversibility import check_reversibility
from sna.files import write_json
from sna.inputs.tasks import read_task
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import tokenize_task
from sna.tables import NEURONS, read_table


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, model_name, params.layers, params.device, threads)
    ranking = read_table(job_input.ranking, NEURONS)
    tasks = {path: read_task(path) for path in job_input.tasks}
    prompts = [tokenize_task(model.tokenizer, task, model.anatomy.context, path)[0] for path, task in tasks.items()]
    first = ranking[ranking["task"] == next(iter(tasks.values())).name]
    neurons = {int(layer): rows["neuron"].tolist() for layer, rows in first.groupby("layer")}
    write_json(output, asdict(check_reversibility(model, prompts, neurons, params.multiplier)))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
