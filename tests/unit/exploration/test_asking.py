"""What a model says after a prompt: the numbers of plain forward passes, whatever the family."""

import ast
import math

import pytest
import torch
from tiny_models import LAYERS, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.exploration.asking import ask, compare, compare_target, continue_prompt, read_prompt
from sna.exploration.limits import PROMPT
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt

NEURONS = {1: [3, 17, 200], 3: [5]}


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture(scope="module")
def long_model(tmp_path_factory):
    """A model that reads more than the explorer lets one type."""
    folder = build_tiny_model("llama", tmp_path_factory.mktemp("long"), max_position_embeddings=4 * PROMPT)
    return load_model(folder, "llama", LAYERS)


@pytest.mark.parametrize("target", [" fox", " lazy dog"])
def test_a_targets_probability_is_the_references(model, target):
    prompt = read_prompt(model, "The quick brown", target)
    assert ask(model, prompt).target == pytest.approx(torch.tensor(log_probability(model, prompt)).exp().item())


def test_the_next_tokens_are_those_after_the_prompt_not_within_the_target(model):
    alone = ask(model, read_prompt(model, "The quick brown", " fox"))
    longer = ask(model, read_prompt(model, "The quick brown", " fox jumps"))
    torch.testing.assert_close(alone.probabilities, longer.probabilities)
    assert alone.probabilities.sum().item() == pytest.approx(1)
    assert alone.rank == longer.rank
    assert longer.target < alone.target


def test_the_rank_counts_the_tokens_that_are_likelier(model):
    prompt = read_prompt(model, "The quick brown", " fox")
    reading = ask(model, prompt)
    order = reading.probabilities.argsort(descending=True).tolist()
    assert order[reading.rank - 1] == prompt.target[0]


def test_the_comparison_has_the_likeliest_of_both(model):
    prompt = read_prompt(model, "The quick brown", " fox")
    before = ask(model, prompt)
    with amplified(model, NEURONS, 5.0):
        after = ask(model, prompt)
    rows = compare(model, before, after, top=20)
    assert rows.loc[rows["target"], "id"].tolist() == [prompt.target[0]]
    # Among them, or after them.
    likeliest = rows.drop(index=rows.index[20:])
    assert len(likeliest) == 20
    assert rows["token"].is_unique
    for reading in (before, after):
        assert reading.probabilities.argmax().item() in rows["id"].tolist()
    assert rows["before"].tolist() == before.probabilities[rows["id"].tolist()].tolist()
    assert (rows["change"] == rows["after"] - rows["before"]).all()
    assert rows[["before", "after"]].max(axis=1).is_monotonic_decreasing
    assert compare(model, before, after, top=1)["target"].any()


def test_a_target_is_read_token_by_token(model):
    prompt = read_prompt(model, "The quick brown", " fox jumps")
    reading = ask(model, prompt)
    assert math.prod(token.probability for token in reading.tokens) == pytest.approx(reading.target)
    for number, token in enumerate(reading.tokens):
        alone = ask(model, TokenizedPrompt(prompt.prompt + prompt.target[:number], prompt.target[number:]))
        assert token.probability == pytest.approx(alone.probabilities[token.token].item())
        assert token.rank == alone.rank
    texts = compare_target(model, reading, reading)["token"]
    assert "".join(map(ast.literal_eval, texts)) == " fox jumps"


def test_a_continuation_is_what_whole_passes_give(model):
    """Token by token from the cache, inside an amplification too, as if the text were read anew each time."""
    prompt = model.tokenizer("The quick brown")["input_ids"]
    with amplified(model, NEURONS, 3.0):
        text = continue_prompt(model, prompt, 6)
        tokens = list(prompt)
        for _ in range(6):
            with torch.inference_mode():
                tokens.append(model.network(torch.tensor([tokens])).logits[0, -1].argmax().item())
    assert text == model.tokenizer.decode(tokens[len(prompt) :], clean_up_tokenization_spaces=False)


def test_a_drawn_continuation_is_its_seeds(model):
    prompt = model.tokenizer("The quick brown")["input_ids"]
    drawn = [continue_prompt(model, prompt, 8, temperature=1.0, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1


def test_tokens_are_drawn_as_often_as_they_are_likely(long_model):
    prompt = read_prompt(long_model, "The quick brown", " fox")
    reading = ask(long_model, prompt)
    likeliest = int(reading.probabilities.argmax())
    expected = long_model.tokenizer.decode([likeliest], clean_up_tokenization_spaces=False)
    share = sum(continue_prompt(long_model, prompt.prompt, 1, 1.0, seed) == expected for seed in range(300)) / 300
    assert share == pytest.approx(reading.probabilities[likeliest].item(), abs=0.1)


def test_a_continuation_ends_where_the_model_can_read_no_more(model):
    prompt = list(range(model.adapter.n_ctx - 2))
    assert continue_prompt(model, prompt, 10) == continue_prompt(model, prompt, 2) != ""
    assert continue_prompt(model, prompt, 0) == ""


def test_a_prompt_that_is_too_long_for_the_explorer_is_refused(long_model):
    with pytest.raises(InputError, match=rf"have \d+ tokens; the explorer takes at most {PROMPT}"):
        read_prompt(long_model, "fox " * PROMPT, " fox")


def test_a_target_that_is_no_token_after_its_prompt_is_refused(long_model):
    with pytest.raises(InputError, match="does not tokenize cleanly") as refused:
        read_prompt(long_model, "The quick bro", "wn")
    # As its tokenizer writes a space.
    assert "Ġ" not in str(refused.value)


def test_weights_that_overflow_are_refused(tmp_path):
    model = load_model(build_tiny_model("gpt2", tmp_path), "gpt2", LAYERS)
    prompt = read_prompt(model, "The quick", " brown")
    with amplified(model, {3: [0, 1, 2]}, float("inf")), pytest.raises(InputError, match="not a number"):
        ask(model, prompt)
