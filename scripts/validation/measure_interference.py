"""Amplify one task's neurons while other tasks are measured.

Reads a model, the tasks, the ranking and the experiments, which say what each task's best configuration is; writes the
probability of other tasks' targets and whole texts, with and without amplification, one row an evaluation prompt.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, sweep_layer
from sna.experiments.interference import InterferenceCase, plan_interference
from sna.experiments.ranking import top_neurons
from sna.experiments.tabulation import tabulate_sweep
from sna.inputs.config import Statement
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import TokenizedPrompt, read_tasks
from sna.tables import EXPERIMENTS, INTERFERENCE, NEURONS, read_table, write_table


def whole_text(prompt: TokenizedPrompt) -> TokenizedPrompt:
    """Return a prompt and its target as one text, of which every token after the first is scored.

    Parameters
    ----------
    prompt : TokenizedPrompt

    Returns
    -------
    TokenizedPrompt
    """
    tokens = prompt.prompt + prompt.target
    return TokenizedPrompt(tokens[:1], tokens[1:])


def measure(
    model: LanguageModel,
    case: InterferenceCase,
    prompts: Mapping[str, Sequence[TokenizedPrompt]],
    neuron_ids: Sequence[int],
) -> pd.DataFrame:
    """Measure what a case names, in the model's own precision.

    Parameters
    ----------
    model : LanguageModel
    case : InterferenceCase
    prompts : mapping of str to sequence of TokenizedPrompt
        Each task's evaluation prompts.
    neuron_ids : sequence of int
        The source's ranked neurons in the case's layer.

    Returns
    -------
    DataFrame
        Rows of a table that keeps `sna.tables.INTERFERENCE`.
    """
    measured = {(task, "target"): prompts[task] for task in case.targets}
    measured |= {(task, "text"): [whole_text(prompt) for prompt in prompts[task]] for task in case.texts}
    grid = Grid([case.n_neurons], [case.multiplier])
    results = sweep_layer(model, case.layer, [SweepInput(texts, [neuron_ids]) for texts in measured.values()], grid)
    tables = [
        tabulate_sweep(result, grid).assign(task=task, scored=scored, tokens=[len(text.target) for text in texts])
        for ((task, scored), texts), result in zip(measured.items(), results, strict=True)
    ]
    table = pd.concat(tables).assign(model=model.name, setting=case.setting, source=case.source, layer=case.layer)
    return table[list(INTERFERENCE.columns)]


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, model_name, params.n_layers, params.device, threads)
    prompts = {task.name: tokenized for task, tokenized in read_tasks(model, job_input.tasks)}
    ranking = read_table(job_input.ranking, NEURONS)
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    statements = {name: Statement(**statement) for name, statement in params.interference.items()}
    tables = [
        measure(model, case, prompts, top_neurons(ranking, case.source, [case.layer])[case.layer])
        for case in plan_interference(experiments[experiments["model"] == model_name], statements, params.n_layers)
    ]
    write_table(pd.concat(tables), INTERFERENCE, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
