"""The stage that compares amplification with what one would do instead, each method against plain forward passes."""

import math
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from compare_alternatives import main
from directions import block_of
from made_up import experiments_of, made_up_prompts
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.reference import amplified, is_top, log_probability
from sna.errors import InputError
from sna.experiments.controls import draw_random
from sna.experiments.directions import difference_of_means, mean_residuals
from sna.experiments.fresh import generator, part
from sna.experiments.summary import summarize_tasks
from sna.inputs.alternatives import Alternatives
from sna.inputs.fresh import FreshPrompt, write_fresh
from sna.inputs.tasks import read_contrast, read_task
from sna.model.loading import load_model
from sna.model.prompts import tokenize, tokenize_task, tokenize_text
from sna.tables import (
    ALTERNATIVES,
    ALTERNATIVES_METHODS,
    ALTERNATIVES_PROSE,
    EXPERIMENTS,
    NEURONS,
    read_table,
    write_table,
)
from sna.tuning.training import tune

TASKS = Path(__file__).parents[3] / "tasks"
TASK, SEED, PROMPTS = "antonyms", 5, 24
SIZES = Alternatives(
    prompts=PROMPTS,
    prompts_per_draw=12,
    examples=[1, 2],
    temperatures=[0.5, 2],
    strengths=[0.1, 1],
    lora={"steps": 2, "batch": 3, "learning_rate": 0.01},
)
BANK = [FreshPrompt(f"The fox number {number} jumps over the", " lazy dog", "made up") for number in range(15)]
BANK += [FreshPrompt(f"It sleeps {number} times in the warm", " sun", "made up") for number in range(15)]
SENTENCES = ["The quick brown fox sleeps.", "The evening comes over the warm sun."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny_model("llama", folder / "model")
    rng = np.random.default_rng(1)
    rankings = [
        pd.DataFrame({"neuron": rng.permutation(WIDTH)[:300], "rank": range(1, 301)}).assign(
            model="tiny", task=task, layer=layer, score=0.0, effect_size=0.0
        )
        for task in ("addition", TASK)
        for layer in range(LAYERS)
    ]
    write_table(pd.concat(rankings)[list(NEURONS.columns)], NEURONS, folder / "neurons.parquet")
    experiments = experiments_of(made_up_prompts(models=("other", "tiny"), tasks=3, layers=LAYERS))
    write_table(experiments, EXPERIMENTS, folder / "experiments.parquet")
    write_fresh(folder / f"{TASK}.tsv", BANK)
    (folder / "prose.txt").write_text("\n".join(SENTENCES) + "\n", encoding="utf-8")
    return folder


def compare(folder, name, sizes=SIZES):
    job_input = SimpleNamespace(
        weights=folder / "model" / "model.safetensors",
        task=TASKS / f"{TASK}.yaml",
        bank=folder / f"{TASK}.tsv",
        prose=folder / "prose.txt",
        contrast=TASKS / "contrast" / "prose.yaml",
        ranking=folder / "neurons.parquet",
        experiments=folder / "experiments.parquet",
    )
    tables = {"answers": ALTERNATIVES, "prose": ALTERNATIVES_PROSE, "methods": ALTERNATIVES_METHODS}
    output = SimpleNamespace(**{table: folder / name / f"{table}.parquet" for table in tables})
    params = SimpleNamespace(
        n_layers=LAYERS,
        device="cpu",
        start_token="tokenizer",
        study="tiny",
        alternatives=sizes.model_dump(),
        seed=SEED,
    )
    main(job_input, output, params, SimpleNamespace(model="tiny", task=TASK), threads=1)
    return SimpleNamespace(**{name: read_table(getattr(output, name), table) for name, table in tables.items()})


@pytest.fixture(scope="module")
def found(folder):
    return compare(folder, "found")


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder / "model", "tiny", LAYERS)


@pytest.fixture(scope="module")
def task():
    return read_task(TASKS / f"{TASK}.yaml")


