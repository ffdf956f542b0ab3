"""Directions of the residual stream: against transformers' own hidden states, and on planted data."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from tiny_models import LAYERS, build_tiny_model

from sna.experiments.directions import difference_of_means, mean_residuals, probe_direction
from sna.model.loading import load_model

TEXTS = ["The quick brown fox", "and then it sleeps in the warm sun", "The quick", "a"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("tiny")), "tiny", LAYERS)


@pytest.mark.parametrize("layer", [0, LAYERS - 2])
def test_the_residual_stream_is_averaged_over_all_tokens_but_the_first(model, layer):
    found = mean_residuals(model, TEXTS, layer)
    for text, row in zip(TEXTS, found, strict=True):
        tokens = torch.tensor([model.encode(text)])
        with torch.inference_mode():
            states = model.network(tokens, output_hidden_states=True).hidden_states[layer + 1][0]
        expected = states[1:].mean(dim=0) if len(states) > 1 else states[0]
        np.testing.assert_allclose(row, expected.numpy(), rtol=1e-4, atol=1e-5)


def test_the_difference_of_means_leads_from_other_texts_to_the_tasks():
    task, contrast = np.array([[2.0, 1.0], [4.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 3.0]])
    assert difference_of_means(task, contrast).tolist() == [2.0, -1.0]


def planted(rng, direction, gap):
    """Return texts of a task and others, which differ along a direction and spread across it."""
    drawn = [rng.normal(size=(n, len(direction))) for n in (12, 24)]
    across = [rows - np.outer(rows @ direction, direction) for rows in drawn]
    return across[0] + gap * direction, across[1]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_probe_tells_planted_texts_apart_and_points_to_the_tasks(seed):
    rng = np.random.default_rng(seed)
    direction = np.eye(8)[seed % 8]
    task, contrast = planted(rng, direction, 6.0)
    found = probe_direction(task, contrast)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert (task @ found).min() > (contrast @ found).max()
    assert found @ direction > 0.4


def test_a_probe_is_the_minimum_of_the_penalized_loss_on_standardized_values():
    rng = np.random.default_rng(2)
    scales = np.array([0.1, 1.0, 30.0, 1.0])
    task, contrast = rng.normal(0.7, 1, (12, 4)) * scales, rng.normal(0, 1, (24, 4)) * scales
    texts = np.concatenate([task, contrast])
    values = (texts - texts.mean(axis=0)) / texts.std(axis=0)
    signs = np.repeat([1.0, -1.0], [12, 24])

    def loss(fitted):
        return np.logaddexp(0, -signs * (values @ fitted[:-1] + fitted[-1])).sum() + fitted[:-1] @ fitted[:-1] / 2

    expected = minimize(loss, np.zeros(5), tol=1e-12).x[:-1] / texts.std(axis=0)
    np.testing.assert_allclose(probe_direction(task, contrast), expected / np.linalg.norm(expected), atol=1e-5)


def test_what_never_varies_has_no_part_in_a_probe():
    rng = np.random.default_rng(3)
    task, contrast = planted(rng, np.eye(3)[0], 4.0)
    task[:, 2] = contrast[:, 2] = 5.0
    assert probe_direction(task, contrast)[2] == 0
