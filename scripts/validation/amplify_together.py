"""Amplify several tasks' neurons at once, and measure each of these tasks on fresh prompts.

Reads a model, the tasks' banks of fresh prompts, the ranking and the experiments, which say what each task's best
configuration is. Writes the probability of each task's targets under every task's neurons alone, under those of every
pair that the task is in, of some sets of three and of six, and of all tasks together; and on a share of the prompts
each under as many random neurons of the same layers. One row a prompt.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sna.engine.layers import Amplification
from sna.errors import InputError
from sna.experiments.confirmation import choose
from sna.experiments.fresh import choose_prompts, generator
from sna.experiments.together import amplify_own, amplify_random, choose_sets, measure_together
from sna.inputs.fresh import read_fresh
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.tables import EXPERIMENTS, NEURONS, TOGETHER, read_table, write_table


def draw_random(model: LanguageModel, own: Mapping[str, Amplification], params) -> list[dict[str, Amplification]]:
    """Draw the random neurons that stand beside the tasks' own.

    Parameters
    ----------
    model : LanguageModel
    own : mapping of str to Amplification
        By task.
    params
        The stage's.

    Returns
    -------
    list of dict of str to Amplification
        For each draw, by task.

    Raises
    ------
    InputError
        If a layer has too few neurons for that, with the config's key.
    """
    try:
        return amplify_random(own, model.adapter.n_neurons, params.together["draws"], params.seed, model.name)
    except InputError as error:
        raise InputError(f"config.yaml: studies.{params.study}.{error} ({model.name})") from None


def measure_task(
    model: LanguageModel,
    path: Path,
    sets: Sequence[tuple[str, ...]],
    parts: Mapping[str, Sequence[Mapping[str, Amplification]]],
    params,
) -> pd.DataFrame:
    """Measure a task's fresh prompts: of each kind of neurons, every draw on its share of them.

    Parameters
    ----------
    model : LanguageModel
    path : Path
        The task's bank, which is named after it.
    sets : sequence of tuple of str
        Which tasks are amplified together.
    parts : mapping of str to sequence of mapping of str to Amplification
        By kind, for each draw: what is amplified of each task.
    params
        The stage's.

    Returns
    -------
    DataFrame
        With the columns of `sna.tables.TOGETHER`, but for the model.
    """
    task = path.stem
    bank, rng = read_fresh(path), generator(params.seed, task, "prompts")
    prompts = choose_prompts(model, bank, params.together["prompts"], rng, path)
    order = generator(params.seed, task, "together").permutation(list(prompts))
    tables = []
    for kind, draws in parts.items():
        # A model that can be asked few prompts meets fewer draws.
        for draw, numbers in enumerate(np.array_split(order, min(len(draws), len(order)))):
            block = {number: prompts[number] for number in numbers.tolist()}
            measured = measure_together(model, task, block, sets, draws[draw])
            tables.append(measured.assign(kind=kind, draw=draw))
    return pd.concat(tables)


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    ranking, experiments = read_table(job_input.ranking, NEURONS), read_table(job_input.experiments, EXPERIMENTS)
    of_model = experiments[experiments["model"] == model_name]
    own = amplify_own(ranking, {task: choose(rows) for task, rows in of_model.groupby("task")})
    parts = {"selected": [own], "random": draw_random(model, own, params)}
    # The same sets for every model.
    sets = choose_sets(list(own), params.together["sets"], np.random.default_rng([params.seed, *b"sets"]))
    tables = [measure_task(model, Path(path), sets, parts, params) for path in job_input.banks]
    named = pd.concat(tables).assign(model=model_name)
    write_table(named[list(TOGETHER.columns)], TOGETHER, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
