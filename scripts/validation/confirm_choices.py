"""Measure a task on fresh prompts, in the configurations that its evaluation prompts chose, and beside controls.

Reads a model, a task, its bank of fresh prompts, neutral prose, the contrast text, the ranking and the experiments.
Writes three tables: the fresh prompts unamplified; the same with something amplified, which is the task's own neurons,
at its best configuration and at each category's best layer, those that other scores rank first, other tasks' neurons,
random and matched ones, or a direction; and what amplification does to the prose. The best configuration is measured
once more where texts begin otherwise: with a start token if the study's have none, without it if they have one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sna.errors import InputError
from sna.experiments.confirmation import (
    Choice,
    choose,
    measure_blocks,
    measure_guesses,
    measure_layers,
    measure_other_start,
    measure_prose,
)
from sna.experiments.controls import Amplified, draw_controls
from sna.experiments.fresh import choose_prompts, generator, halve, part
from sna.experiments.ranking import layer_responses, rank_by_other_scores, top_neurons
from sna.experiments.summary import best_layers
from sna.inputs.fresh import FreshPrompt, read_fresh
from sna.inputs.prose import read_prose
from sna.inputs.tasks import FOLDS, Task, read_contrast, read_task
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import tokenize_text
from sna.tables import EXPERIMENTS, FRESH, FRESH_PROMPTS, NEURONS, PROSE, Table, read_table, write_table


def plan(
    model: LanguageModel, task: Task, choice: Choice, ranking: pd.DataFrame, *, contrast: Sequence[str], params
) -> list[Amplified]:
    """Return all that is amplified in the layer of a task's best configuration.

    Parameters
    ----------
    model : LanguageModel
    task : Task
    choice : Choice
        Its best configuration.
    ranking : DataFrame
        The model's table that keeps `sna.tables.NEURONS`.
    contrast : sequence of str
        The contrast text.
    params
        The stage's.

    Returns
    -------
    list of Amplified
        The task's own neurons first, directions last.

    Raises
    ------
    InputError
        If the layer has too few neurons for controls, with the config's key.
    """

    def neurons_of(name: str) -> np.ndarray:
        return np.array(top_neurons(ranking, name, [choice.layer], choice.neurons)[choice.layer])

    responses = layer_responses(model, [item.prompt for item in task.selection], choice.layer)
    scores = rank_by_other_scores(responses, layer_responses(model, contrast, choice.layer), choice.neurons)
    selected, others = neurons_of(task.name), sorted(set(ranking["task"]) - {task.name})
    amplified = [Amplified("selected", task.name, 0, selected)]
    amplified += [Amplified(score, task.name, 0, neurons) for score, neurons in scores.items()]
    amplified += [Amplified("other", name, number, neurons_of(name)) for number, name in enumerate(others)]
    draws = {
        "random": params.fresh["draws"],
        "matched": params.fresh["matched"],
        "direction": params.fresh["directions"],
    }
    activations, width = responses["absolute"].mean(axis=0), model.adapter.unembedding.weight.shape[1]
    named = {"model": model.name, "task": task.name, "layer": choice.layer}
    try:
        return amplified + draw_controls(selected, activations, width, draws, params.seed, **named)
    except InputError as error:
        raise InputError(f"config.yaml: studies.{params.study}.{error} ({model.name})") from None


def describe_prompts(said: pd.DataFrame, bank: Sequence[FreshPrompt], halves: Mapping[int, str]) -> pd.DataFrame:
    """Set beside what a model says to fresh prompts what they are.

    Parameters
    ----------
    said : DataFrame
        By the prompts' places in the bank.
    bank : sequence of FreshPrompt
    halves : mapping of int to str
        By the same places, from `sna.experiments.fresh.halve`.

    Returns
    -------
    DataFrame
        With columns of `sna.tables.FRESH_PROMPTS`.
    """
    items = [bank[number] for number in said.index]
    return said.assign(
        prompt=said.index,
        half=said.index.map(halves),
        text=[item.prompt for item in items],
        target=[item.target for item in items],
        source=[item.source for item in items],
    )


def main(job_input, job_output, params, wildcards, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, wildcards.model, params.n_layers, params.device, threads, start_token=params.start_token)
    task, bank = read_task(job_input.task), read_fresh(job_input.bank)
    ranking, experiments = read_table(job_input.ranking, NEURONS), read_table(job_input.experiments, EXPERIMENTS)
    experiments = experiments[experiments["model"] == model.name]
    of_task = experiments[experiments["task"] == task.name]

    def rng(purpose: str) -> np.random.Generator:
        return generator(params.seed, task.name, purpose)

    def write(frame: pd.DataFrame, table: Table, path: str) -> None:
        named = frame.assign(model=model.name, task=task.name, category=task.category)
        write_table(named[list(table.columns)], table, path)

    prompts = choose_prompts(model, bank, params.fresh["prompts"], rng("prompts"), job_input.bank)
    halves = halve(list(prompts), rng("half"))
    blocks = part(list(prompts), params.fresh["prompts_per_draw"], rng("blocks"))
    choice = choose(of_task)
    amplified = plan(model, task, choice, ranking, contrast=read_contrast(job_input.contrast).texts, params=params)
    unamplified, gains = measure_blocks(
        model, choice, [{n: prompts[n] for n in block} for block in blocks], amplified, getattr(torch, params.dtype)
    )
    choices = {
        category: choose(of_task[of_task["layer"] == layer])
        for category, layer in best_layers(experiments, params.task_improvement).items()
    }
    first = {number: prompt for number, prompt in prompts.items() if halves[number] == FOLDS[0]}
    at_layers = measure_layers(model, choices, first, top_neurons(ranking, task.name))
    other_start, restarted = measure_other_start(model, choice, {n: bank[n] for n in prompts}, amplified[0])
    texts = [tokenize_text(model, text) for text in read_prose(job_input.prose)]
    said = unamplified.assign(guess=measure_guesses(model, prompts, rng("guess")), other_start=other_start)
    write(describe_prompts(said, bank, halves), FRESH_PROMPTS, job_output.prompts)
    write(pd.concat([gains, at_layers, restarted]), FRESH, job_output.gains)
    write(measure_prose(model, choice, texts, amplified), PROSE, job_output.prose)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards, snakemake.threads)