@pytest.fixture(scope="module")
def best(folder):
    """The configuration that the experiments chose: its layer, the task's own neurons, and the multiplier."""
    experiments = read_table(folder / "experiments.parquet", EXPERIMENTS)
    own = experiments[(experiments["model"] == "tiny") & (experiments["task"] == TASK)]
    row = summarize_tasks(own, "best").iloc[0]
    layer, count = int(row["best_layer"]), int(row["best_neurons"])
    ranking = read_table(folder / "neurons.parquet", NEURONS).query("task == @TASK and layer == @layer")
    return SimpleNamespace(layer=layer, neurons=ranking["neuron"].tolist()[:count], multiplier=row["best_multiplier"])


@pytest.fixture(scope="module")
def blocks(found):
    numbers = sorted(found.answers["prompt"].unique())
    return part(numbers, SIZES.prompts_per_draw, generator(SEED, TASK, "blocks of alternatives"))


@pytest.fixture(scope="module")
def methods(found):
    return found.methods.set_index("method")


def check(model, found, method, way=None, *, numbers=None, before=""):
    """Hold a method's rows against plain passes, of prompts with a text before them."""
    rows = found.answers[found.answers["method"] == method]
    rows = rows if numbers is None else rows[rows["prompt"].isin(numbers)]
    prompts = [tokenize(model, before + BANK[n].prompt, BANK[n].target) for n in rows["prompt"]]
    with way or nullcontext():
        expected = [math.exp(log_probability(model, prompt)) for prompt in prompts]
        top = [is_top(model, prompt) for prompt in prompts]
    assert len(rows) == len(numbers or range(PROMPTS))
    np.testing.assert_allclose(rows["probability"], expected, rtol=1e-4)
    assert rows["top"].tolist() == top


def prose_of(found, method):
    return found.prose[found.prose["method"] == method].set_index("text")["log_probability"].tolist()


def test_every_method_is_measured_on_the_same_fresh_prompts_and_on_all_prose(found):
    names = {"nothing", "amplified", "random", "temperature", "steering", "probe", "lora", "examples_1", "examples_2"}
    assert set(found.methods["method"]) == names
    drawn = generator(SEED, TASK, "prompts").permutation(len(BANK))[:PROMPTS]
    for rows, column, numbers in ((found.answers, "prompt", sorted(drawn)), (found.prose, "text", [0, 1])):
        for name in names:
            assert rows[rows["method"] == name][column].tolist() == list(numbers)


def test_nothing_and_the_tasks_own_neurons_are_what_hooked_passes_measure(found, model, best):
    check(model, found, "nothing")
    check(model, found, "amplified", amplified(model, {best.layer: best.neurons}, best.multiplier))
    texts = [tokenize_text(model, text) for text in SENTENCES]
    assert prose_of(found, "nothing") == pytest.approx([log_probability(model, text) for text in texts], rel=1e-5)
    with amplified(model, {best.layer: best.neurons}, best.multiplier):
        expected = [log_probability(model, text) for text in texts]
    assert prose_of(found, "amplified") == pytest.approx(expected, rel=1e-5)


def test_each_block_meets_random_neurons_of_its_own_the_same_as_elsewhere(found, model, best, blocks):
    for number, block in enumerate(blocks):
        rng = np.random.default_rng([SEED, *f"tiny/{TASK}/{best.layer}/random/{number}".encode()])
        drawn = draw_random(np.array(best.neurons), WIDTH, rng)
        check(model, found, "random", amplified(model, {best.layer: drawn}, best.multiplier), numbers=block)


