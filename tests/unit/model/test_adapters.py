"""Each family's adapter against transformers: the same residual stream after every block, the same logits."""

import json

import pytest
import torch
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack
from sna.engine.scoring import score
from sna.errors import InputError
from sna.model.adapters import ADAPTERS, check_architecture
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt

# Ragged, with common beginnings; the last is longer than the families' windows.
PROMPTS = [
    TokenizedPrompt((5, 6, 7), (8,)),
    TokenizedPrompt((5, 6), (7, 9, 10)),
    TokenizedPrompt((11,), (5, 6)),
    TokenizedPrompt(tuple(range(20, 40)), (41, 42)),
]


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    folder = build_tiny_model(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, request.param, LAYERS)


@pytest.fixture(scope="module")
def expected(model):
    """Of each prompt, what transformers computes: hidden states before and after every block, and logits."""
    model.network.set_attn_implementation("eager")
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
    forward = PackedPass(model.adapter, packed)
    residual, streams = forward.embedded, []
    for block in model.adapter.blocks:
        streams.append(residual)
        residual, activations = forward.run_block(block, residual)
        assert activations.shape == (len(packed.tokens), WIDTH)
    # Transformers gives the last one after the final norm.
    streams.append(model.adapter.final_norm(residual))
    for prompt, output in zip(PROMPTS, expected, strict=True):
        nodes = nodes_of(packed, prompt)
        for found, hidden in zip(streams, output.hidden_states, strict=True):
            torch.testing.assert_close(found[nodes], hidden[0], rtol=1e-4, atol=2e-5)


@torch.inference_mode()
def test_a_target_tokens_log_probability_is_that_of_transformers(model, expected, packed):
    forward = PackedPass(model.adapter, packed)
    residual = forward.embedded
    for block in model.adapter.blocks[:-1]:
        residual, _ = forward.run_block(block, residual)
    residual, _ = forward.run_block(model.adapter.blocks[-1], residual, at=packed.scored)
    found = score(model.adapter, residual, packed.targets)
    logits = [output.logits[0].double().log_softmax(dim=-1) for output in expected]
    wanted = [
        logits[number][position, token] for number, prompt in enumerate(PROMPTS) for position, token in prompt.scored
    ]
    torch.testing.assert_close(found.log_probabilities, torch.stack(wanted), rtol=0, atol=1e-4)


@torch.inference_mode()
def test_the_down_projections_input_is_the_hidden_layer_that_is_amplified(model, packed):
    captured = []
    handle = model.adapter.down_projections[0].register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0]))
    with handle:
        model.network(torch.tensor([PROMPTS[0].context]), use_cache=False)
    forward = PackedPass(model.adapter, packed)
    _, activations = forward.run_block(model.adapter.blocks[0], forward.embedded)
    torch.testing.assert_close(activations[nodes_of(packed, PROMPTS[0])], captured[0][0], rtol=1e-4, atol=2e-5)


def test_width_and_context_are_the_models_own(model):
    assert model.adapter.n_neurons == WIDTH
    assert model.adapter.n_ctx == 128
    assert model.adapter.n_layers == len(model.adapter.down_projections) == LAYERS


@pytest.mark.parametrize("parallel", [True, False])
def test_gpt_neox_is_right_with_and_without_the_parallel_residual(tmp_path, packed, parallel):
    model = load_model(build_tiny_model("gpt_neox", tmp_path, use_parallel_residual=parallel), "gpt_neox", LAYERS)
    assert {block.parallel for block in model.adapter.blocks} == {parallel}
    with torch.inference_mode():
        output = model.network(torch.tensor([PROMPTS[0].context]), output_hidden_states=True)
        forward = PackedPass(model.adapter, packed)
        residual, _ = forward.run_block(model.adapter.blocks[0], forward.embedded)
    torch.testing.assert_close(residual[nodes_of(packed, PROMPTS[0])], output.hidden_states[1][0], rtol=1e-4, atol=2e-5)


