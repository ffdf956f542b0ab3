"""The random controls as the stage writes them, against one hooked forward pass each."""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from amplify_random import main
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.controls import draw_controls
from sna.experiments.ranking import mean_activations
from sna.inputs.tasks import read_task
from sna.model.loading import load_model
from sna.model.prompts import tokenize_task
from sna.tables import CONTROLS, NEURONS, read_table, write_table

TASKS = [Path(__file__).parents[3] / "tasks" / f"{name}.yaml" for name in ("addition", "antonyms")]
LAYER, SEED, DRAWS = 1, 5, 2
PARAMS = {
    "n_layers": LAYERS,
    "device": "cpu",
    "dtype": "float32",
    "study": "tiny",
    "draws": DRAWS,
    "neurons": [5, 20],
    "multipliers": [1.5, 3],
    "seed": SEED,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny_model("llama", folder / "model")
    rng = np.random.default_rng(1)
    rankings = [
        pd.DataFrame({"neuron": rng.permutation(WIDTH)[:300], "rank": range(1, 301)}).assign(
            model="tiny", task=path.stem, layer=LAYER, score=0.0, effect_size=0.0
        )
        for path in TASKS
    ]
    write_table(pd.concat(rankings)[list(NEURONS.columns)], NEURONS, folder / "neurons.parquet")
    return folder


def amplify(folder, name, tasks=TASKS, **changed):
    inputs = SimpleNamespace(
        weights=folder / "model" / "model.safetensors", tasks=tasks, ranking=folder / "neurons.parquet"
    )
    wildcards = SimpleNamespace(model="tiny", layer=str(LAYER))
    main(inputs, folder / name, SimpleNamespace(**(PARAMS | changed)), wildcards, threads=1)
    return read_table(folder / name, CONTROLS)


@pytest.fixture(scope="module")
def controls(folder):
    return amplify(folder, "controls.parquet")


def test_every_task_draw_configuration_and_prompt_is_a_row(controls):
    prompts = sum(len(read_task(path).evaluation_prompts) for path in TASKS)
    assert len(controls) == prompts * (1 + 2 * DRAWS) * 4
    assert set(controls["task"]) == {path.stem for path in TASKS}


def test_each_draw_is_what_a_hook_on_its_neurons_gives(folder, controls):
    model = load_model(folder / "model", "tiny", LAYERS)
    path = TASKS[1]
    task = read_task(path)
    prompts = tokenize_task(model.tokenizer, task, model.adapter.n_ctx, path)
    activations = mean_activations(model, [item.prompt for item in task.selection])[:, LAYER].mean(axis=0)
    ranking = read_table(folder / "neurons.parquet", NEURONS)
    selected = ranking.loc[ranking["task"] == task.name, "neuron"].to_numpy()[:20]
    draws = draw_controls(selected, activations, DRAWS, SEED, model="tiny", task=task.name, layer=LAYER)
    for draw in draws:
        chosen = controls.query(
            "task == @task.name and kind == @draw.kind and draw == @draw.number and neurons == 5 and multiplier == 3"
        )
        with amplified(model, {LAYER: draw.neuron_ids[:5].tolist()}, 3):
            hooked = [math.exp(log_probability(model, prompt)) for prompt in prompts]
        np.testing.assert_allclose(chosen["probability"], hooked, rtol=1e-5)
        np.testing.assert_allclose(chosen["activation"], activations[draw.neuron_ids[:5]].mean())
    unhooked = [math.exp(log_probability(model, prompt)) for prompt in prompts]
    np.testing.assert_allclose(chosen["baseline"], unhooked, rtol=1e-5)


def test_a_tasks_draws_are_the_same_whatever_other_tasks_the_study_has(folder, controls):
    alone = amplify(folder, "alone.parquet", tasks=TASKS[1:])
    together = controls[controls["task"] == TASKS[1].stem].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together, rtol=1e-5)
    np.testing.assert_array_equal(alone["activation"], together["activation"])


def test_the_same_seed_gives_the_same_bytes(folder, controls):
    amplify(folder, "again.parquet")
    assert (folder / "again.parquet").read_bytes() == (folder / "controls.parquet").read_bytes()


def test_more_neurons_than_can_be_drawn_are_refused_by_the_configs_key(folder):
    with pytest.raises(InputError, match=r"config.yaml: studies.tiny.controls.neurons: 300 given; .* 512 neurons"):
        amplify(folder, "refused.parquet", neurons=[300])
    assert not (folder / "refused.parquet").exists()
