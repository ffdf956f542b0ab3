"""Beside one's own prompt: the random neurons' numbers are those of plain hooks, and as many as the chosen ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
from project import tiny_config
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.controls import draw_controls
from sna.exploration.asking import ask, read_prompt
from sna.exploration.beside import DRAWS, draw_sets, read_layers, try_random
from sna.exploration.views import TryView
from sna.inputs.config import Statistics
from sna.model.loading import load_model

NEURONS = {1: [3, 17, 200], 3: [5]}
VIEW = TryView(
    study="tiny",
    model="gemma2",
    prompt="The quick brown",
    target=" lazy dog",
    listed=NEURONS,
    multiplier=4,
    tokens=0,
    temperature=0,
)
SETTINGS = Statistics(**tiny_config(["gpt2"])["statistics"])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("gemma2", tmp_path_factory.mktemp("gemma2")), "gemma2", LAYERS)


@pytest.fixture(scope="module")
def prompt(model):
    return read_prompt(model, VIEW.prompt, VIEW.target)


def test_random_neurons_have_the_probabilities_of_plain_hooks(model, prompt):
    before = ask(model, prompt)
    found = try_random(model, VIEW, prompt, NEURONS, before, settings=SETTINGS)
    assert len(found.draws) == DRAWS
    for row, drawn in zip(found.draws.itertuples(), draw_sets(VIEW, NEURONS, WIDTH), strict=True):
        with amplified(model, drawn, VIEW.multiplier):
            assert row.probability == pytest.approx(math.exp(log_probability(model, prompt)), rel=1e-5)
        assert row.improvement == pytest.approx(100 * (row.probability / before.target - 1))
    gains = found.draws["improvement"]
    assert found.improvement.value == pytest.approx(gains.mean())
    assert gains.min() <= found.improvement.low < found.improvement.high <= gains.max()
    assert found.beaten_by(np.sort(gains)[7]) == 7


def test_random_neurons_are_others_of_the_same_layers_and_as_many_and_the_views_own(model):
    sets = draw_sets(VIEW, NEURONS, WIDTH)
    assert sets == draw_sets(VIEW, NEURONS, WIDTH) != draw_sets(VIEW.model_copy(update={"seed": 1}), NEURONS, WIDTH)
    for drawn in sets:
        assert {layer: len(set(ids)) for layer, ids in drawn.items()} == {1: 3, 3: 1}
        assert all(set(drawn[layer]).isdisjoint(chosen) for layer, chosen in NEURONS.items())
    assert len({str(drawn) for drawn in sets}) == DRAWS


def test_a_tasks_random_neurons_are_those_that_the_study_draws():
    view = VIEW.model_copy(update={"listed": None, "task": "antonyms", "layers": [2], "neurons": 3, "seed": 11})
    named = {"model": view.model, "task": "antonyms", "layer": 2}
    of_study = draw_controls(np.array([3, 17, 200]), np.zeros(WIDTH), 1, {"random": DRAWS}, 11, **named)
    assert [drawn[2] for drawn in draw_sets(view, {2: [3, 17, 200]}, WIDTH)] == [
        each.what.tolist() for each in of_study
    ]


def test_more_neurons_than_there_are_others_are_refused(model, prompt):
    with pytest.raises(InputError, match="at most half can be drawn"):
        try_random(model, VIEW, prompt, {1: list(range(300))}, ask(model, prompt), settings=SETTINGS)


def test_a_baseline_of_nothing_has_no_percentage(model, prompt):
    nothing = replace(ask(model, prompt), target=0.0)
    with pytest.raises(InputError, match="baseline probability is 0"):
        try_random(model, VIEW, prompt, NEURONS, nothing, settings=SETTINGS)


def test_the_last_layer_of_the_lens_is_the_answer(model, prompt):
    rows = read_layers(model, prompt, NEURONS, VIEW.multiplier)
    assert rows[["place", "layer"]].to_numpy().tolist() == [
        [place, layer] for place in (0, 1) for layer in range(LAYERS)
    ]
    last = rows[rows["layer"] == LAYERS - 1]
    assert last["probability_before"].prod() == pytest.approx(ask(model, prompt).target, rel=1e-5)
    with amplified(model, NEURONS, VIEW.multiplier):
        assert last["probability_after"].prod() == pytest.approx(ask(model, prompt).target, rel=1e-5)
