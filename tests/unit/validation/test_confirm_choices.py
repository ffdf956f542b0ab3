"""The stage that measures a task on fresh prompts, against one hooked forward pass each."""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from confirm_choices import main
from directions import pushed
from made_up import experiments_of, made_up_prompts
from tiny_models import LAYERS, WIDTH, build_tiny_model
from transformers import AutoTokenizer

from sna.engine.reference import amplified, is_top, log_probability
from sna.errors import InputError
from sna.experiments.confirmation import PROSE_DRAWS
from sna.experiments.controls import draw_controls
from sna.experiments.ranking import layer_responses, rank_by_other_scores
from sna.experiments.summary import best_layers, summarize_tasks
from sna.inputs.fresh import FreshPrompt, write_fresh
from sna.inputs.tasks import read_contrast, read_task
from sna.model.loading import load_model
from sna.model.prompts import tokenize, tokenize_text
from sna.tables import EXPERIMENTS, FRESH, FRESH_PROMPTS, NEURONS, PROSE, read_table, write_table

ROOT = Path(__file__).parents[3]
TASK = "antonyms"
TASKS = ["addition", "syllogisms", TASK]
SEED, PROMPTS = 5, 26
SIZES = {"prompts": PROMPTS, "draws": 7, "matched": 3, "directions": 2, "prompts_per_draw": 6}
BANK = [FreshPrompt(f"The fox number {number} jumps over the", " lazy dog", "made up") for number in range(15)]
BANK += [FreshPrompt(f"It sleeps {number} times in the warm", " sun", "made up") for number in range(15)]
SENTENCES = ["The quick brown fox sleeps.", "The evening comes over the warm sun."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny_model("llama", folder / "model")
    # It has a start token, and adds none to a text.
    AutoTokenizer.from_pretrained(folder / "model", bos_token="<|endoftext|>").save_pretrained(folder / "model")
    rng = np.random.default_rng(1)
    rankings = [
        pd.DataFrame({"neuron": rng.permutation(WIDTH)[:300], "rank": range(1, 301)}).assign(
            model="tiny", task=task, layer=layer, score=0.0, effect_size=0.0
        )
        for task in TASKS
        for layer in range(LAYERS)
    ]
    write_table(pd.concat(rankings)[list(NEURONS.columns)], NEURONS, folder / "neurons.parquet")
    experiments = experiments_of(made_up_prompts(models=("other", "tiny"), tasks=3, layers=LAYERS))
    write_table(experiments, EXPERIMENTS, folder / "experiments.parquet")
    write_fresh(folder / f"{TASK}.tsv", BANK)
    (folder / "prose.txt").write_text("\n".join(SENTENCES) + "\n", encoding="utf-8")
    return folder


def confirm(folder, name, sizes=SIZES, experiments="experiments.parquet"):
    job_input = SimpleNamespace(
        weights=folder / "model" / "model.safetensors",
        task=ROOT / "tasks" / f"{TASK}.yaml",
        bank=folder / f"{TASK}.tsv",
        prose=folder / "prose.txt",
        contrast=ROOT / "tasks" / "contrast" / "prose.yaml",
        ranking=folder / "neurons.parquet",
        experiments=folder / experiments,
    )
    output = SimpleNamespace(**{table: folder / name / f"{table}.parquet" for table in ("prompts", "gains", "prose")})
    params = SimpleNamespace(
        n_layers=LAYERS,
        device="cpu",
        start_token="tokenizer",
        dtype="float32",
        study="tiny",
        fresh=sizes,
        task_improvement="best",
        seed=SEED,
    )
    main(job_input, output, params, SimpleNamespace(model="tiny", task=TASK), threads=1)
    return SimpleNamespace(
        prompts=read_table(output.prompts, FRESH_PROMPTS),
        gains=read_table(output.gains, FRESH),
        prose=read_table(output.prose, PROSE),
    )


@pytest.fixture(scope="module")
def found(folder):
    return confirm(folder, "found")


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder / "model", "tiny", LAYERS)


@pytest.fixture(scope="module")
def experiments(folder):
    experiments = read_table(folder / "experiments.parquet", EXPERIMENTS)
    return experiments[experiments["model"] == "tiny"]


@pytest.fixture(scope="module")
def best(experiments):
    """The configuration that the experiments chose."""
    return summarize_tasks(experiments[experiments["task"] == TASK], "best").iloc[0]


