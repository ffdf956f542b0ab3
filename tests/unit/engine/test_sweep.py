"""The engine against the reference: the same probabilities, for every family, layer and configuration."""

import math
from dataclasses import replace

import pytest
import torch
from directions import pushed, unit_vectors
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine import chunks, prefix_tree
from sna.engine.grid import Grid
from sna.engine.reference import amplified, is_top, log_probability
from sna.engine.sweep import SweepInput, sweep_layer
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt, tokenize

COUNTS = [5, 50, 500]
MULTIPLIERS = [0.5, 1.1, 2, 5]
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
    return [tokenize(model, prompt, target) for prompt, target in TEXTS]


@pytest.mark.parametrize("layer", range(LAYERS))
def test_every_variant_equals_one_hooked_forward_pass(model, prompts, layer):
    generator = torch.Generator().manual_seed(layer)
    rankings = [torch.randperm(WIDTH, generator=generator).tolist() for _ in range(2)]
    (swept,) = sweep_layer(model, layer, [SweepInput(prompts, rankings)], Grid(COUNTS, MULTIPLIERS))

    expected, top = torch.empty_like(swept.probabilities), torch.empty_like(swept.top[:, :, -1])
    for r, ranked in enumerate(rankings):
        for c, count in enumerate(COUNTS):
            for m, multiplier in enumerate(MULTIPLIERS):
                with amplified(model, {layer: ranked[:count]}, multiplier):
                    found = [math.exp(log_probability(model, prompt)) for prompt in prompts]
                expected[r, c, m] = torch.tensor(found)
            with amplified(model, {layer: ranked[:count]}, MULTIPLIERS[-1]):
                top[r, c] = torch.tensor([is_top(model, prompt) for prompt in prompts])
    torch.testing.assert_close(swept.probabilities, expected, rtol=1e-5, atol=0)
    assert torch.equal(swept.top[:, :, -1], top)

    unhooked = torch.tensor([math.exp(log_probability(model, prompt)) for prompt in prompts], dtype=torch.float64)
    torch.testing.assert_close(swept.baseline, unhooked, rtol=1e-5, atol=0)
    assert swept.baseline_top.tolist() == [is_top(model, prompt) for prompt in prompts]


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
    monkeypatch.setattr(chunks, "CPU", replace(chunks.CPU, held=20_000))
    monkeypatch.setattr(prefix_tree.split, "__defaults__", (12,))
    assert len(list(prefix_tree.split(prompts))) > 1
    for parts, at_once in zip(sweep_layer(*sweep), whole, strict=True):
        torch.testing.assert_close(parts.probabilities, at_once.probabilities, rtol=1e-5, atol=0)
        torch.testing.assert_close(parts.baseline, at_once.baseline, rtol=1e-5, atol=0)
        assert torch.equal(parts.top, at_once.top)


@pytest.mark.parametrize("layer", [1, LAYERS - 1])
def test_a_direction_is_added_in_the_length_of_what_the_first_ranking_adds(model, prompts, layer):
    rankings, directions = [[3, 17, 200, 8], [5, 6, 7, 9]], unit_vectors(model, 2)
    grid = Grid([2, 4], [0.5, 3.0])
    (swept,) = sweep_layer(model, layer, [SweepInput(prompts, rankings, directions)], grid)
    assert swept.probabilities.shape == (4, 2, 2, len(prompts))
    for d, direction in enumerate(directions):
        for c, count in enumerate(grid.n_neurons):
            for m, multiplier in enumerate(grid.multipliers):
                with pushed(model, layer, rankings[0][:count], multiplier, direction):
                    found = [math.exp(log_probability(model, prompt)) for prompt in prompts]
                expected = torch.tensor(found, dtype=torch.float64)
                torch.testing.assert_close(swept.probabilities[2 + d, c, m], expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("tile", [7, 64, chunks.CPU.tile])
def test_the_likeliest_continuation_is_top_and_nothing_else_in_whatever_tile_it_is(model, tile, monkeypatch):
    monkeypatch.setattr(chunks, "CPU", replace(chunks.CPU, tile=tile))
    prompt = tokenize(model, "The quick brown", " fox").prompt
    with torch.inference_mode():
        said = model.network(torch.tensor([prompt])).logits[0, -1].argsort(descending=True).tolist()
        after = model.network(torch.tensor([[*prompt, said[0]]])).logits[0, -1].argsort(descending=True).tolist()
    targets = [(said[0],), (said[1],), (said[-1],), (said[0], after[0]), (said[0], after[1]), (said[1], after[0])]
    for layer in (1, LAYERS - 1):
        asked = SweepInput([TokenizedPrompt(prompt, target) for target in targets], [[3, 17]])
        (swept,) = sweep_layer(model, layer, [asked], Grid([2], [1.0]))
        assert swept.baseline_top.tolist() == [True, False, False, True, False, False]
        assert torch.equal(swept.top[0, 0, 0], swept.baseline_top)
