"""Several tasks at once as a whole stage, against nested amplifications of the reference."""

import math
from contextlib import ExitStack
from types import SimpleNamespace

import pandas as pd
import pytest
from amplify_together import draw_random, main
from made_up import experiments_of, made_up_prompts
from tiny_models import LAYERS, build_tiny_model

from sna.engine.layers import Amplification
from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.confirmation import choose
from sna.inputs.fresh import FreshPrompt, write_fresh
from sna.model.loading import load_model
from sna.model.prompts import tokenize
from sna.tables import EXPERIMENTS, NEURONS, TOGETHER, read_table, write_table

TASKS = ["addition", "antonyms", "rhymes", "syllogisms"]
PROMPTS, DRAWS = 24, 5


def text(task, number):
    return f"the {task} {number} quick brown"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_tiny_model("olmo2", tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    """Give the stage's table and experiments; tasks' neurons are in two layers, and overlap."""
    place = tmp_path_factory.mktemp("stage")
    prompts = made_up_prompts(models=("other", "tiny"), tasks=4, layers=2, neurons=(2, 6), noise=0.1)
    experiments = experiments_of(prompts.assign(layer=prompts["layer"] * 2))
    write_table(experiments, EXPERIMENTS, place / "experiments.parquet")
    ranks = [(task, layer, rank) for task in TASKS for layer in (0, 2) for rank in range(1, 7)]
    neurons = pd.DataFrame(ranks, columns=["task", "layer", "rank"]).assign(model="tiny", score=1.0, effect_size=1.0)
    neurons["neuron"] = 10 * neurons["rank"] + neurons["task"].map(TASKS.index) // 2
    write_table(neurons[list(NEURONS.columns)], NEURONS, place / "neurons.parquet")
    for task in TASKS:
        bank = [FreshPrompt(text(task, number), " fox", "a rule") for number in range(30)]
        write_fresh(place / f"{task}.tsv", bank)

    def run_stage(name="together", **sizes):
        main(
            SimpleNamespace(
                weights=folder / "model.safetensors",
                banks=[place / f"{task}.tsv" for task in TASKS],
                ranking=place / "neurons.parquet",
                experiments=place / "experiments.parquet",
            ),
            place / f"{name}.parquet",
            SimpleNamespace(
                n_layers=LAYERS,
                device="cpu",
                start_token="tokenizer",
                study="tiny",
                together={"prompts": PROMPTS, "sets": 1, "draws": DRAWS, "margin": 0.1} | sizes,
                seed=1,
            ),
            "tiny",
            1,
        )
        return read_table(place / f"{name}.parquet", TOGETHER)

    return run_stage, experiments[experiments["model"] == "tiny"]


@pytest.fixture(scope="module")
def measured(run):
    return run[0]()


def test_each_task_is_measured_under_all_tasks_alone_and_under_the_sets_that_hold_it(measured):
    for (task, _, _), rows in measured.groupby(["task", "kind", "draw"]):
        sets = [set(amplified.split("+")) for amplified in rows["amplified"].unique()]
        alone = [members for members in sets if len(members) == 1]
        assert sorted(name for members in alone for name in members) == TASKS
        assert all(task in members for members in sets if members not in alone)
        assert sum(len(members) == 2 for members in sets) == 3
        assert set(TASKS) in sets
        assert rows["size"].to_list() == rows["amplified"].str.count(r"\+").add(1).to_list()


def test_every_prompt_meets_the_own_neurons_and_one_draw_of_random_ones(measured):
    for _, rows in measured.groupby("task"):
        selected, random = (rows[rows["kind"] == kind] for kind in ("selected", "random"))
        assert selected["prompt"].nunique() == PROMPTS
        assert set(selected["draw"]) == {0}
        assert set(random["draw"]) == set(range(DRAWS))
        assert set(random["prompt"]) == set(selected["prompt"])
        assert random.groupby("prompt")["draw"].nunique().eq(1).all()


def test_what_is_measured_is_what_nested_hooks_measure(measured, run, folder):
    model = load_model(folder, "tiny", LAYERS)
    factors = {}
    for task in TASKS:
        choice = choose(run[1][run[1]["task"] == task])
        own = [10 * rank + TASKS.index(task) // 2 for rank in range(1, choice.neurons + 1)]
        factors[task] = {(choice.layer, neuron): choice.multiplier for neuron in own}
    rows = measured[(measured["kind"] == "selected") & (measured["task"] == "rhymes")]
    prompt = rows["prompt"].iloc[0]
    tokenized = tokenize(model, text("rhymes", prompt), " fox")
    found = rows[rows["prompt"] == prompt].set_index("amplified")
    assert (found["probability"] != found["baseline"]).all()
    for amplification in found.index:
        joined = {}
        for task in amplification.split("+"):
            for neuron, multiplier in factors[task].items():
                joined[neuron] = max(multiplier, joined.get(neuron, 0))
        with ExitStack() as stack:
            for (layer, neuron), multiplier in joined.items():
                stack.enter_context(amplified(model, {layer: [neuron]}, multiplier))
            expected = math.exp(log_probability(model, tokenized))
        assert found.loc[amplification, "probability"] == pytest.approx(expected, rel=1e-4), amplification
    assert found.loc["rhymes", "baseline"] == pytest.approx(math.exp(log_probability(model, tokenized)), rel=1e-4)


def test_more_neurons_than_a_layer_has_others_name_the_key(folder):
    params = SimpleNamespace(study="tiny", together={"draws": 2}, seed=1)
    own = {"addition": Amplification.of_layer(1, range(300), 2.0)}
    with pytest.raises(InputError, match=r"^config\.yaml: studies\.tiny\.neurons: 300 given; .* 512 .* \(tiny\)$"):
        draw_random(load_model(folder, "tiny", LAYERS), own, params)
