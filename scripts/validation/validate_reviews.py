"""Validate amplification on the sentiment of reviews: classify sentences before and after.

Reads a model, the reviews and the contrast text. Sentences of the selection part rank the neurons, those of the tuning
part choose layer, count and multiplier, and those of the test part are classified with that choice. Writes both labels'
probabilities: for the tuning part under every configuration tried, for the test part under the chosen one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sna.engine.grid import Grid
from sna.errors import InputError
from sna.experiments.ranking import Ranking, mean_activations, rank_neurons
from sna.experiments.reviews import Classified, Question, classify
from sna.fetching.reviews.parts import draw_parts
from sna.inputs.tasks import read_contrast
from sna.job import job
from sna.model.loading import LanguageModel, load_model
from sna.tables import CLASSIFIED, REVIEWS, read_table, write_table

CONFIGURATION = ["layer", "neurons", "multiplier"]


def draw(model: LanguageModel, question: Question, reviews: pd.DataFrame, params) -> dict[str, pd.DataFrame]:
    """Draw the parts from the sentences that the model can read; the log says how many it cannot.

    Parameters
    ----------
    model : LanguageModel
    question : Question
    reviews : DataFrame
        A table that keeps `sna.tables.REVIEWS`.
    params
        The stage's.

    Returns
    -------
    dict of str to DataFrame
        The rows of `selection`, `tuning` and `test`.

    Raises
    ------
    InputError
        If there are too few sentences, with the config's key.
    """
    short = question.fits(model, reviews["sentence"].tolist())
    if not short.all():
        print(
            f"{(~short).sum()} of {len(short)} sentences are left out: with the question they have more than the"
            f" {model.adapter.n_ctx} tokens that {model.name} reads",
            file=sys.stderr,
        )
    sizes = {part: params.validation[part] for part in ("selection", "tuning", "test")}
    try:
        return draw_parts(reviews[short], sizes, params.seed)
    except InputError as error:
        where = f"config.yaml: studies.{params.study}.validation"
        raise InputError(f"{where}: {error} in {params.validation['reviews']} that {model.name} can read") from None


def rank(
    model: LanguageModel, question: Question, selection: pd.DataFrame, contrast: list[str], n_neurons: int
) -> Ranking:
    """Rank the neurons by how much more they respond to the question about a review than to contrast text.

    Parameters
    ----------
    model : LanguageModel
    question : Question
    selection : DataFrame
        Rows of a table that keeps `sna.tables.REVIEWS`.
    contrast : list of str
    n_neurons : int
        How many neurons of each layer are ranked.

    Returns
    -------
    Ranking

    Raises
    ------
    InputError
        If a layer has fewer neurons, with the config's key.
    """
    asked = mean_activations(model, [question.ask(sentence) for sentence in selection["sentence"]])
    try:
        return rank_neurons(asked, mean_activations(model, contrast), n_neurons)
    except InputError as error:
        raise InputError(f"config.yaml: sentiment.{error} ({model.name})") from None


def tabulate(part: str, sentences: pd.DataFrame, layer: int, grid: Grid, classified: Classified) -> pd.DataFrame:
    """Lay out a layer's probabilities in rows.

    Parameters
    ----------
    part : {"tuning", "test"}
    sentences : DataFrame
        The part's rows of a table that keeps `sna.tables.REVIEWS`.
    layer : int
    grid : Grid
        The configurations of `classified`.
    classified : Classified

    Returns
    -------
    DataFrame
        One row a configuration and sentence, with columns of `sna.tables.CLASSIFIED`.
    """
    count, multiplier, sentence = (index.ravel() for index in np.indices(classified.after.shape[:-1]))
    after = classified.after.reshape(-1, 2)
    return pd.DataFrame(
        {
            "part": part,
            "layer": layer,
            "neurons": np.array(grid.n_neurons)[count],
            "multiplier": np.array(grid.multipliers, dtype=float)[multiplier],
            "number": sentences["number"].to_numpy()[sentence],
            "label": sentences["label"].to_numpy()[sentence],
            "negative_before": classified.before[sentence, 0],
            "positive_before": classified.before[sentence, 1],
            "negative_after": after[:, 0],
            "positive_after": after[:, 1],
        }
    )


def choose(tuning: pd.DataFrame) -> tuple[int, int, float]:
    """Return layer, count and multiplier with the highest mean probability of the right label, of the two labels' sum.

    Of equally good ones, the lowest layer is taken, then the fewest neurons, then the smallest multiplier.

    Parameters
    ----------
    tuning : DataFrame
        Sentences as `tabulate` lays them out, under every configuration.

    Returns
    -------
    layer : int
    count : int
        How many neurons.
    multiplier : float
    """
    total = tuning["negative_after"] + tuning["positive_after"]
    right = tuning["positive_after"].where(tuning["label"] == "positive", tuning["negative_after"])
    # Where both round to 0 the model prefers neither.
    share = (right / total).where(total > 0, 0.5)
    layer, count, multiplier = share.groupby([tuning[key] for key in CONFIGURATION]).mean().idxmax()
    return int(layer), int(count), float(multiplier)


def main(job_input, output: str, params, model_name: str, threads: int) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, model_name, params.n_layers, params.device, threads, start_token=params.start_token)
    question = Question(params.sentiment["prompt"], **params.sentiment["labels"])
    parts = draw(model, question, read_table(job_input.reviews, REVIEWS), params)
    grid = Grid(params.sentiment["neurons"], params.sentiment["multipliers"])
    ranking = rank(model, question, parts["selection"], read_contrast(job_input.contrast).texts, max(grid.n_neurons))
    prompts = {part: question.tokenize(model, sentences["sentence"]) for part, sentences in parts.items()}

    def measure(part: str, layer: int, grid: Grid) -> pd.DataFrame:
        neuron_ids, dtype = ranking.neuron_ids[layer].tolist(), getattr(torch, params.dtype)
        classified = classify(model, layer, prompts[part], neuron_ids, grid, dtype=dtype)
        return tabulate(part, parts[part], layer, grid, classified)

    tuning = pd.concat([measure("tuning", layer, grid) for layer in params.layer_ids], ignore_index=True)
    layer, count, multiplier = choose(tuning)
    test = measure("test", layer, Grid([count], [multiplier]))
    table = pd.concat([tuning, test]).assign(model=model.name)
    write_table(table[list(CLASSIFIED.columns)], CLASSIFIED, output)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, snakemake.wildcards.model, snakemake.threads)
