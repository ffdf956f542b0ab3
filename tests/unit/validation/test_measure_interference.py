"""Interference between tasks against the reference, and as a whole stage."""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from measure_interference import main, measure, whole_text
from tiny_models import LAYERS, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.experiments.interference import InterferenceCase
from sna.inputs.config import Statement
from sna.inputs.tasks import read_task
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt, tokenize, tokenize_task
from sna.tables import EXPERIMENTS, INTERFERENCE, NEURONS, read_table, write_table

TASKS = Path(__file__).parents[3] / "tasks"
TEXTS = {
    "addition": [("2 + 2 =", " 4"), ("2 + 3 =", " 5")],
    "rhymes": [("the lazy", " dog"), ("The quick brown", " fox")],
}
RANKING = [7, 300, 2, 41, 8, 100]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_tiny_model("llama", tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder, "tiny", LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return {task: [tokenize(model.tokenizer, *text, n_ctx=128) for text in texts] for task, texts in TEXTS.items()}


def expected(model, scored, layer, count, multiplier):
    """Return the reference's log-probabilities without and with amplification."""
    before = [log_probability(model, prompt) for prompt in scored]
    with amplified(model, {layer: RANKING[:count]}, multiplier):
        return before, [log_probability(model, prompt) for prompt in scored]


@pytest.mark.parametrize("layer", [1, LAYERS - 1])
def test_a_case_is_what_hooked_passes_measure(model, prompts, layer):
    case = InterferenceCase("best", "addition", layer, 4, 2.5, targets=["addition", "rhymes"], texts=["rhymes"])
    table = INTERFERENCE.check(measure(model, case, prompts, RANKING), "case")
    assert set(map(tuple, table[["task", "scored"]].to_numpy())) == {
        ("addition", "target"),
        ("rhymes", "target"),
        ("rhymes", "text"),
    }
    for (task, scored), rows in table.groupby(["task", "scored"]):
        measured = prompts[task] if scored == "target" else [whole_text(prompt) for prompt in prompts[task]]
        before, after = expected(model, measured, layer, 4, 2.5)
        assert np.log(rows["baseline"]).to_list() == pytest.approx(before, rel=1e-5)
        assert np.log(rows["probability"]).to_list() == pytest.approx(after, rel=1e-5)
        assert rows["tokens"].to_list() == [len(prompt.target) for prompt in measured]
        assert not np.allclose(before, after), "amplification must change what is measured here"


def test_a_whole_texts_probability_is_that_of_its_parts(model, prompts):
    for prompt in prompts["rhymes"]:
        parts = TokenizedPrompt(prompt.prompt[:1], prompt.prompt[1:])
        together = log_probability(model, whole_text(prompt))
        assert together == pytest.approx(log_probability(model, parts) + log_probability(model, prompt), rel=1e-6)
        assert len(whole_text(prompt).target) == len(prompt.prompt) + len(prompt.target) - 1


@pytest.fixture(scope="module")
def stage(folder, tmp_path_factory):
    """Run the stage on three tasks, of which the sweep covers two layers, and return its table and experiments."""
    place = tmp_path_factory.mktemp("stage")
    prompts = made_up_prompts(models=("other", "tiny"), tasks=4, layers=2, neurons=(2, 6), noise=0.1)
    experiments = experiments_of(prompts.assign(layer=prompts["layer"] * 2))
    write_table(experiments, EXPERIMENTS, place / "experiments.parquet")
    ranks = [(task, layer, rank) for task in experiments["task"].unique() for layer in (0, 2) for rank in range(1, 7)]
    neurons = pd.DataFrame(ranks, columns=["task", "layer", "rank"]).assign(model="tiny", score=1.0, effect_size=1.0)
    neurons["neuron"] = 10 * neurons["rank"] + neurons["layer"]
    write_table(neurons[list(NEURONS.columns)], NEURONS, place / "neurons.parquet")
    statement = Statement(neurons_of="arithmetic", measured_on="poetry", layers={"tiny": 3}, depth=0.0)
    main(
        SimpleNamespace(
            weights=folder / "model.safetensors",
            tasks=[TASKS / f"{task}.yaml" for task in experiments["task"].unique()],
            ranking=place / "neurons.parquet",
            experiments=place / "experiments.parquet",
        ),
        place / "interference.parquet",
        SimpleNamespace(n_layers=LAYERS, device="cpu", interference={"statement": statement.model_dump()}),
        "tiny",
        1,
    )
    return read_table(place / "interference.parquet", INTERFERENCE), experiments[experiments["model"] == "tiny"]


def test_every_task_is_measured_under_every_task(stage):
    measured, experiments = stage
    tasks = sorted(experiments["task"].unique())
    targets = measured[(measured["setting"] == "best") & (measured["scored"] == "target")]
    assert targets.groupby(["source", "task"]).size().to_dict() == {
        (one, other): 12 for one in tasks for other in tasks
    }
    texts = measured[(measured["setting"] == "best") & (measured["scored"] == "text")]
    assert set(texts["task"]) == {"rhymes"}
    assert set(texts["source"]) == set(tasks)


def test_a_statement_is_measured_at_the_nearest_swept_layer(stage):
    measured, _ = stage
    statement = measured[measured["setting"] == "statement"]
    assert set(statement["layer"]) == {2}, "layer 3 is asked for; 0 and 2 are swept"
    assert set(statement["source"]) == {"addition"}
    assert set(map(tuple, statement[["task", "scored"]].to_numpy())) == {("rhymes", "target"), ("rhymes", "text")}


def test_a_source_is_amplified_by_its_own_neurons(stage, model):
    measured, _ = stage
    own = measured[(measured["setting"] == "statement") & (measured["scored"] == "target")]
    layer, count, multiplier = own[["layer", "neurons", "multiplier"]].iloc[0]
    path = TASKS / "rhymes.yaml"
    prompts = tokenize_task(model.tokenizer, read_task(path), model.adapter.n_ctx, path)
    ranked = [10 * rank + 2 for rank in range(1, 7)]
    with amplified(model, {int(layer): ranked[: int(count)]}, multiplier):
        after = [math.exp(log_probability(model, prompt)) for prompt in prompts]
    assert own["probability"].to_list() == pytest.approx(after, rel=1e-4)
