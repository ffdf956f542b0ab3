"""The reference: amplification by hooks does what it says while it lasts, and nothing afterwards."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import tokenize

NEURONS = {1: [3, 17, 200], 3: [5]}


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture(scope="module")
def logits(model) -> Callable[[], torch.Tensor]:
    tokens = torch.tensor([model.tokenizer("The quick brown fox").input_ids])

    @torch.inference_mode()
    def compute() -> torch.Tensor:
        return model.network(tokens, use_cache=False).logits[0]

    return compute


@pytest.fixture(autouse=True)
def _nothing_stays(model, logits):
    """After every test the model must be what it was, bit for bit."""
    before = logits()
    yield
    assert torch.equal(logits(), before)
    assert not any(module._forward_pre_hooks for module in model.network.modules())


def test_the_neurons_are_multiplied_at_every_position_and_no_others(model, logits):
    seen = []
    with model.adapter.down_projections[1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0])):
        logits()
    # This hook runs after the amplification's, and sees what it made.
    with amplified(model, {1: NEURONS[1]}, 2.5):
        late = model.adapter.down_projections[1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        with late:
            logits()
    before, after = seen
    expected = before.clone()
    expected[..., NEURONS[1]] *= 2.5
    assert torch.equal(after, expected)
    assert not torch.equal(after, before)


def test_a_multiplier_of_one_changes_nothing(model, logits):
    before = logits()
    with amplified(model, NEURONS, 1.0):
        assert torch.equal(logits(), before)


def test_several_layers_at_once_are_the_same_as_one_within_the_other(model, logits):
    with amplified(model, NEURONS, 3):
        together = logits()
    with amplified(model, {1: NEURONS[1]}, 3), amplified(model, {3: NEURONS[3]}, 3):
        assert torch.equal(logits(), together)
    with amplified(model, {1: NEURONS[1]}, 3):
        assert not torch.equal(logits(), together)


def test_amplifying_the_amplified_multiplies_the_multipliers(model, logits):
    with amplified(model, NEURONS, 6):
        expected = logits()
    with amplified(model, NEURONS, 2), amplified(model, NEURONS, 3):
        torch.testing.assert_close(logits(), expected, rtol=1e-4, atol=1e-5)


def test_the_inner_amplification_ends_alone(model, logits):
    with amplified(model, NEURONS, 2):
        expected = logits()
        with amplified(model, {0: [1]}, 4):
            assert not torch.equal(logits(), expected)
        assert torch.equal(logits(), expected)


def test_an_exception_inside_leaves_the_model_as_it_was(model, logits):
    before = logits()
    with pytest.raises(RuntimeError, match="inside"), amplified(model, NEURONS, 5):
        raise RuntimeError("inside")
    assert torch.equal(logits(), before)


def test_threads_that_share_a_model_never_see_one_anothers_amplification(model, logits):
    """As in two tabs of the explorer: every thread is inside of its own amplification while all of them compute."""
    settings = [({1: [3, 17, 200]}, 4.0), ({1: [17]}, 0.5), ({3: [5]}, 3.0), None]
    expected = []
    for setting in settings:
        with amplified(model, *(setting or ({}, 1.0))):
            expected.append(logits())
    inside = Barrier(len(settings))

    def compute(setting) -> list[torch.Tensor]:
        with amplified(model, *(setting or ({}, 1.0))):
            inside.wait(timeout=30)
            seen = [logits() for _ in range(5)]
            inside.wait(timeout=30)
            return seen

    with ThreadPoolExecutor(len(settings)) as pool:
        seen = list(pool.map(compute, settings))
    for outputs, wanted in zip(seen, expected, strict=True):
        assert all(torch.equal(output, wanted) for output in outputs)


def test_threads_that_come_and_go_take_no_hook_of_one_another(model, logits):
    with amplified(model, NEURONS, 3):
        expected = logits()

    def compute(_: int) -> bool:
        with amplified(model, NEURONS, 3):
            return torch.equal(logits(), expected)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(compute, range(24)))


def test_a_thread_that_is_started_inside_is_not_amplified(model, logits):
    before = logits()
    with amplified(model, NEURONS, 5), ThreadPoolExecutor(1) as pool:
        assert torch.equal(pool.submit(logits).result(), before)
        assert not torch.equal(logits(), before)


def test_a_generator_that_is_left_unfinished_and_ended_by_another_thread_leaves_nothing(model, logits):
    before = logits()

    def compute() -> Iterator[torch.Tensor]:
        with amplified(model, NEURONS, 5):
            yield logits()

    with ThreadPoolExecutor(1) as pool:
        unfinished = pool.submit(lambda: (generator := compute(), next(generator))[0]).result()
    unfinished.close()
    assert torch.equal(logits(), before)


def test_a_layer_that_is_not_there_leaves_no_hook_of_the_others(model, logits):
    with pytest.raises(IndexError), amplified(model, {0: [1], LAYERS: [1]}, 5):
        pass


def test_amplifying_raises_no_weight(model, logits):
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    with amplified(model, NEURONS, 5):
        logits()
        assert all(torch.equal(before[name], tensor) for name, tensor in model.network.state_dict().items())


@pytest.mark.parametrize("target", [" fox", " lazy dog"])
def test_a_log_probability_is_the_sum_over_the_targets_tokens(model, target):
    prompt = tokenize(model, "The quick brown", target)
    tokens = prompt.prompt + prompt.target
    with torch.inference_mode():
        log_probabilities = model.network(torch.tensor([tokens])).logits[0].double().log_softmax(dim=-1)
    expected = math.fsum(log_probabilities[n - 1, tokens[n]] for n in range(len(prompt.prompt), len(tokens)))
    assert log_probability(model, prompt) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("model", ["gemma2"], indirect=True)
def test_all_targets_of_one_token_have_probabilities_that_add_up_to_one(model):
    prompt = tokenize(model, "The quick brown", " fox")
    vocabulary = range(model.network.config.vocab_size)
    total = math.fsum(math.exp(log_probability(model, type(prompt)(prompt.prompt, (token,)))) for token in vocabulary)
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("neuron_ids", [{}, {1: []}, {1: [], 3: []}, {1: torch.tensor([], dtype=torch.long)}])
def test_amplifying_no_neuron_of_a_layer_changes_nothing(model, logits, neuron_ids):
    before = logits()
    with amplified(model, neuron_ids, 2.0):
        assert torch.equal(logits(), before)


def test_a_layer_without_neurons_leaves_the_others_amplified(model, logits):
    with amplified(model, {3: NEURONS[3]}, 2.0):
        expected = logits()
    with amplified(model, {1: [], 3: NEURONS[3]}, 2.0):
        assert torch.equal(logits(), expected)


def test_an_ablation_by_a_multiplier_of_zero_silences_its_neurons(model, logits):
    seen = []
    with amplified(model, {1: NEURONS[1]}, 0.0):
        late = model.adapter.down_projections[1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        with late:
            logits()
    assert not seen[0][..., NEURONS[1]].any()
    assert seen[0].any()


@pytest.mark.parametrize(
    ("neuron_ids", "error", "said"),
    [
        ({1: [-1]}, IndexError, "there is no neuron -1 in layer 1"),
        ({1: [3, WIDTH]}, IndexError, f"there is no neuron {WIDTH} in layer 1 of .*; its last is {WIDTH - 1}"),
        ({-1: [3]}, IndexError, f"there is no layer -1 in .*; its last is {LAYERS - 1}"),
        ({1: [1.5]}, TypeError, "layer 1: neurons are given by their numbers"),
        ({1: [True, False]}, TypeError, "layer 1: neurons are given by their numbers"),
    ],
)
def test_what_is_no_neuron_of_the_model_is_refused_rather_than_counted_from_the_end(model, neuron_ids, error, said):
    with pytest.raises(error, match=said), amplified(model, neuron_ids, 2.0):
        pass
