"""Training: it raises what it is to raise, gives the same again, and leaves the model that it was given."""

import pytest
import torch
from tiny_models import build_tiny_model

from sna.engine.reference import log_probability
from sna.errors import InputError
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import TokenizedPrompt, tokenize
from sna.tuning.training import mean_loss, tune

PROMPTS = [("The quick brown fox jumps over the", " lazy"), ("and then it", " sleeps"), ("The dog in the", " warm sun")]


@pytest.fixture(scope="module", params=["llama", "gpt2", "gemma3_text"])
def model(request: pytest.FixtureRequest, tmp_path_factory) -> LanguageModel:
    folder = build_tiny_model(request.param, tmp_path_factory.mktemp("model") / request.param)
    return load_model(folder, "tiny", 4)


@pytest.fixture(scope="module")
def prompts(model: LanguageModel) -> list[TokenizedPrompt]:
    return [tokenize(model, prompt, target) for prompt, target in PROMPTS]


def weights(model: LanguageModel) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in model.network.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_every_target_rises_a_seed_gives_the_same_weights_and_the_model_stays(model, prompts, method):
    before = weights(model)
    known = torch.get_rng_state()
    options = {"method": method, "steps": 12, "learning_rate": 0.01, "batch": 2}
    tuned, again, other = (tune(model, prompts, seed=seed, **options) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), known)
    assert same(weights(model), before)
    assert not any(weight.requires_grad for weight in (*model.network.parameters(), *tuned.network.parameters()))
    assert same(weights(tuned), weights(again))
    assert not same(weights(tuned), weights(other))
    # What is saved has the names and shapes of the model's own.
    assert {name: weight.shape for name, weight in weights(tuned).items()} == {
        name: weight.shape for name, weight in before.items()
    }
    assert all(log_probability(tuned, item) > log_probability(model, item) for item in prompts)
    assert len(tuned.losses) == 12


def test_an_adapter_has_fewer_numbers_than_the_model_and_leaves_the_embeddings(model, prompts):
    options = {"steps": 1, "learning_rate": 0.01, "seed": 1}
    lora, full = (tune(model, prompts, method=method, **options) for method in ("lora", "full"))
    embeddings = model.network.get_input_embeddings().weight
    assert torch.equal(lora.network.get_input_embeddings().weight, embeddings)
    assert not torch.equal(full.network.get_input_embeddings().weight, embeddings)
    assert full.trained == sum(weight.numel() for weight in model.network.parameters())
    assert 0 < lora.trained < full.trained


def test_the_loss_is_of_the_targets_as_they_are_scored_whatever_stands_in_the_batch(model, prompts):
    expected = -sum(log_probability(model, item) for item in prompts) / len(prompts)
    assert mean_loss(model.network, prompts).item() == pytest.approx(expected, rel=1e-4)


def test_no_prompts_and_a_rate_that_explodes_are_refused(model, prompts):
    with pytest.raises(InputError, match="there are no prompts to train on"):
        tune(model, [], method="full", steps=1, learning_rate=0.1, seed=1)
    with pytest.raises(InputError, match="give a smaller learning_rate"):
        tune(model, prompts, method="full", steps=5, learning_rate=1e30, seed=1)
