"""Weights in 16 bits: they stay so, and what is computed of them is what their copies in float32 give."""

import pytest
import torch
from tiny_models import LAYERS, build_tiny_model, build_tokenizer
from transformers import AutoModelForCausalLM

from sna.engine.divergence import measure_divergence
from sna.engine.grid import Grid
from sna.engine.layers import Amplification, measure_amplifications
from sna.engine.logit_lens import read_lens
from sna.engine.precision import measure_precision
from sna.engine.reference import log_probability
from sna.engine.reversibility import check_reversibility
from sna.engine.site import Additions
from sna.engine.sweep import SweepInput, sweep_layer
from sna.experiments.ranking import mean_activations
from sna.model.adapters import ADAPTERS
from sna.model.architecture import Projection
from sna.model.loading import load_model
from sna.model.prompts import tokenize, tokenize_text
from sna.model.widening import stored_weight

TEXTS = [("The quick brown", " fox"), ("The quick", " dog"), ("2 + 2 =", " 4")]
RANKED = [3, 17, 200, 8]
GRID = Grid([2, 4], [1.5, 4.0])


@pytest.fixture(scope="module", params=ADAPTERS)
def models(request, tmp_path_factory):
    """The same numbers twice: stored in bfloat16, and in float32."""
    folder = tmp_path_factory.mktemp(request.param)
    network = AutoModelForCausalLM.from_pretrained(build_tiny_model(request.param, folder), dtype=torch.bfloat16)
    loaded = []
    for dtype in (torch.bfloat16, torch.float32):
        network.to(dtype).save_pretrained(folder / str(dtype))
        build_tokenizer().save_pretrained(folder / str(dtype))
        loaded.append(load_model(folder / str(dtype), request.param, LAYERS))
    return loaded


def test_no_copy_of_the_weights_is_kept_in_float32(models):
    narrow, _ = models
    # Norms, which are small, are kept ready.
    kept = [part for block in narrow.adapter.blocks for part in vars(block).values() if isinstance(part, Projection)]
    assert {part.weight.dtype for part in [*kept, narrow.adapter.unembedding]} == {torch.bfloat16}
    assert {weight.dtype for weight in narrow.network.parameters()} == {torch.bfloat16}
    down = narrow.adapter.down_projections[0]
    assert stored_weight(down).data_ptr() == narrow.adapter.blocks[0].down.weight.data_ptr()
    sizes = [sum(weight.nbytes for weight in model.network.parameters()) for model in models]
    assert 2 * sizes[0] == sizes[1]


def test_whatever_is_measured_is_what_a_float32_copy_gives(models):
    found = []
    for model in models:
        prompts = [tokenize(model, *text) for text in TEXTS]
        swept = [sweep_layer(model, layer, [SweepInput(prompts, [RANKED])], GRID)[0] for layer in (1, LAYERS - 1)]
        texts, additions = [tokenize_text(model, "The lazy dog sleeps.")], Additions([RANKED])
        answers = measure_amplifications(model, prompts, [Amplification({1: {3: 2.0}, 2: {5: 0.5}})])
        found.append(
            [
                torch.tensor([log_probability(model, prompt) for prompt in prompts]).exp(),
                *(result.probabilities for result in swept),
                answers.probabilities,
                read_lens(model, prompts[0], {1: RANKED}, 1.7).log_probabilities.exp(),
                measure_divergence(model, 1, texts, additions, GRID).after,
                torch.from_numpy(mean_activations(model, ["The quick brown fox"])),
            ]
        )
    for narrow, wide in zip(*found, strict=True):
        torch.testing.assert_close(narrow, wide, rtol=1e-6, atol=1e-9)


def test_the_engine_is_as_near_to_the_reference_and_leaves_the_weights_as_they_were(models):
    narrow, _ = models
    prompts = [tokenize(narrow, *text) for text in TEXTS]
    precision = measure_precision(narrow, prompts, {1: RANKED}, GRID, torch.float32)
    assert precision.largest_relative_error < 1e-5
    assert check_reversibility(narrow, prompts, {1: RANKED}, 5.0).parameters_unchanged
