"""An intervention does to a plain network what the reference does to a model, and refuses all others."""

import json
import warnings
from copy import deepcopy

import pytest
import torch
from made_up_interventions import NEURONS, made_up_intervention
from tiny_models import LAYERS, WIDTH, build_tiny_model
from transformers import AutoModelForCausalLM, BloomConfig, BloomForCausalLM

from sna.engine.reference import amplified
from sna.errors import InputError
from sna.interventions.intervention import Intervention
from sna.model.loading import load_model

TOKENS = torch.arange(12)[None]
#: With a plain and a gated MLP, and with norms behind it.
FAMILIES = ["gpt2", "llama", "gemma2"]


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request, tmp_path_factory):
    return build_tiny_model(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder, "tiny", LAYERS)


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """A model, where its family does not matter."""
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("one")), "tiny", LAYERS)


@pytest.fixture
def file(one, tmp_path):
    path = tmp_path / "intervention.json"
    made_up_intervention(one).write(path)
    return path


@torch.inference_mode()
def test_a_plain_network_says_what_the_reference_says(folder, model, tmp_path):
    made_up_intervention(model).write(tmp_path / "intervention.json")
    attention = model.network.config._attn_implementation
    network = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention)
    before = network(TOKENS).logits
    intervention = Intervention.read(tmp_path / "intervention.json")
    with warnings.catch_warnings(action="error"), intervention.applied(network) as applied:
        assert applied is network
        found = network(TOKENS).logits
    with amplified(model, {2: NEURONS}, 3.0):
        expected = model.network(TOKENS).logits
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert not torch.allclose(found, before, atol=1e-3)
    torch.testing.assert_close(network(TOKENS).logits, before, rtol=0, atol=0)


def test_a_continuation_is_amplified_at_every_token(one):
    with made_up_intervention(one).applied(one.network) as network:
        found = network.generate(TOKENS, attention_mask=torch.ones_like(TOKENS), max_new_tokens=6, do_sample=False)
        tokens = TOKENS
        for _ in range(6):
            likeliest = network(tokens, use_cache=False).logits[:, -1].argmax(-1, keepdim=True)
            tokens = torch.cat([tokens, likeliest], dim=1)
    assert found.tolist() == tokens.tolist()


def test_what_is_written_is_read_again(one, file):
    assert Intervention.read(file) == made_up_intervention(one)


def test_without_neurons_nothing_changes(one):
    intervention = made_up_intervention(one).model_copy(update={"neurons": []})
    with (
        torch.inference_mode(),
        pytest.warns(UserWarning, match="output_weights"),
        intervention.applied(one.network) as network,
    ):
        amplified_logits = network(TOKENS).logits
    assert torch.equal(amplified_logits, one.network(TOKENS).logits)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format_version", 2, "format_version: 2 given; this library reads 1: calibrate again, or "),
        ("multiplier", 0, "multiplier: "),
        ("neurons", [3, 3], "neurons: 3 given more than once"),
        ("ranking", "abc", "ranking: "),
        ("colour", "red", "colour: "),
    ],
)
def test_a_wrong_key_is_named_with_its_file(file, key, value, said):
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(InputError) as refusal:
        Intervention.read(file)
    assert str(refusal.value).startswith(f"{file}: {said}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"), [(None, "not readable"), ("{", "not JSON"), ("[]", "must hold a JSON object")]
)
def test_what_is_no_intervention_is_refused_in_a_line(file, text, said):
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(
        InputError, match=f"intervention.json: {said}.* give the intervention.json that calibrate wrote"
    ):
        Intervention.read(file)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"intermediate_size": 256}, f"model.neurons_per_layer: {WIDTH} in the intervention, 256 in the network: "),
        ({"num_hidden_layers": 3}, f"model.layers: {LAYERS} in the intervention, 3 in the network: "),
    ],
)
def test_a_network_of_another_shape_is_refused_by_its_key(one, tmp_path, shape, said):
    network = AutoModelForCausalLM.from_pretrained(build_tiny_model("llama", tmp_path, **shape))
    with pytest.raises(InputError, match=said), made_up_intervention(one).applied(network):
        pass


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("layer", 4, "layer: 4 given; the network's last is 3"),
        ("neurons", [512], "neurons: there is no neuron 512; the last of a layer is 511"),
    ],
)
def test_what_the_network_does_not_have_is_refused_by_its_key(one, key, value, said):
    wrong = made_up_intervention(one).model_copy(update={key: value})
    with pytest.raises(InputError, match=said), wrong.applied(one.network):
        pass


def test_an_architecture_without_an_adapter_is_refused(one):
    network = BloomForCausalLM(BloomConfig(vocab_size=32, hidden_size=16, n_layer=2, n_head=2))
    with (
        pytest.raises(InputError, match=r"network.config.model_type: .*'bloom'"),
        made_up_intervention(one).applied(network),
    ):
        pass


def test_of_other_weights_a_warning_is_given(one, tmp_path):
    network = AutoModelForCausalLM.from_pretrained(build_tiny_model("llama", tmp_path, seed=1))
    with (
        pytest.warns(UserWarning, match="output_weights: .* other weights"),
        made_up_intervention(one).applied(network),
    ):
        pass


def test_weights_that_were_only_written_in_another_precision_are_the_same(one, tmp_path):
    """Of a model that was trained in bfloat16, copies in float32 are exact."""
    rounded = deepcopy(one.network).to(torch.bfloat16)
    rounded.save_pretrained(tmp_path)
    one.tokenizer.save_pretrained(tmp_path)
    model = load_model(tmp_path, "tiny", LAYERS)
    network = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.bfloat16)
    with warnings.catch_warnings(action="error"), made_up_intervention(model).applied(network):
        pass
