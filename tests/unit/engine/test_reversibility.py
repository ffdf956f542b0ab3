"""The check that a sweep leaves a model as it was finds a model that it did not."""

from collections.abc import Callable

import pytest
import torch
from tiny_models import LAYERS, build_tiny_model

from sna.engine.reversibility import Reversibility, check_reversibility, hash_parameters
from sna.model.adapters import ADAPTERS
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import tokenize

TEXTS = [("The quick brown", " fox"), ("over the", " lazy dog")]
NEURONS = {0: [1, 2, 3], 2: [7]}


def tiny(family: str, folder) -> LanguageModel:
    return load_model(build_tiny_model(family, folder), family, LAYERS)


def check(model: LanguageModel, multiplier: float = 5) -> Reversibility:
    prompts = [tokenize(model, prompt, target) for prompt, target in TEXTS]
    return check_reversibility(model, prompts, NEURONS, multiplier)


def after_the_first_pass(model: LanguageModel, tamper: Callable) -> None:
    """Call `tamper` with the last down projection's input, once the prompts have been read unamplified."""
    passes = []

    def hook(module, inputs):
        passes.append(1)
        return tamper(module, inputs) if len(passes) > len(TEXTS) else None

    model.adapter.down_projections[-1].register_forward_pre_hook(hook)


@pytest.mark.parametrize("family", ADAPTERS)
def test_both_ways_of_amplifying_leave_every_family_as_it_was(family, tmp_path):
    found = check(tiny(family, tmp_path))
    assert found.parameters_unchanged
    assert found.parameters_before == found.parameters_after
    assert found.outputs_identical
    assert found.outputs_amplified_differ
    assert found.prompts == len(TEXTS)


def test_a_weight_that_was_changed_by_the_least_is_found(tmp_path):
    model = tiny("llama", tmp_path)

    def change_one_bit(module, inputs):
        module.weight[0, 0] = torch.nextafter(module.weight[0, 0], torch.tensor(torch.inf))

    after_the_first_pass(model, change_one_bit)
    found = check(model)
    assert not found.parameters_unchanged
    assert found.parameters_before != found.parameters_after


def test_a_hook_that_stays_is_found_though_no_parameter_changed(tmp_path):
    model = tiny("llama", tmp_path)
    after_the_first_pass(model, lambda module, inputs: (inputs[0] * 1.001,))
    found = check(model)
    assert found.parameters_unchanged
    assert not found.outputs_identical


def test_an_amplification_that_does_nothing_is_said_to_show_nothing(tmp_path):
    assert not check(tiny("llama", tmp_path), multiplier=1).outputs_amplified_differ


def test_the_hash_covers_every_parameter_and_buffer(tmp_path):
    model = tiny("gpt_neox", tmp_path)
    hashes = {hash_parameters(model)}
    state = model.network.state_dict()
    for tensor in state.values():
        tensor.view(-1)[0] += 1
        hashes.add(hash_parameters(model))
    assert len(hashes) == len(state) + 1


def test_the_hash_is_the_same_for_the_same_model(tmp_path):
    model = tiny("gpt2", tmp_path)
    assert hash_parameters(model) == hash_parameters(load_model(tmp_path, "gpt2", LAYERS))