@torch.inference_mode()
def test_the_network_that_is_loaded_caps_attention_as_eager_transformers_does(tmp_path):
    network = load_model(build_tiny_model("gemma2", tmp_path), "gemma2", LAYERS).network
    tokens = torch.tensor([PROMPTS[-1].context])
    loaded = network(tokens).logits
    network.set_attn_implementation("eager")
    assert torch.equal(loaded, network(tokens).logits)
    # By default transformers would leave the cap out.
    network.set_attn_implementation("sdpa")
    assert (loaded - network(tokens).logits).abs().max() > 0.1


def test_an_unknown_family_is_refused_with_those_that_work():
    with pytest.raises(InputError) as caught:
        check_architecture("bloom", "config.yaml: models.b.path")
    message = str(caught.value)
    assert message.startswith("config.yaml: models.b.path: architecture 'bloom' is not supported")
    assert all(family in message for family in ADAPTERS)


@pytest.mark.parametrize("family", ADAPTERS)
def test_a_family_that_works_is_not_refused(family):
    check_architecture(family, "config.yaml: models.m.path")


LONGROPE = {"factor": 4.0, "original_max_position_embeddings": 8, "short_factor": [1.0] * 4, "long_factor": [3.0] * 4}
ROPES = {
    "longrope": LONGROPE,
    "dynamic": {"factor": 2.0},
    "linear": {"factor": 2.0},
    "yarn": {"factor": 2.0},
    "llama3": {
        "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64
    },
}  # fmt: skip


def rope(kind: str) -> dict:
    return {"rope_type": kind, "rope_theta": 1e4} | ROPES.get(kind, {})


def with_rope(folder, kind: str):
    return build_tiny_model("llama", folder, rope_parameters=rope(kind))


@pytest.mark.parametrize(
    ("family", "parameters", "kind"),
    [
        ("llama", rope("longrope"), "longrope"),
        ("llama", rope("dynamic"), "dynamic"),
        ("phi3", rope("longrope"), "longrope"),
        # Each kind of layer has a rope of its own.
        ("gemma3_text", {"full_attention": rope("dynamic"), "sliding_attention": rope("default")}, "dynamic"),
    ],
)
def test_a_rope_type_whose_factors_depend_on_the_length_is_refused_by_its_name(tmp_path, family, parameters, kind):
    build_tiny_model(family, tmp_path, rope_parameters=parameters)
    with pytest.raises(InputError) as caught:
        load_model(tmp_path, "m", LAYERS)
    assert str(caught.value).startswith(f"{tmp_path}/config.json: rope type '{kind}' is not supported")


@pytest.mark.parametrize("family", ["gemma2", "gemma3_text"])
def test_a_model_whose_tokens_see_what_follows_them_is_refused(tmp_path, family):
    build_tiny_model(family, tmp_path, use_bidirectional_attention=True)
    with pytest.raises(InputError, match=r"config\.json: use_bidirectional_attention is not supported"):
        load_model(tmp_path, "m", LAYERS)


@pytest.mark.parametrize("kind", ["linear", "yarn", "llama3"])
def test_a_rope_type_with_fixed_factors_is_right_for_prompts_of_all_lengths(tmp_path, kind):
    model = load_model(with_rope(tmp_path, kind), "m", LAYERS)
    found = PackedPass(model.adapter, pack(PROMPTS))
    with torch.inference_mode():
        residual, _ = found.run_block(model.adapter.blocks[0], found.embedded)
        for prompt in PROMPTS:
            hidden = model.network(torch.tensor([prompt.context]), output_hidden_states=True).hidden_states[1][0]
            torch.testing.assert_close(residual[nodes_of(found.packed, prompt)], hidden, rtol=1e-4, atol=2e-5)


def test_a_rope_type_in_the_words_of_older_configurations_is_refused_too(tmp_path):
    path = build_tiny_model("llama", tmp_path) / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["rope_parameters"]
    path.write_text(json.dumps(content | {"rope_scaling": {"type": "dynamic", "factor": 2.0}}), encoding="utf-8")
    with pytest.raises(InputError, match="rope type 'dynamic' is not supported"):
        load_model(tmp_path, "m", LAYERS)