@pytest.fixture(scope="module")
def controls(folder, model, best):
    """What is drawn beside the task's own neurons, by kind and number; and their ranking by other scores."""
    layer, count = best["best_layer"], best["best_neurons"]
    texts = [item.prompt for item in read_task(ROOT / "tasks" / f"{TASK}.yaml").selection]
    contrast = read_contrast(ROOT / "tasks" / "contrast" / "prose.yaml").texts
    responses = layer_responses(model, texts, layer)
    drawn = draw_controls(
        np.array(own(folder, TASK, layer, count)),
        responses["absolute"].mean(axis=0),
        32,
        {"random": 7, "matched": 3, "direction": 2},
        SEED,
        model="tiny",
        task=TASK,
        layer=layer,
    )
    scores = rank_by_other_scores(responses, layer_responses(model, contrast, layer), count)
    return {(each.kind, each.draw): each.what for each in drawn} | {(name, 0): what for name, what in scores.items()}


def own(folder, task, layer, count):
    """Return a task's top neurons."""
    ranking = read_table(folder / "neurons.parquet", NEURONS)
    return ranking.query("task == @task and layer == @layer")["neuron"].tolist()[:count]


def check(model, rows, way):
    """Hold rows of the table against hooked passes."""
    prompts = [tokenize(model, BANK[n].prompt, BANK[n].target) for n in rows["prompt"]]
    with way:
        expected = [math.exp(log_probability(model, prompt)) for prompt in prompts]
        top = [is_top(model, prompt) for prompt in prompts]
    np.testing.assert_allclose(rows["probability"], expected, rtol=1e-5)
    assert rows["top"].tolist() == top


def test_the_prompts_are_the_banks_with_what_the_model_says_unamplified(found, model):
    assert len(found.prompts) == PROMPTS
    assert found.prompts["half"].value_counts().to_dict() == {"first": PROMPTS / 2, "second": PROMPTS / 2}
    for row in found.prompts.itertuples():
        item = BANK[row.prompt]
        assert (row.text, row.target, row.source, row.category) == (item.prompt, item.target, item.source, "semantics")
        prompt = tokenize(model, item.prompt, item.target)
        assert row.baseline == pytest.approx(math.exp(log_probability(model, prompt)), rel=1e-5)
        assert row.top == is_top(model, prompt)


def test_a_guess_is_the_targets_probability_after_another_of_the_prompts(found, model):
    texts = found.prompts["text"].tolist()
    for row in found.prompts.itertuples():
        others = [tokenize(model, text, row.target) for text in texts if text != row.text]
        assert any(row.guess == pytest.approx(math.exp(log_probability(model, other)), rel=1e-5) for other in others)


def test_the_tasks_own_neurons_are_measured_on_every_prompt_in_its_best_configuration(folder, found, model, best):
    rows = found.gains[found.gains["kind"] == "selected"]
    layer, count, multiplier = best["best_layer"], best["best_neurons"], best["best_multiplier"]
    assert rows["prompt"].tolist() == found.prompts["prompt"].tolist()
    assert set(map(tuple, rows[["layer", "neurons", "multiplier"]].to_numpy())) == {(layer, count, multiplier)}
    assert set(rows["source"]) == {TASK}
    check(model, rows, amplified(model, {layer: own(folder, TASK, layer, count)}, multiplier))


def test_the_best_configuration_is_measured_once_more_where_texts_begin_with_the_start_token(
    folder, found, model, best
):
    rows = found.gains[found.gains["kind"] == "other_start"]
    assert rows["prompt"].tolist() == found.prompts["prompt"].tolist()
    other = load_model(folder / "model", "tiny", LAYERS, start_token="always")
    assert other.start == (model.tokenizer.bos_token_id,)
    layer, count = best["best_layer"], best["best_neurons"]
    check(other, rows, amplified(other, {layer: own(folder, TASK, layer, count)}, best["best_multiplier"]))
    prompts = [tokenize(other, BANK[number].prompt, BANK[number].target) for number in found.prompts["prompt"]]
    unamplified = [math.exp(log_probability(other, prompt)) for prompt in prompts]
    np.testing.assert_allclose(found.prompts["other_start"], unamplified, rtol=1e-5)
    assert not np.allclose(unamplified, found.prompts["baseline"], rtol=0.1)


@pytest.mark.parametrize("source", ["addition", "syllogisms"])
def test_where_other_tasks_are_few_the_neurons_of_each_are_measured_on_every_prompt(folder, found, model, best, source):
    rows = found.gains.query("kind == 'other' and source == @source")
    assert len(rows) == PROMPTS
    layer, count = best["best_layer"], best["best_neurons"]
    check(model, rows, amplified(model, {layer: own(folder, source, layer, count)}, best["best_multiplier"]))


@pytest.mark.parametrize("kind", ["standardized", "signed", "last_token", "without_first"])
def test_neurons_by_other_scores_are_measured_on_every_prompt(found, model, best, controls, kind):
    rows = found.gains[found.gains["kind"] == kind]
    assert len(rows) == PROMPTS
    check(model, rows, amplified(model, {best["best_layer"]: controls[kind, 0]}, best["best_multiplier"]))


