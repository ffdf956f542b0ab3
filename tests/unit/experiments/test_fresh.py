"""Which fresh prompts a model is asked, and into what parts they fall."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import LAYERS, build_tiny_model

from sna.errors import InputError
from sna.experiments.fresh import choose_prompts, exchange_targets, halve, part
from sna.inputs.fresh import FreshPrompt
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt, tokenize

BANK = [FreshPrompt(f"The fox {number} jumps over the", " lazy dog", "made up") for number in range(40)]
#: No tokens of their own follow, for one reason or another.
UNASKABLE = [
    FreshPrompt("The lazy ", "dog", "a space too many"),
    FreshPrompt("The lazy dog " * 60, " sleeps", "too long"),
]

counts = st.integers(2, 60)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("tiny")), "tiny", LAYERS)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_as_many_are_drawn_as_are_asked_for_and_stay_in_the_banks_order(model):
    found = choose_prompts(model, BANK, 30, rng(), "bank.tsv")
    assert len(found) == 30
    assert list(found) == sorted(found)
    assert all(prompt == tokenize(model, BANK[number].prompt, BANK[number].target) for number, prompt in found.items())
    assert list(choose_prompts(model, BANK, 30, rng(1), "bank.tsv")) != list(found)


def test_fewer_prompts_are_the_first_of_more(model):
    few, many = (set(choose_prompts(model, BANK, count, rng(), "bank.tsv")) for count in (24, 35))
    assert few < many


def test_what_a_model_cannot_be_asked_is_left_out_and_the_log_says_why(model, capsys):
    found = choose_prompts(model, UNASKABLE + BANK, 100, rng(), "bank.tsv")
    assert list(found) == list(range(len(UNASKABLE), len(UNASKABLE) + len(BANK)))
    said = capsys.readouterr().err
    assert said.startswith("bank.tsv: 2 prompts are left out, which tiny cannot be asked:\n")
    assert "target 'dog' does not tokenize cleanly after 'The lazy '" in said
    assert "the model reads at most 128" in said


def test_a_token_that_the_model_has_no_embedding_for_leaves_its_prompt_out(model, capsys):
    model.tokenizer.add_tokens(["zebra"])
    bank = [FreshPrompt("The zebra and the", " fox", "made up"), *BANK]
    assert 0 not in choose_prompts(model, bank, 100, rng(), "bank.tsv")
    assert "the model has no embedding for 'zebra'" in capsys.readouterr().err


def test_a_bank_of_which_too_few_are_left_is_refused_by_its_name(model):
    with pytest.raises(InputError, match=r"tasks/fresh/made_up.tsv: tiny can be asked 23 of its prompts"):
        choose_prompts(model, UNASKABLE + BANK[:23], 100, rng(), "tasks/fresh/made_up.tsv")


@given(count=counts, size=st.integers(1, 70), seed=st.integers(0, 9))
def test_every_prompt_is_in_one_block_and_no_block_is_smaller_than_asked_for(count, size, seed):
    numbers = list(range(100, 100 + count))
    blocks = part(numbers, size, rng(seed))
    assert sorted(number for block in blocks for number in block) == numbers
    assert all(len(block) >= min(size, count) for block in blocks)
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1


@given(count=counts, seed=st.integers(0, 9))
def test_halves_are_equal(count, seed):
    found = halve(range(100, 100 + count), rng(seed))
    assert list(found) == list(range(100, 100 + count))
    halves = list(found.values())
    assert halves.count("first") - halves.count("second") == count % 2


@given(count=counts, seed=st.integers(0, 9))
def test_every_target_follows_the_prompt_of_another(count, seed):
    prompts = [TokenizedPrompt((number,), (100 + number,)) for number in range(count)]
    found = exchange_targets(prompts, rng(seed))
    assert [prompt.target for prompt in found] == [prompt.target for prompt in prompts]
    assert sorted(prompt.prompt for prompt in found) == [prompt.prompt for prompt in prompts]
    assert all(there.prompt != own.prompt for there, own in zip(found, prompts, strict=True))
