"""Changes of what leaves a block, and temperatures, each against plain forward passes with a hook."""

from contextlib import contextmanager

import pytest
import torch
from directions import block_of
from tiny_models import LAYERS, build_tiny_model

from sna.engine.changes import amplification, finish, push
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
NEURONS = [3, 17, 200]


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return [tokenize(model, prompt, target) for prompt, target in TEXTS]


@pytest.fixture(scope="module")
def vector(model):
    width = model.adapter.unembedding.weight.shape[1]
    return torch.randn(width, generator=torch.Generator().manual_seed(1))


@contextmanager
def added(model, layer, vector):
    """Add a vector to what leaves a block by a hook, at every position."""

    def add(module, inputs, output):
        return output + vector if isinstance(output, torch.Tensor) else (output[0] + vector, *output[1:])

    handle = block_of(model, layer).register_forward_hook(add)
    yield
    handle.remove()


def check(model, prompts, log_probabilities, top):
    expected = torch.tensor([log_probability(model, prompt) for prompt in prompts], dtype=torch.float64)
    torch.testing.assert_close(log_probabilities, expected, rtol=1e-5, atol=1e-6)
    assert top.tolist() == [is_top(model, prompt) for prompt in prompts]


@pytest.mark.parametrize("layer", [1, LAYERS - 1])
def test_each_change_is_what_a_hook_does_and_none_acts_on_another(model, prompts, vector, layer):
    said = finish(model, prompts, layer, [push(vector), amplification(NEURONS, 2.5), push(-0.5 * vector)]).score()
    ways = [added(model, layer, vector), amplified(model, {layer: NEURONS}, 2.5), added(model, layer, -0.5 * vector)]
    check(model, prompts, said.log_probabilities[0], said.top[0])
    for number, way in enumerate(ways, start=1):
        with way:
            check(model, prompts, said.log_probabilities[number], said.top[number])


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_temperature_divides_the_logits_and_leaves_the_answers(model, prompts, temperature):
    finished = finish(model, prompts)
    found, plain = finished.score(temperature), finished.score()
    for number, prompt in enumerate(prompts):
        positions, targets = zip(*prompt.scored, strict=True)
        with torch.inference_mode():
            logits = model.network(torch.tensor([prompt.context]), use_cache=False).logits[0, list(positions)]
        divided = (logits.double() / temperature).log_softmax(dim=-1)
        expected = divided.gather(-1, torch.tensor(targets)[:, None]).sum().item()
        assert found.log_probabilities[0, number].item() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert torch.equal(found.top, plain.top)


def test_how_many_tokens_are_computed_at_once_changes_nothing(model, prompts, vector):
    whole, parts = (finish(model, prompts, 1, [push(vector)], nodes).score() for nodes in (1000, 8))
    torch.testing.assert_close(parts.log_probabilities, whole.log_probabilities, rtol=1e-5, atol=1e-6)
    assert torch.equal(parts.top, whole.top)


def test_without_its_changes_a_pass_is_what_it_was(model, prompts, vector):
    finished = finish(model, prompts, 1, [push(vector)])
    unchanged = finished.unchanged.score()
    assert unchanged.log_probabilities.shape == (1, len(prompts))
    torch.testing.assert_close(unchanged.log_probabilities, finished.score().log_probabilities[:1], rtol=1e-6, atol=0)


def test_an_overflow_is_refused(model, prompts, vector):
    with pytest.raises(InputError, match="a probability is not a number"):
        finish(model, prompts, 1, [push(float("inf") * vector)]).score()
