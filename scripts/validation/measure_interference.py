"""Amplify one task's neurons while other tasks are measured.

Reads a model, the tasks, the ranking and the experiments, which say what each task's best configuration is; writes the
probability of other tasks' targets and whole texts, with and without amplification, one row an evaluation prompt.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sna.engine.grid import Grid
from sna.engine.sweep import Intervention, sweep_layer
from sna.experiments.interference import Crossing, plan_crossings
from sna.inputs.config import Statement
from sna.inputs.tasks import read_task
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import TokenizedPrompt, tokenize_task
from sna.tables import CROSSED, EXPERIMENTS, NEURONS, read_table, write_table


def whole_text(prompt: TokenizedPrompt) -> TokenizedPrompt:
    """Return a prompt and its target as one text, of which every token after the first is scored."""
    tokens = prompt.prompt + prompt.target
    return TokenizedPrompt(tokens[:1], tokens[1:])


def cross(
    model: LanguageModel,
    crossing: Crossing,
    prompts: Mapping[str, Sequence[TokenizedPrompt]],
    ranking: Sequence[int],
) -> pd.DataFrame:
    """Measure all that a crossing names, in the model's own precision.

    Parameters
    ----------
    model : LanguageModel
        The model.
    crossing : Crossing
        What is amplified while what is measured.
    prompts : mapping of str to sequence of TokenizedPrompt
        Each task's evaluation prompts.
    ranking : sequence of int
        The neurons of the crossing's source in its layer.

    Returns
    -------
    DataFrame
        Rows of a table that keeps `sna.tables.CROSSED`.
    """
    measured = {(task, "target"): list(prompts[task]) for task in crossing.targets}
    measured |= {(task, "text"): [whole_text(prompt) for prompt in prompts[task]] for task in crossing.texts}
    swept = sweep_layer(
        model,
        crossing.layer,
        [Intervention(scored, [ranking]) for scored in measured.values()],
        Grid([crossing.neurons], [crossing.multiplier]),
    )
    tables = [
        pd.DataFrame(
            {
                "model": model.name,
                "setting": crossing.setting,
                "source": crossing.source,
                "layer": crossing.layer,
                "neurons": crossing.neurons,
                "multiplier": crossing.multiplier,
                "task": task,
                "scored": scored,
                "prompt": range(len(texts)),
                "tokens": [len(text.target) for text in texts],
                "baseline": of_task.baseline.numpy(),
                "probability": of_task.probabilities.flatten().numpy(),
            }
        )
        for ((task, scored), texts), of_task in zip(measured.items(), swept, strict=True)
    ]
    return pd.concat(tables)


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    model = load_model(Path(job_input.weights).parent, model_name, params.layers, params.device, threads)
    tasks = {path: read_task(path) for path in job_input.tasks}
    prompts = {
        task.name: tokenize_task(model.tokenizer, task, model.anatomy.context, path) for path, task in tasks.items()
    }
    rankings = read_table(job_input.ranking, NEURONS).groupby(["task", "layer"])["neuron"]
    experiments = read_table(job_input.experiments, EXPERIMENTS)
    statements = {name: Statement(**statement) for name, statement in params.interference.items()}
    crossings = plan_crossings(experiments[experiments["model"] == model_name], statements, params.layers)
    tables = [
        cross(model, crossing, prompts, rankings.get_group((crossing.source, crossing.layer)).to_list())
        for crossing in crossings
    ]
    write_table(pd.concat(tables), CROSSED, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
