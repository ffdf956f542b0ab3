"""The engine against the reference: the same probabilities, for every family, layer and configuration."""

import math

import pytest
import torch
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine import prefix_tree
from sna.engine import sweep as engine
from sna.engine.grid import Grid
from sna.engine.reference import amplified, log_probability
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import tokenize

COUNTS = [5, 10, 25, 50, 100, 200, 500]
MULTIPLIERS = [1.1, 1.25, 1.5, 2, 2.5, 3, 4, 5]
# Ragged, some with a common beginning, one the beginning of another, targets of one to several tokens.
TEXTS = [
    ("The quick brown", " fox"),
    ("The quick brown fox jumps over the", " lazy dog"),
    ("The quick", " dog"),
    ("2 + 2 =", " 4"),
    ("and then it sleeps in the warm sun until the evening", " comes."),
]


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    folder = build_tiny_model(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, request.param, LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return [tokenize(model.tokenizer, prompt, target, n_ctx=128) for prompt, target in TEXTS]


@pytest.mark.parametrize("layer", range(LAYERS))
def test_every_variant_equals_one_hooked_forward_pass(model, prompts, layer):
    generator = torch.Generator().manual_seed(layer)
    rankings = [torch.randperm(WIDTH, generator=generator).tolist() for _ in range(2)]
    (swept,) = sweep_layer(model, layer, [SweepInput(prompts, rankings)], Grid(COUNTS, MULTIPLIERS))

    expected = torch.empty_like(swept.probabilities)
    for r, ranked in enumerate(rankings):
        for c, count in enumerate(COUNTS):
            for m, multiplier in enumerate(MULTIPLIERS):
                with amplified(model, {layer: ranked[:count]}, multiplier):
                    found = [math.exp(log_probability(model, prompt)) for prompt in prompts]
                expected[r, c, m] = torch.tensor(found)
    torch.testing.assert_close(swept.probabilities, expected, rtol=1e-5, atol=0)

    unhooked = torch.tensor([math.exp(log_probability(model, prompt)) for prompt in prompts], dtype=torch.float64)
    torch.testing.assert_close(swept.baseline, unhooked, rtol=1e-5, atol=0)


@pytest.mark.parametrize("layer", [0, LAYERS - 1])
def test_splitting_prompts_and_variants_to_save_memory_changes_nothing(model, prompts, layer, monkeypatch):
    ranked = list(range(WIDTH))
    sweep = (
        model,
        layer,
        [SweepInput(prompts, [ranked]), SweepInput(prompts[:2], [ranked])],
        Grid(COUNTS, MULTIPLIERS),
    )
    whole = sweep_layer(*sweep)
    monkeypatch.setattr(engine, "HELD", 20_000)
    monkeypatch.setattr(prefix_tree.split, "__defaults__", (12,))
    assert len(list(prefix_tree.split(prompts))) > 1
    for parts, at_once in zip(sweep_layer(*sweep), whole, strict=True):
        torch.testing.assert_close(parts.probabilities, at_once.probabilities, rtol=1e-5, atol=0)
        torch.testing.assert_close(parts.baseline, at_once.baseline, rtol=1e-5, atol=0)