@pytest.mark.parametrize("count", [1, 2])
def test_each_block_has_examples_of_its_own_before_every_prompt(found, model, task, blocks, count):
    lengths, methods = [], found.methods.set_index("method")
    for number, block in enumerate(blocks):
        order = generator(SEED, TASK, f"examples/{number}").permutation(len(task.selection))[:count]
        before = "".join(f"{task.selection[n].prompt}{task.selection[n].target}\n" for n in order)
        check(model, found, f"examples_{count}", numbers=block, before=before)
        lengths.append(len(model.encode(before)))
    assert methods.loc[f"examples_{count}", "stored"] == round(np.mean(lengths))
    assert methods.loc[f"examples_{count}", "read"] > methods.loc["nothing", "read"] + min(lengths) / 2


def test_a_steering_vector_is_the_difference_of_means_by_the_chosen_strength(found, model, task, best, methods):
    contrast = read_contrast(TASKS / "contrast" / "prose.yaml").texts
    texts = [[item.prompt for item in task.selection], contrast]
    vector = difference_of_means(*(mean_residuals(model, own, best.layer) for own in texts))
    strength = methods.loc["steering", "chosen"]
    push = torch.tensor(strength * vector, dtype=torch.float32)

    def add(module, inputs, output):
        return output + push if isinstance(output, torch.Tensor) else (output[0] + push, *output[1:])

    handle = block_of(model, best.layer).register_forward_hook(add)
    try:
        check(model, found, "steering")
    finally:
        handle.remove()
    assert {strength, methods.loc["probe", "chosen"]} <= {0.1, 1.0}


def test_a_temperature_changes_no_answer(found, methods):
    temperature, nothing = (found.answers[found.answers["method"] == name] for name in ("temperature", "nothing"))
    assert temperature["top"].tolist() == nothing["top"].tolist()
    assert not np.allclose(temperature["probability"], nothing["probability"], rtol=0.01)
    assert methods.loc["temperature", "chosen"] in (0.5, 2.0)


def test_lora_is_trained_on_the_selection_prompts_with_their_targets(found, model, task, methods):
    selection = [tokenize(model, item.prompt, item.target) for item in task.selection]
    tuned = tune(model, selection, method="lora", steps=2, batch=3, learning_rate=0.01, seed=SEED)
    check(tuned, found, "lora")
    assert methods.loc["lora", "stored"] == tuned.trained > 0


def test_what_a_method_needs_is_counted(found, model, task, best, methods):
    texts = [item.prompt for item in task.selection] + read_contrast(TASKS / "contrast" / "prose.yaml").texts
    read = sum(len(model.encode(text)) for text in texts)
    evaluation = sum(len(each.context) for each in tokenize_task(model, task, TASKS / f"{TASK}.yaml"))
    configurations = LAYERS * 4
    assert methods["stored"].drop(["lora", "examples_1", "examples_2"]).to_dict() == {
        "nothing": 0,
        "amplified": len(best.neurons) + 2,
        "random": len(best.neurons) + 2,
        "temperature": 1,
        "steering": 33,
        "probe": 33,
    }
    assert methods.loc["amplified", "prepared"] == read + configurations * evaluation
    assert methods.loc["steering", "prepared"] == methods.loc["probe", "prepared"] == read + 2 * evaluation
    assert methods.loc["temperature", "prepared"] == evaluation
    lengths = [len(tokenize(model, item.prompt, item.target).context) for item in task.selection]
    assert methods.loc["lora", "prepared"] == round(3 * 2 * 3 * np.mean(lengths))
    assert methods.loc[["nothing", "random", "examples_1"], "prepared"].tolist() == [0, 0, 0]


def test_a_second_run_writes_the_same_bytes(folder, found):
    compare(folder, "again")
    for name in ("answers", "prose", "methods"):
        paths = [folder / run / f"{name}.parquet" for run in ("found", "again")]
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_examples_that_are_longer_than_the_model_reads_are_refused_with_their_key(folder):
    sizes = SIZES.model_copy(update={"examples": [12]})
    with pytest.raises(
        InputError, match=r"^config\.yaml: studies\.tiny\.alternatives\.examples: .* the model reads at most 128$"
    ):
        compare(folder, "refused", sizes)
    assert not (folder / "refused").exists()
