"""The measured distance between engine and reference: small in float32, larger in bfloat16, and never overlooked."""

from dataclasses import replace

import pytest
import torch
from tiny_models import LAYERS, build_tiny_model

from sna.engine import precision
from sna.engine.grid import Grid
from sna.engine.precision import measure_precision
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import tokenize

GRID = Grid([5, 50], [1.5, 3.0])
NEURONS = {0: list(range(50)), LAYERS - 1: list(range(50))}
TEXTS = [("The quick brown", " fox"), ("over the", " lazy dog")]


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture
def prompts(model):
    return [tokenize(model, prompt, target) for prompt, target in TEXTS]


def test_bfloat16_is_close_and_its_error_is_seen(model, prompts):
    exact, rough = (
        measure_precision(model, prompts, NEURONS, GRID, dtype) for dtype in (torch.float32, torch.bfloat16)
    )
    assert exact.largest_relative_error < 1e-5
    assert 1e-4 < rough.largest_relative_error < 0.5
    assert (rough.dtype, rough.layers, rough.probabilities) == ("bfloat16", [0, LAYERS - 1], 2 * 4 * 2)


def test_an_engine_that_is_wrong_in_one_probability_is_found_out(model, prompts, monkeypatch):
    true_sweep = precision.sweep_layer

    def sweep_with_one_error(*arguments):
        (swept,) = true_sweep(*arguments)
        probabilities = swept.probabilities.clone()
        probabilities[0, 1, 0, 1] *= 1.01
        return [replace(swept, probabilities=probabilities)]

    monkeypatch.setattr(precision, "sweep_layer", sweep_with_one_error)
    found = measure_precision(model, prompts, NEURONS, GRID, torch.float32)
    assert found.largest_relative_error == pytest.approx(0.01, rel=1e-2)
