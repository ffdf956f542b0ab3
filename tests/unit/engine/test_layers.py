"""Amplifications of several layers in one pass, each against hooked forward passes."""

import math
from contextlib import ExitStack, contextmanager

import pytest
import torch
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine import prefix_tree
from sna.engine.layers import Amplification, measure_amplifications
from sna.engine.reference import amplified, is_top, log_probability
from sna.errors import InputError
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import tokenize

TEXTS = [
    ("The quick brown", " fox"),
    ("The quick brown fox jumps over the", " lazy dog"),
    ("2 + 2 =", " 4"),
    ("and then it sleeps in the warm sun until the evening", " comes."),
]
#: Out of order, of one layer and of several, with one multiplier or several in a layer.
AMPLIFICATIONS = [
    Amplification({2: {4: 2.0, 9: 3.0}, LAYERS - 1: {5: 0.5}}),
    Amplification.of_layer(0, [3, 17, 200], 2.5),
    Amplification.of_layer(1, list(range(WIDTH)), 1.5),
    Amplification.of_layer(1, [8], 5.0),
    Amplification.of_layer(LAYERS - 1, [5, 6, 7, 9], 3.0),
    Amplification({layer: dict.fromkeys(range(layer, WIDTH, 3), 1.5 + layer) for layer in range(LAYERS)}),
    Amplification({0: {}, 1: {8: 5.0}}),
]


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return [tokenize(model, prompt, target) for prompt, target in TEXTS]


@contextmanager
def hooked(model, amplification):
    """Amplify as the reference does, one amplification within another."""
    with ExitStack() as stack:
        for layer, factors in amplification.factors.items():
            for multiplier in sorted(set(factors.values())):
                neuron_ids = [neuron for neuron, factor in factors.items() if factor == multiplier]
                stack.enter_context(amplified(model, {layer: neuron_ids}, multiplier))
        yield


def check(model, prompts, found, top):
    expected = torch.tensor([math.exp(log_probability(model, prompt)) for prompt in prompts], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)
    assert top.tolist() == [is_top(model, prompt) for prompt in prompts]


def test_every_amplification_is_what_hooked_passes_measure(model, prompts):
    found = measure_amplifications(model, prompts, AMPLIFICATIONS)
    check(model, prompts, found.baseline, found.baseline_top)
    for number, each in enumerate(AMPLIFICATIONS):
        with hooked(model, each):
            check(model, prompts, found.probabilities[number], found.top[number])


def test_without_amplifications_the_unamplified_is_measured(model, prompts):
    found = measure_amplifications(model, prompts)
    check(model, prompts, found.baseline, found.baseline_top)
    assert found.probabilities.shape == (0, len(prompts))


def test_splitting_prompts_changes_nothing(model, prompts, monkeypatch):
    whole = measure_amplifications(model, prompts, AMPLIFICATIONS)
    monkeypatch.setattr(prefix_tree.split, "__defaults__", (12,))
    parts = measure_amplifications(model, prompts, AMPLIFICATIONS)
    torch.testing.assert_close(parts.probabilities, whole.probabilities, rtol=1e-5, atol=0)
    assert torch.equal(parts.top, whole.top)


def test_an_overflow_is_refused(model, prompts):
    with pytest.raises(InputError, match="a probability is not a number"):
        measure_amplifications(model, prompts, [Amplification.of_layer(1, [3, 4], float("inf"))])
