"""Each family's adapter against transformers: the same residual stream after every block, the same logits."""

import pytest
import torch
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack
from sna.engine.scoring import score
from sna.errors import InputError
from sna.model.adapters import FAMILIES, check_family
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt

# Ragged, with common beginnings; the last is longer than mistral's window.
PROMPTS = [
    TokenizedPrompt((5, 6, 7), (8,)),
    TokenizedPrompt((5, 6), (7, 9, 10)),
    TokenizedPrompt((11,), (5, 6)),
    TokenizedPrompt(tuple(range(20, 40)), (41, 42)),
]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, tmp_path_factory):
    folder = build_tiny_model(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, request.param, LAYERS)


@pytest.fixture(scope="module")
def expected(model):
    """Of each prompt, what transformers computes: hidden states before and after every block, and logits."""
    with torch.inference_mode():
        return [
            model.network(torch.tensor([prompt.context]), output_hidden_states=True, use_cache=False)
            for prompt in PROMPTS
        ]


@pytest.fixture(scope="module")
def packed():
    return pack(PROMPTS)


def nodes_of(packed, prompt: TokenizedPrompt) -> list[int]:
    """Return the node of each of a prompt's tokens."""
    prefixes = [tuple(packed.tokens[row].tolist()) for row in packed.ancestors]
    return [prefixes.index(prompt.context[:end]) for end in range(1, len(prompt.context) + 1)]


@torch.inference_mode()
def test_the_residual_stream_is_that_of_transformers_after_every_block(model, expected, packed):
    forward = PackedPass(model.anatomy, packed)
    residual, streams = forward.embedded, []
    for block in model.anatomy.blocks:
        streams.append(residual)
        residual, activations = forward.run_block(block, residual)
        assert activations.shape == (len(packed.tokens), WIDTH)
    # Transformers gives the last one after the final norm.
    streams.append(model.anatomy.final_norm(residual))
    for prompt, output in zip(PROMPTS, expected, strict=True):
        nodes = nodes_of(packed, prompt)
        for found, hidden in zip(streams, output.hidden_states, strict=True):
            torch.testing.assert_close(found[nodes], hidden[0], rtol=1e-4, atol=2e-5)


@torch.inference_mode()
def test_a_target_tokens_log_probability_is_that_of_transformers(model, expected, packed):
    forward = PackedPass(model.anatomy, packed)
    residual = forward.embedded
    for block in model.anatomy.blocks[:-1]:
        residual, _ = forward.run_block(block, residual)
    residual, _ = forward.run_block(model.anatomy.blocks[-1], residual, at=packed.scored)
    found = score(model.anatomy, residual, packed.targets)
    logits = [output.logits[0].double().log_softmax(dim=-1) for output in expected]
    wanted = [
        logits[number][position, token] for number, prompt in enumerate(PROMPTS) for position, token in prompt.scored
    ]
    torch.testing.assert_close(found, torch.stack(wanted), rtol=0, atol=1e-4)


@torch.inference_mode()
def test_the_down_projections_input_is_the_hidden_layer_that_is_amplified(model, packed):
    captured = []
    handle = model.anatomy.down_projections[0].register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0]))
    with handle:
        model.network(torch.tensor([PROMPTS[0].context]), use_cache=False)
    forward = PackedPass(model.anatomy, packed)
    _, activations = forward.run_block(model.anatomy.blocks[0], forward.embedded)
    torch.testing.assert_close(activations[nodes_of(packed, PROMPTS[0])], captured[0][0], rtol=1e-4, atol=2e-5)


def test_width_and_context_are_the_models_own(model):
    assert model.anatomy.width == WIDTH
    assert model.anatomy.context == 128
    assert len(model.anatomy.blocks) == len(model.anatomy.down_projections) == LAYERS


@pytest.mark.parametrize("parallel", [True, False])
def test_gpt_neox_is_right_with_and_without_the_parallel_residual(tmp_path, packed, parallel):
    model = load_model(build_tiny_model("gpt_neox", tmp_path, use_parallel_residual=parallel), "gpt_neox", LAYERS)
    assert {block.parallel for block in model.anatomy.blocks} == {parallel}
    with torch.inference_mode():
        output = model.network(torch.tensor([PROMPTS[0].context]), output_hidden_states=True)
        forward = PackedPass(model.anatomy, packed)
        residual, _ = forward.run_block(model.anatomy.blocks[0], forward.embedded)
    torch.testing.assert_close(residual[nodes_of(packed, PROMPTS[0])], output.hidden_states[1][0], rtol=1e-4, atol=2e-5)


def test_an_unknown_family_is_refused_with_those_that_work():
    with pytest.raises(InputError) as caught:
        check_family("bloom", "config.yaml: models.b.path")
    message = str(caught.value)
    assert message.startswith("config.yaml: models.b.path: family 'bloom' is not supported")
    assert all(family in message for family in FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_that_works_is_not_refused(family):
    check_family(family, "config.yaml: models.m.path")
