"""What stands beside a task's own neurons, and on which prompts."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.experiments import confirmation
from sna.experiments.confirmation import OTHERS, Choice, choose, measure_blocks, measure_layers, measure_other_start
from sna.experiments.controls import Amplified
from sna.inputs.fresh import FreshPrompt
from sna.model.loading import load_model
from sna.model.prompts import tokenize

CHOICE = Choice(1, 4, 2.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("tiny")), "tiny", LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return {100 + n: tokenize(model, f"The fox {n} jumps over the", " dog") for n in range(16)}


def blocks_of(prompts, size=4):
    numbers = list(prompts)
    parts = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    return [{number: prompts[number] for number in part} for part in parts]


def amplified(others=7, draws=6) -> list[Amplified]:
    rng = np.random.default_rng(0)
    found = [Amplified(kind, "own", 0, rng.permutation(WIDTH)) for kind in ("selected", "signed")]
    found += [Amplified("other", f"task {number}", number, rng.permutation(WIDTH)) for number in range(others)]
    return found + [Amplified("random", "own", number, rng.permutation(WIDTH)) for number in range(draws)]


def measure(model, blocks, everything):
    return measure_blocks(model, CHOICE, blocks, everything, torch.float32)


def test_a_choice_is_the_best_configuration_of_the_experiments_that_are_given():
    experiments = experiments_of(made_up_prompts(tasks=1, layers=3))
    best = experiments.loc[experiments["improvement"].idxmax()]
    assert choose(experiments) == Choice(best["layer"], best["neurons"], best["multiplier"])
    elsewhere = experiments[experiments["layer"] != best["layer"]]
    assert choose(elsewhere).layer == elsewhere.loc[elsewhere["improvement"].idxmax(), "layer"]


def test_each_thing_is_measured_on_its_own_share_of_the_blocks(model, prompts):
    _, gains = measure(model, blocks_of(prompts), amplified())
    measured = gains.groupby(["kind", "source", "draw"])["prompt"].agg(sorted)
    for kind in ("selected", "signed"):
        assert measured[kind, "own", 0] == list(prompts)
    numbers = list(prompts)
    for draw in range(6):
        start = 4 * (draw % 4)
        assert measured["random", "own", draw] == numbers[start : start + 4]
    # Of 7 other tasks in two rounds each prompt meets 3 or 4.
    met = gains[gains["kind"] == "other"].groupby("prompt")["source"].nunique()
    assert len(met) == len(prompts)
    assert met.isin([OTHERS, OTHERS + 1]).all()
    assert all(len(measured["other", f"task {number}", number]) == 8 for number in range(7))


def test_the_unamplified_stand_by_their_numbers_in_whatever_blocks_they_were(model, prompts):
    whole, _ = measure(model, blocks_of(prompts, 16), amplified())
    shuffled = [dict(reversed(block.items())) for block in reversed(blocks_of(prompts))]
    parts, _ = measure(model, shuffled, amplified())
    assert list(parts.index) == list(prompts)
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-5)


def test_how_many_blocks_are_held_at_once_changes_nothing(model, prompts, monkeypatch):
    at_once = measure(model, blocks_of(prompts), amplified())
    monkeypatch.setattr(confirmation, "BLOCKS", 1)
    for one, other in zip(measure(model, blocks_of(prompts), amplified()), at_once, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-5)


def test_categories_that_share_their_best_layer_share_what_is_measured_there(model, prompts):
    choices = {"logic": Choice(2, 3, 3.0), "arithmetic": Choice(0, 5, 1.5), "coding": Choice(2, 3, 3.0)}
    ranked = {layer: np.random.default_rng(layer).permutation(WIDTH).tolist() for layer in range(LAYERS)}
    found = measure_layers(model, choices, prompts, ranked).set_index(["source", "prompt"])
    assert len(found) == 3 * len(prompts)
    pd.testing.assert_series_equal(found.loc["logic", "probability"], found.loc["coding", "probability"])
    for category, choice in choices.items():
        rows = found.loc[category]
        assert set(rows["layer"]) == {choice.layer}
        _, expected = measure_blocks(
            model, choice, [prompts], [Amplified("selected", "own", 0, np.array(ranked[choice.layer]))], torch.float32
        )
        expected = expected.set_index("prompt").loc[rows.index]
        np.testing.assert_allclose(rows["probability"], expected["probability"], rtol=1e-5)
        assert rows["top"].tolist() == expected["top"].tolist()


@given(others=st.integers(0, 30), n_blocks=st.integers(1, 40))
def test_every_prompt_meets_some_other_tasks_neurons_however_many_there_are(others, n_blocks):
    everything = [Amplified("other", str(number), number, np.zeros(1)) for number in range(others)]
    met = [confirmation.in_block(everything, number, n_blocks) for number in range(n_blocks)]
    assert all(len(of_block) >= min(others, 2) for of_block in met)
    assert {each.source for of_block in met for each in of_block} == {each.source for each in everything}


def test_where_there_is_no_start_token_nothing_begins_otherwise(model):
    unamplified, gains = measure_other_start(
        model, CHOICE, {7: FreshPrompt("The fox", " dog", "made up")}, amplified()[0]
    )
    assert unamplified.index.tolist() == [7]
    assert unamplified.isna().all()
    assert gains is None