@pytest.mark.parametrize("control", [("random", 0), ("random", 6), ("matched", 2)])
def test_a_control_is_measured_on_its_block(found, model, best, controls, control):
    rows = found.gains[(found.gains["kind"] == control[0]) & (found.gains["draw"] == control[1])]
    assert len(rows) in (6, 7)
    check(model, rows, amplified(model, {best["best_layer"]: controls[control]}, best["best_multiplier"]))


def test_a_direction_is_added_in_the_length_of_what_the_own_neurons_add(folder, found, model, best, controls):
    rows = found.gains.query("kind == 'direction' and draw == 1")
    assert len(rows) in (6, 7)
    layer, along = best["best_layer"], torch.tensor(controls["direction", 1], dtype=torch.float32)
    selected = own(folder, TASK, layer, best["best_neurons"])
    check(model, rows, pushed(model, layer, selected, best["best_multiplier"], along))


def test_draws_go_over_the_blocks_in_turn(found):
    random = found.gains[found.gains["kind"] == "random"].groupby("draw")["prompt"].agg(frozenset)
    assert len(random) == 7
    # 26 prompts make 4 blocks of at least 6.
    assert set().union(*random[:4]) == set(found.prompts["prompt"])
    assert sum(map(len, random[:4])) == PROMPTS
    assert all(random[draw] == random[draw - 4] for draw in (4, 5, 6))


def test_at_the_best_layer_of_each_category_the_tasks_best_configuration_there_is_measured_on_a_half(
    folder, found, model, experiments
):
    layers = best_layers(experiments, "best")
    rows = found.gains[found.gains["kind"] == "layer"]
    assert rows.groupby("source")["layer"].first().to_dict() == layers
    assert len(set(layers.values())) > 1
    of_task = experiments[experiments["task"] == TASK]
    first = found.prompts.loc[found.prompts["half"] == "first", "prompt"].tolist()
    for category, layer in layers.items():
        there = summarize_tasks(of_task[of_task["layer"] == layer], "best").iloc[0]
        own_rows = rows[rows["source"] == category]
        assert own_rows["prompt"].tolist() == first
        neurons = own(folder, TASK, layer, there["best_neurons"])
        check(model, own_rows, amplified(model, {layer: neurons}, there["best_multiplier"]))


def test_prose_is_measured_under_the_own_neurons_random_ones_and_directions(folder, found, model, best, controls):
    texts = [tokenize_text(model, sentence) for sentence in SENTENCES]
    drawn = found.prose.groupby("kind")["draw"].unique().map(list).to_dict()
    assert drawn == {"selected": [0], "random": list(range(PROSE_DRAWS)), "direction": [0, 1]}
    layer, multiplier = best["best_layer"], best["best_multiplier"]
    ways = {
        ("selected", 0): amplified(model, {layer: own(folder, TASK, layer, best["best_neurons"])}, multiplier),
        ("random", 3): amplified(model, {layer: controls["random", 3]}, multiplier),
    }
    for control, way in ways.items():
        rows = found.prose[(found.prose["kind"] == control[0]) & (found.prose["draw"] == control[1])]
        assert rows["tokens"].tolist() == [len(text.target) for text in texts]
        np.testing.assert_allclose(rows["before"], [log_probability(model, text) for text in texts], rtol=1e-5)
        with way:
            np.testing.assert_allclose(rows["after"], [log_probability(model, text) for text in texts], rtol=1e-5)
    assert (found.prose["divergence"] > 0).all()


def test_the_same_seed_gives_the_same_bytes(folder, found):
    confirm(folder, "again")
    for table in ("prompts", "gains", "prose"):
        first, second = (folder / name / f"{table}.parquet" for name in ("found", "again"))
        assert first.read_bytes() == second.read_bytes(), table


def test_more_draws_change_none_of_those_that_are_there(folder, found):
    more = confirm(folder, "more", SIZES | {"draws": 9}).gains
    merged = found.gains.merge(more, on=list(FRESH.keys), suffixes=("", "_more"))
    assert len(merged) == len(found.gains)
    np.testing.assert_allclose(merged["probability"], merged["probability_more"], rtol=1e-5)


def test_a_count_beside_which_no_controls_can_be_drawn_is_refused_by_the_configs_key(folder):
    many = experiments_of(made_up_prompts(models=("tiny",), tasks=3, layers=LAYERS, neurons=(280, 300)))
    write_table(many, EXPERIMENTS, folder / "many.parquet")
    with pytest.raises(
        InputError, match=r"config.yaml: studies.tiny.neurons: (280|300) given; .* 512 neurons.*\(tiny\)"
    ):
        confirm(folder, "refused", experiments="many.parquet")
    assert not (folder / "refused").exists()
