"""Neuron selection: which neurons respond more to a task than to other text, and in what order."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tiny_models import LAYERS, PROSE, WIDTH, build_tiny_model

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack
from sna.errors import InputError
from sna.experiments.ranking import (
    RESPONSES,
    layer_responses,
    mean_activations,
    rank_by_other_scores,
    rank_neurons,
)
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt

TASK = [f"The fox jumps over the {thing}" for thing in ("dog", "sun", "evening", "quick brown")]
CONTRAST = ["The lazy dog sleeps", "It sleeps in the warm sun", "until the evening comes", "and then it comes"]

responses = arrays(np.float64, (3, 2, 5), elements=st.integers(0, 4).map(float))


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@torch.inference_mode()
def test_a_response_is_the_mean_absolute_activation_over_the_texts_own_tokens(model):
    texts = ["The quick brown fox", PROSE]
    found = mean_activations(model, texts)
    assert found.shape == (2, LAYERS, WIDTH)
    for response, text in zip(found, texts, strict=True):
        packed = pack([TokenizedPrompt(tuple(model.tokenizer(text).input_ids), (0,))])
        forward = PackedPass(model.adapter, packed)
        residual = forward.embedded
        for layer, block in enumerate(model.adapter.blocks):
            residual, activations = forward.run_block(block, residual)
            expected = activations.abs().mean(dim=0).double().numpy()
            np.testing.assert_allclose(response[layer], expected, rtol=1e-3, atol=1e-5)


def test_measuring_leaves_no_hook_behind(model):
    mean_activations(model, ["The quick brown fox"])
    assert not any(module._forward_pre_hooks for module in model.network.modules())


def test_a_neuron_planted_for_the_tasks_word_comes_first(tmp_path):
    model = load_model(build_tiny_model("gpt2", tmp_path), "gpt2", LAYERS)
    body = model.network.transformer
    [fox] = model.tokenizer(" fox").input_ids
    # The word writes to one component of the residual stream, which the neuron alone reads.
    body.wte.weight[fox, 0] += 100
    body.h[2].mlp.c_fc.weight[:, 77] = 0
    body.h[2].mlp.c_fc.weight[0, 77] = 50
    ranking = rank_neurons(mean_activations(model, TASK), mean_activations(model, CONTRAST), n_neurons=3)
    assert ranking.neuron_ids[2, 0] == 77


@given(task=responses, contrast=responses)
def test_a_score_is_the_difference_of_means_and_none_left_out_is_larger(task, contrast):
    ranking = rank_neurons(task, contrast, n_neurons=3)
    difference = task.mean(axis=0) - contrast.mean(axis=0)
    for layer in range(2):
        kept = ranking.neuron_ids[layer]
        np.testing.assert_array_equal(ranking.scores[layer], difference[layer, kept])
        assert (np.diff(ranking.scores[layer]) <= 0).all()
        assert np.delete(difference[layer], kept).max() <= ranking.scores[layer, -1]


@given(task=responses, contrast=responses, top=st.integers(1, 4))
def test_fewer_neurons_are_the_first_of_more(task, contrast, top):
    few, all_of_them = rank_neurons(task, contrast, top), rank_neurons(task, contrast, n_neurons=5)
    np.testing.assert_array_equal(few.neuron_ids, all_of_them.neuron_ids[:, :top])
    np.testing.assert_array_equal(few.effect_sizes, all_of_them.effect_sizes[:, :top])


def test_equal_scores_keep_the_models_own_order():
    task = np.array([[[1.0, 3, 1, 3, 1]], [[1, 3, 1, 3, 1]]])
    assert rank_neurons(task, np.zeros_like(task), n_neurons=5).neuron_ids.tolist() == [[1, 3, 0, 2, 4]]


def test_the_effect_size_is_cohens_d():
    task = np.array([2.0, 4, 6])[:, None, None]
    contrast = np.array([1.0, 1, 2, 4])[:, None, None]
    # Means 4 and 2; sums of squared deviations 8 and 6, over 3 + 4 - 2 degrees of freedom.
    ranking = rank_neurons(task, contrast, n_neurons=1)
    assert ranking.scores.item() == 2
    assert ranking.effect_sizes.item() == pytest.approx(2 / np.sqrt(14 / 5))


def test_a_neuron_that_answers_every_text_alike_has_no_effect_rather_than_an_undefined_one():
    same = np.ones((3, 1, 2))
    assert rank_neurons(same, same, n_neurons=2).effect_sizes.tolist() == [[0, 0]]


def test_a_layer_is_ranked_apart_from_the_others():
    task = np.array([[[5.0, 0], [0, 1]], [[5, 0], [0, 1]]])
    assert rank_neurons(task, np.zeros_like(task), n_neurons=1).neuron_ids.tolist() == [[0], [1]]


def test_more_neurons_than_a_layer_has_are_refused():
    with pytest.raises(InputError, match="6 given; a layer of this model has 5 neurons"):
        rank_neurons(np.zeros((2, 1, 5)), np.zeros((2, 1, 5)), n_neurons=6)


# Other scores


def test_a_layers_responses_are_taken_from_its_activations_at_a_texts_tokens(model):
    texts, layer = ["The quick brown fox", PROSE], 2
    found = layer_responses(model, texts, layer)
    np.testing.assert_allclose(found["absolute"], mean_activations(model, texts)[:, layer], rtol=1e-3, atol=1e-5)
    for number, text in enumerate(texts):
        seen = []
        hook = model.adapter.down_projections[layer].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))  # noqa: B023
        with hook, torch.inference_mode():
            model.network(torch.tensor([model.tokenizer(text).input_ids]))
        activations = seen[0][0].double().numpy()
        expected = {
            "signed": activations.mean(axis=0),
            "last_token": np.abs(activations[-1]),
            "without_first": np.abs(activations[1:]).mean(axis=0),
        }
        for name, values in expected.items():
            np.testing.assert_allclose(found[name][number], values, rtol=1e-3, atol=1e-5)


def test_a_text_of_one_token_responds_without_its_first_position_too(model):
    found = layer_responses(model, ["The"], 1)
    np.testing.assert_array_equal(found["without_first"], found["absolute"])


def planted(best: dict[str, int]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return responses of six neurons to a task and to contrast text, of which one is best in each way."""
    rng = np.random.default_rng(0)
    contrast = {name: rng.normal(0, 0.1, (8, 6)) for name in RESPONSES}
    return {name: values + 2.0 * (np.arange(6) == best[name]) for name, values in contrast.items()}, contrast


def test_each_other_score_ranks_by_its_own_response():
    task, contrast = planted({"absolute": 1, "signed": 2, "last_token": 3, "without_first": 4})
    # Neuron 5 differs by less than neuron 1, and always by the same.
    task["absolute"][:, 5], contrast["absolute"][:, 5] = np.linspace(0.99, 1.01, 8), np.linspace(-0.01, 0.01, 8)
    found = rank_by_other_scores(task, contrast, 2)
    assert {name: ranked[0] for name, ranked in found.items()} == {
        "standardized": 5, "signed": 2, "last_token": 3, "without_first": 4
    }  # fmt: skip
    assert all(len(ranked) == 2 for ranked in found.values())
