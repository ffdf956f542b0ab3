"""Interference between tasks against the reference, and as a whole stage."""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from measure_interference import draw_sets, main, measure
from tiny_models import LAYERS, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.interference import InterferenceCase
from sna.experiments.pieces import cut, whole_text
from sna.inputs.config import Statement
from sna.inputs.fresh import FreshPrompt, write_fresh
from sna.inputs.tasks import read_task
from sna.model.loading import load_model
from sna.model.prompts import tokenize, tokenize_task
from sna.tables import EXPERIMENTS, INTERFERENCE, NEURONS, read_table, write_table

TASKS = Path(__file__).parents[3] / "tasks"
TEXTS = {
    "addition": [("2 + 2 =", " 4"), ("2 + 3 =", " 5")],
    "rhymes": [("the lazy", " dog"), ("The quick brown", " fox")],
}
RANKING = [7, 300, 2, 41]
SETS = [[1, 5, 9, 11], [20, 30, 40, 50]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_tiny_model("llama", tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder, "tiny", LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return {
        task: {number: tokenize(model, *text) for number, text in enumerate(texts)} for task, texts in TEXTS.items()
    }


@pytest.mark.parametrize("layer", [1, LAYERS - 1])
def test_a_case_is_what_hooked_passes_measure(model, prompts, layer):
    case = InterferenceCase("statement", "addition", layer, 4, 2.5, targets=["rhymes", "addition"], texts=["rhymes"])
    table = measure(model, case, cut(case, prompts, 2, 2, seed=1), RANKING, SETS).assign(prompts="evaluation")
    table = INTERFERENCE.check(table[list(INTERFERENCE.columns)], "case")
    groups = table.groupby(["kind", "draw", "task", "scored"])
    expected = {("selected", 0, "addition", "target")}
    expected |= {
        (*drawn, "rhymes", way)
        for drawn in [("selected", 0), ("random", 0), ("random", 1)]
        for way in ("target", "text")
    }
    assert set(groups.groups) == expected
    for (kind, draw, task, scored), rows in groups:
        measured = [prompt if scored == "target" else whole_text(prompt) for prompt in prompts[task].values()]
        neurons = RANKING if kind == "selected" else SETS[draw]
        before = [log_probability(model, prompt) for prompt in measured]
        with amplified(model, {layer: neurons}, 2.5):
            after = [log_probability(model, prompt) for prompt in measured]
        assert np.log(rows["baseline"]).to_list() == pytest.approx(before, rel=1e-5)
        assert np.log(rows["probability"]).to_list() == pytest.approx(after, rel=1e-5)
        assert rows["tokens"].to_list() == [len(prompt.target) for prompt in measured]
        assert not np.allclose(before, after), "amplification must change what is measured here"


def draw(model, selected, source="addition"):
    case = InterferenceCase("statement", source, 2, len(selected), 2.5, ["rhymes"], ["rhymes"])
    return draw_sets(model, case, selected, SimpleNamespace(sizes={"draws": 6}, seed=1, study="tiny"))


def test_random_neurons_are_as_many_others_and_each_draw_is_one_of_its_own(model):
    sets = draw(model, RANKING)
    assert all(len(set(one)) == len(RANKING) and not set(one) & set(RANKING) for one in sets)
    assert len({tuple(one) for one in sets}) == 6
    assert sets == draw(model, RANKING) != draw(model, RANKING, source="sequences")


def test_a_layer_with_too_few_other_neurons_names_the_key(model):
    most = model.adapter.n_neurons // 2
    assert len(draw(model, range(most))[0]) == most
    with pytest.raises(
        InputError, match=rf"studies\.tiny\.neurons: {most + 1} given; a layer of tiny has {most - 1} o"
    ):
        draw(model, range(most + 1))


@pytest.fixture(scope="module")
def stage(folder, tmp_path_factory):
    """Run the stage on four tasks, of which the sweep covers two layers, and return its table and experiments."""
    place = tmp_path_factory.mktemp("stage")
    prompts = made_up_prompts(models=("other", "tiny"), tasks=4, layers=2, neurons=(2, 6), noise=0.1)
    experiments = experiments_of(prompts.assign(layer=prompts["layer"] * 2))
    write_table(experiments, EXPERIMENTS, place / "experiments.parquet")
    tasks = list(experiments["task"].unique())
    ranks = [(task, layer, rank) for task in tasks for layer in (0, 2) for rank in range(1, 7)]
    neurons = pd.DataFrame(ranks, columns=["task", "layer", "rank"]).assign(model="tiny", score=1.0, effect_size=1.0)
    neurons["neuron"] = 10 * neurons["rank"] + neurons["layer"]
    write_table(neurons[list(NEURONS.columns)], NEURONS, place / "neurons.parquet")
    for task in tasks:
        bank = [FreshPrompt(f"the {task} {number} quick brown", " fox", "a rule") for number in range(30)]
        write_fresh(place / f"{task}.tsv", bank)
    statement = Statement(neurons_of="arithmetic", measured_on="poetry", layers={"tiny": 3}, depth=0.0)
    main(
        SimpleNamespace(
            weights=folder / "model.safetensors",
            tasks=[TASKS / f"{task}.yaml" for task in tasks],
            banks=[place / f"{task}.tsv" for task in tasks],
            ranking=place / "neurons.parquet",
            experiments=place / "experiments.parquet",
        ),
        place / "interference.parquet",
        SimpleNamespace(
            n_layers=LAYERS,
            device="cpu",
            start_token="tokenizer",
            study="tiny",
            statements={"statement": statement.model_dump()},
            sizes={"prompts": 24, "draws": 5, "prompts_per_draw": 6},
            seed=1,
        ),
        "tiny",
        1,
    )
    return read_table(place / "interference.parquet", INTERFERENCE), experiments[experiments["model"] == "tiny"]


def test_every_task_is_measured_under_every_task(stage):
    measured, experiments = stage
    tasks = sorted(experiments["task"].unique())
    best = measured[measured["setting"] == "best"]
    targets = best[best["scored"] == "target"]
    evaluated = {task: len(read_task(TASKS / f"{task}.yaml").evaluation) for task in tasks}
    assert targets.groupby(["source", "task"]).size().to_dict() == {
        (one, other): evaluated[other] for one in tasks for other in tasks
    }
    texts = best[best["scored"] == "text"]
    assert set(texts["task"]) == {"rhymes"}
    assert set(texts["source"]) == set(tasks)
    assert (set(best["kind"]), set(best["prompts"])) == ({"selected"}, {"evaluation"})


def test_a_statement_is_measured_at_the_nearest_swept_layer(stage):
    measured, _ = stage
    statement = measured[measured["setting"] == "statement"]
    assert set(statement["layer"]) == {2}, "layer 3 is asked for; 0 and 2 are swept"
    assert set(statement["source"]) == {"addition"}
    assert set(map(tuple, statement[["task", "scored"]].to_numpy())) == {
        ("rhymes", "target"), ("rhymes", "text"), ("addition", "target"),
    }  # fmt: skip


def test_a_statement_is_measured_on_both_sets_of_prompts_and_beside_random_neurons(stage):
    measured, _ = stage
    texts = measured[(measured["setting"] == "statement") & (measured["scored"] == "text")]
    for prompts, count in (("evaluation", len(read_task(TASKS / "rhymes.yaml").evaluation)), ("fresh", 24)):
        rows = texts[texts["prompts"] == prompts]
        selected, random = (rows[rows["kind"] == kind] for kind in ("selected", "random"))
        assert len(selected) == count
        assert set(random["draw"]) == set(range(5))
        assert set(random["prompt"]) == set(selected["prompt"]), "every prompt meets a draw"
        assert len(random) < 5 * count, "and not every draw"


def test_a_source_is_amplified_by_its_own_neurons(stage, model):
    measured, _ = stage
    own = measured[(measured["setting"] == "statement") & (measured["scored"] == "target")]
    own = own[(own["kind"] == "selected") & (own["prompts"] == "evaluation") & (own["task"] == "rhymes")]
    layer, count, multiplier = own[["layer", "neurons", "multiplier"]].iloc[0]
    path = TASKS / "rhymes.yaml"
    prompts = tokenize_task(model, read_task(path), path)
    ranked = [10 * rank + 2 for rank in range(1, 7)]
    with amplified(model, {int(layer): ranked[: int(count)]}, multiplier):
        after = [math.exp(log_probability(model, prompt)) for prompt in prompts]
    assert own["probability"].to_list() == pytest.approx(after, rel=1e-4)
