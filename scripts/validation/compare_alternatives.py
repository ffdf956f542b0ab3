"""Compare amplification with what one would do to a task instead, on the same fresh prompts.

Reads a model, a task, its bank of fresh prompts, neutral prose, the contrast text, the ranking and the experiments.
Writes three tables, each with a row for every method, which are: nothing; the task's own neurons at its best
configuration, and random ones; some of its selection prompts before each fresh prompt; a temperature; a steering vector
and a linear probe's direction, added to what leaves the same layer; and LoRA, trained on the selection prompts. The
tables hold what the model says to the fresh prompts, what it says to the prose, and what each method needs.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from sna.errors import naming
from sna.experiments.alternatives import tokenize_selection
from sna.experiments.comparison import (
    Subject,
    choose_methods,
    describe_methods,
    draw_sets,
    measure_changes,
    measure_texts,
    place_examples,
    train,
)
from sna.experiments.confirmation import choose
from sna.experiments.fresh import choose_prompts, generator, part
from sna.experiments.ranking import top_neurons
from sna.inputs.alternatives import LORA, Alternatives, with_examples
from sna.inputs.fresh import read_fresh
from sna.inputs.prose import read_prose
from sna.inputs.tasks import read_contrast, read_task
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import tokenize_task
from sna.tables import (
    ALTERNATIVES,
    ALTERNATIVES_METHODS,
    ALTERNATIVES_PROSE,
    EXPERIMENTS,
    NEURONS,
    read_table,
    write_table,
)


def read_subject(job_input, model: LanguageModel, sizes: Alternatives, seed: int) -> Subject:
    """Read a task, and draw its fresh prompts: the first of those on which its configuration is confirmed.

    Parameters
    ----------
    job_input
        The stage's.
    model : LanguageModel
    sizes : Alternatives
    seed : int

    Returns
    -------
    Subject
    """
    task, bank = read_task(job_input.task), read_fresh(job_input.bank)
    experiments, ranking = read_table(job_input.experiments, EXPERIMENTS), read_table(job_input.ranking, NEURONS)
    experiments = experiments[(experiments["model"] == model.name) & (experiments["task"] == task.name)]
    choice = choose(experiments)
    chosen = choose_prompts(model, bank, sizes.prompts, generator(seed, task.name, "prompts"), job_input.bank)
    blocks = part(list(chosen), sizes.prompts_per_draw, generator(seed, task.name, "blocks of alternatives"))
    return Subject(
        model=model,
        task=task,
        evaluation=tokenize_task(model, task, job_input.task),
        selection=tokenize_selection(model, task, job_input.task),
        contrast=read_contrast(job_input.contrast).texts,
        blocks=[{number: bank[number] for number in sorted(block)} for block in blocks],
        prose=read_prose(job_input.prose),
        choice=choice,
        neurons=top_neurons(ranking, task.name, [choice.layer], choice.neurons)[choice.layer],
        experiments=len(experiments),
    )


def measure(subject: Subject, sizes: Alternatives, params) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Measure a task under every method.

    Parameters
    ----------
    subject : Subject
    sizes : Alternatives
    params
        The stage's.

    Returns
    -------
    answers, prose, methods : DataFrame
        The rows of the stage's tables.

    Raises
    ------
    InputError
        If the model cannot do what the config asks for, with its key.
    """
    model, seed = subject.model, params.seed
    with naming(f"config.yaml: studies.{params.study}"):
        sets = draw_sets(subject, seed)
    with naming(f"config.yaml: studies.{params.study}.alternatives.examples"):
        placed = {with_examples(count): place_examples(subject, count, seed) for count in sizes.examples}
    with naming(f"config.yaml: studies.{params.study}.alternatives.lora"):
        tuned = train(subject, sizes.lora, seed)
    chosen, named = choose_methods(subject, sizes)
    measured = [measure_changes(subject, chosen, sets), measure_texts(tuned, subject.plain, LORA)]
    measured += [measure_texts(model, texts, method) for method, texts in placed.items()]
    answers, prose = (
        pd.concat([getattr(each, name) for each in measured], ignore_index=True) for name in ("answers", "prose")
    )
    tokens = {number: len(text.target) for number, text in subject.texts.items()}
    methods = describe_methods(subject, sizes, named, tuned.trained, seed)
    return (
        answers.assign(probability=np.exp(answers["log_probability"])),
        prose.rename(columns={"prompt": "text"}).assign(tokens=prose["prompt"].map(tokens)),
        methods,
    )


def main(job_input, output, params, wildcards, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, wildcards.model, params.n_layers, params.device, threads, start_token=params.start_token)
    sizes = Alternatives(**params.alternatives)
    subject = read_subject(job_input, model, sizes, params.seed)
    tables = {"answers": ALTERNATIVES, "prose": ALTERNATIVES_PROSE, "methods": ALTERNATIVES_METHODS}
    for (name, table), rows in zip(tables.items(), measure(subject, sizes, params), strict=True):
        named = rows.assign(model=model.name, task=subject.task.name, category=subject.task.category)
        write_table(named[list(table.columns)], table, getattr(output, name))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards, snakemake.threads)
