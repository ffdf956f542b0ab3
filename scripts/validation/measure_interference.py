"""Amplify one task's neurons while other tasks are measured.

Reads a model, the tasks, their banks of fresh prompts, the ranking and the experiments, which say what each task's best
configuration is. Writes the probability of other tasks' targets and whole texts, with and without amplification, one
row a prompt; for the config's statements also under random neurons, and on fresh prompts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sna.engine.grid import Grid
from sna.engine.sweep import sweep_layer
from sna.errors import InputError
from sna.experiments.controls import draw_random
from sna.experiments.fresh import choose_prompts, generator
from sna.experiments.interference import BEST, InterferenceCase, plan_interference
from sna.experiments.pieces import Piece, cut
from sna.experiments.ranking import top_neurons
from sna.inputs.config import Statement
from sna.inputs.fresh import read_fresh
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import TokenizedPrompt, read_tasks
from sna.tables import EXPERIMENTS, INTERFERENCE, NEURONS, read_table, write_table


def read_banks(model: LanguageModel, paths: Sequence[str | Path], params) -> dict[str, Mapping[int, TokenizedPrompt]]:
    """Draw some fresh prompts of each task: the first of those on which its own configurations are confirmed.

    Parameters
    ----------
    model : LanguageModel
    paths : sequence of str or Path
        The banks' files, which are named after their tasks.
    params
        The stage's.

    Returns
    -------
    dict of str to mapping of int to TokenizedPrompt
        By task, then by place in the bank.
    """
    banks = {}
    for path in map(Path, paths):
        rng = generator(params.seed, path.stem, "prompts")
        banks[path.stem] = choose_prompts(model, read_fresh(path), params.sizes["prompts"], rng, path)
    return banks


def draw_sets(model: LanguageModel, case: InterferenceCase, selected: Sequence[int], params) -> list[list[int]]:
    """Draw the sets of random neurons that stand beside a source's own: as many, of the same layer, none of them.

    Parameters
    ----------
    model : LanguageModel
    case : InterferenceCase
    selected : sequence of int
        The source's own.
    params
        The stage's.

    Returns
    -------
    list of list of int
        The same ones, whatever else is measured.

    Raises
    ------
    InputError
        If the layer has fewer other neurons.
    """
    n_neurons = model.adapter.n_neurons
    others = n_neurons - len(selected)
    if others < len(selected):
        raise InputError(
            f"config.yaml: studies.{params.study}.neurons: {len(selected)} given; a layer of {model.name} has "
            f"{others} others, of which as many are drawn"
        )

    def draw(number: int) -> list[int]:
        name = f"{model.name}/{case.setting}/{case.source}/{case.layer}/{number}"
        rng = np.random.default_rng([params.seed, *name.encode()])
        return draw_random(np.array(selected), n_neurons, rng).tolist()

    return [draw(number) for number in range(params.sizes["draws"])]


def measure(
    model: LanguageModel,
    case: InterferenceCase,
    pieces: Sequence[Piece],
    selected: Sequence[int],
    sets: Sequence[Sequence[int]],
) -> pd.DataFrame:
    """Measure the pieces of a case, in the model's own precision.

    Parameters
    ----------
    model : LanguageModel
    case : InterferenceCase
    pieces : sequence of Piece
    selected : sequence of int
        The source's own neurons.
    sets : sequence of sequence of int
        Those of random ones.

    Returns
    -------
    DataFrame
        With columns of `sna.tables.INTERFERENCE`, but for `prompts`.
    """
    grid = Grid([case.n_neurons], [case.multiplier])
    results = sweep_layer(model, case.layer, [piece.sweep_input(selected, sets) for piece in pieces], grid)
    tables = [piece.tabulate(result, grid) for piece, result in zip(pieces, results, strict=True)]
    return pd.concat(tables).assign(model=model.name, setting=case.setting, source=case.source, layer=case.layer)


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    evaluation = {task.name: dict(enumerate(prompts)) for task, prompts in read_tasks(model, job_input.tasks)}
    prompts = {"evaluation": evaluation, "fresh": read_banks(model, job_input.banks, params)}
    ranking = read_table(job_input.ranking, NEURONS)
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    statements = {name: Statement(**statement) for name, statement in params.statements.items()}
    tables = []
    for case in plan_interference(experiments[experiments["model"] == model_name], statements, params.n_layers):
        selected = top_neurons(ranking, case.source, [case.layer], case.n_neurons)[case.layer]
        sets = [] if case.setting == BEST else draw_sets(model, case, selected, params)
        for name in ["evaluation"] if case.setting == BEST else prompts:
            pieces = cut(case, prompts[name], len(sets), params.sizes["prompts_per_draw"], params.seed)
            tables.append(measure(model, case, pieces, selected, sets).assign(prompts=name))
    write_table(pd.concat(tables)[list(INTERFERENCE.columns)], INTERFERENCE, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
