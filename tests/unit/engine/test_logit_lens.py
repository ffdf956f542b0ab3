"""The logit lens against transformers' own network: its blocks' outputs, its final norm, its head, its soft cap."""

import pytest
import torch
from tiny_models import LAYERS, build_tiny_model

from sna.engine.logit_lens import read_lens
from sna.engine.reference import amplified, log_probability
from sna.model.adapters import ADAPTERS
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import TokenizedPrompt, tokenize

NEURONS = {1: [3, 17, 200], 3: [5]}
#: What transformers calls a family's blocks and its final norm, where not as in Llama.
PARTS = {"gpt2": ("transformer.h", "transformer.ln_f"), "gpt_neox": ("gpt_neox.layers", "gpt_neox.final_layer_norm")}


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@torch.inference_mode()
def plain_lens(model: LanguageModel, prompt: TokenizedPrompt) -> tuple[torch.Tensor, torch.Tensor]:
    """Return logits and log-probabilities of the target's tokens after each block, by hooks on transformers' own."""
    blocks, final_norm = PARTS.get(model.network.config.model_type, ("model.layers", "model.norm"))
    left: list[torch.Tensor] = []

    def keep(module, inputs, output) -> None:
        left.append(output[0] if isinstance(output, tuple) else output)

    handles = [block.register_forward_hook(keep) for block in model.network.get_submodule(blocks)]
    model.network(torch.tensor([prompt.context]), use_cache=False)
    for handle in handles:
        handle.remove()
    streams = torch.stack(left)[:, 0]
    logits = model.network.get_output_embeddings()(model.network.get_submodule(final_norm)(streams)).double()
    cap = getattr(model.network.config, "final_logit_softcapping", None)
    logits = logits if cap is None else cap * torch.tanh(logits / cap)
    positions, targets = zip(*prompt.scored, strict=True)
    wanted = logits[:, positions], logits.log_softmax(dim=-1)[:, positions]
    return tuple(values[:, range(len(targets)), targets] for values in wanted)


@pytest.mark.parametrize("target", [" fox", " lazy dog"])
@pytest.mark.parametrize("neuron_ids", [{}, NEURONS], ids=["as it is", "amplified"])
def test_after_every_block_it_says_what_transformers_own_parts_say(model, target, neuron_ids):
    prompt = tokenize(model, "The quick brown", target)
    with amplified(model, neuron_ids, 3.0):
        logits, log_probabilities = plain_lens(model, prompt)
    found = read_lens(model, prompt, neuron_ids, 3.0)
    assert found.logits.shape == (LAYERS, len(prompt.target))
    torch.testing.assert_close(found.logits, logits, rtol=1e-5, atol=2e-5)
    torch.testing.assert_close(found.log_probabilities, log_probabilities, rtol=1e-5, atol=2e-5)


def test_its_last_row_is_what_the_model_says_and_only_layers_from_the_amplified_one_on_differ(model):
    prompt = tokenize(model, "The quick brown", " fox")
    weight = model.adapter.down_projections[2].weight.clone()
    before, after = read_lens(model, prompt), read_lens(model, prompt, {2: [5, 40]}, 4.0)
    assert before.log_probabilities[-1].sum().item() == pytest.approx(log_probability(model, prompt), rel=1e-5)
    assert torch.equal(before.logits[:2], after.logits[:2])
    assert not torch.isclose(before.logits[2:], after.logits[2:], rtol=0, atol=1e-4).any()
    assert torch.equal(model.adapter.down_projections[2].weight, weight)
