from dataclasses import replace
from itertools import pairwise
from math import inf
from pathlib import Path

import pytest
from gguf import TokenType
from gguf_files import ADDED, CONTROL, TEXTS, sentencepiece_vocabulary, write_gguf
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import build_tokenizer
from tokenizers import Tokenizer, models
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.integrations.ggml import convert_gguf_tokenizer

from sna.errors import InputError
from sna.fetching.models import gguf_tokenizer, normal
from sna.fetching.models.checkpoint import Checkpoint
from sna.fetching.models.gguf_tokenizer import (
    KNOWN_TEXT,
    SPACE,
    Vocabulary,
    check_tokenizer,
    read_tokenizer,
    read_vocabulary,
    split,
)

GEMMA = Path(__file__).parents[3] / "results" / "models" / "gemma3-270m"
VOCABULARY = sentencepiece_vocabulary()
LIKE_GEMMA = gguf_tokenizer.build_tokenizer(VOCABULARY)
LIKE_LLAMA = gguf_tokenizer.build_tokenizer(sentencepiece_vocabulary(space_first=True))
# What is found before text is joined, what is joined, what has no token, and parts of what looks like one.
PIECES = [*ADDED, *CONTROL, *" the quickbrown,.", "\u00e9", "\u732b", "<0x0A>", "<tab", "le>", "</"]
texts = st.lists(st.sampled_from(PIECES)).map("".join)


def encode(text: str, vocabulary: Vocabulary) -> list[int]:
    """Split a text as SentencePiece does, in the plainest way: what was added is found first, then the best pair."""
    ids = {token: number for number, token in enumerate(vocabulary.tokens)}
    kinds = dict(zip(vocabulary.tokens, vocabulary.types, strict=True))
    scores = dict(zip(vocabulary.tokens, vocabulary.scores, strict=True))
    found = sorted((t for t in kinds if kinds[t] in (TokenType.CONTROL, TokenType.USER_DEFINED)), key=len)[::-1]

    def score(pair: tuple[str, str]) -> float:
        return scores["".join(pair)] if kinds.get("".join(pair)) == TokenType.NORMAL else -inf

    def join(part: str) -> list[int]:
        symbols = list((" " * vocabulary.space_first + part).replace(" ", SPACE)) if part else []
        while max(ranked := list(map(score, pairwise(symbols))), default=-inf) > -inf:
            place = ranked.index(max(ranked))
            symbols[place : place + 2] = ["".join(symbols[place : place + 2])]
        parts = [[symbol] if symbol in ids else [f"<0x{byte:02X}>" for byte in symbol.encode()] for symbol in symbols]
        return [ids[token] for tokens in parts for token in tokens]

    result, part = [ids[token] for token in vocabulary.before], ""
    while text:
        token = next((token for token in found if text.startswith(token)), None)
        if token:
            result += [*join(part), ids[token]]
            part, text = "", text[len(token) :]
        else:
            part, text = part + text[0], text[1:]
    return result + join(part)


@pytest.mark.parametrize("space_first", [False, True])
@given(text=texts)
def test_text_is_split_as_by_the_plainest_implementation(space_first, text):
    tokenizer = LIKE_LLAMA if space_first else LIKE_GEMMA
    assert tokenizer(text)["input_ids"] == encode(text, replace(VOCABULARY, space_first=space_first))


@given(text=st.text().filter(lambda text: not any(token in text for token in [SPACE, *CONTROL])))
def test_any_text_comes_back_out_of_its_tokens(text):
    assert LIKE_GEMMA.decode(LIKE_GEMMA(text, add_special_tokens=False)["input_ids"]) == text


def test_the_space_before_a_text_is_split_with_it_and_not_given_back():
    ids = LIKE_LLAMA("the people", add_special_tokens=False)["input_ids"]
    assert LIKE_LLAMA.convert_ids_to_tokens(ids) == ["\u2581the", "\u2581people"]
    assert LIKE_LLAMA.decode(ids) == "the people"


def test_a_text_begins_with_the_start_token_that_the_file_adds():
    assert LIKE_GEMMA("the")["input_ids"][0] == LIKE_GEMMA.bos_token_id == 2
    without = gguf_tokenizer.build_tokenizer(sentencepiece_vocabulary(before=[], after=["<eos>"]))
    assert without("the")["input_ids"][0] != 2
    assert without("the")["input_ids"][-1] == without.eos_token_id == 1


def wrong(vocabulary: Vocabulary) -> PreTrainedTokenizerFast:
    """What transformers makes of a Gemma's tokenizer."""
    told = {"tokens": vocabulary.tokens, "scores": vocabulary.scores, "unk_token_id": 3, "add_prefix_space": False}
    return PreTrainedTokenizerFast(tokenizer_object=convert_gguf_tokenizer("gemma3_text", told)[0])


def test_the_tokenizer_that_transformers_makes_of_scores_is_refused():
    check_tokenizer(LIKE_GEMMA, VOCABULARY, "KEY")
    with pytest.raises(
        InputError, match=r"^KEY: the tokenizer that was read splits a text of \d+ words into \d+ tokens"
    ):
        check_tokenizer(wrong(VOCABULARY), VOCABULARY, "KEY")


def test_a_tokenizer_that_knows_no_word_is_refused_for_too_few_tokens():
    """All of the text is one unknown token to it."""
    blind = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>")))
    with pytest.raises(InputError, match="into 1 tokens, the file's own scores into "):
        check_tokenizer(blind, VOCABULARY, "KEY")


# Out of files.


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    return AutoModelForCausalLM.from_config(LlamaConfig(vocab_size=len(VOCABULARY.tokens), **shape))


def written(model: PreTrainedModel, folder: Path, vocabulary: Vocabulary | None = None, **more: object) -> Checkpoint:
    write_gguf(model, folder / "model.gguf", vocabulary, **more)
    return Checkpoint(folder, ["model.gguf"], "KEY", gguf="model.gguf")


def test_a_vocabulary_is_read_as_it_was_written(model, tmp_path):
    checkpoint = written(model, tmp_path, VOCABULARY)
    assert read_vocabulary(tmp_path / "model.gguf", checkpoint.key) == VOCABULARY


def test_what_is_saved_splits_as_the_file_says_begins_as_it_says_and_has_the_same_bytes_again(model, tmp_path):
    checkpoint = written(model, tmp_path, VOCABULARY)
    for name in ("first", "again"):
        normal.save(model, normal.read_tokenizer(checkpoint, model), tmp_path / name, "KEY")
    saved = AutoTokenizer.from_pretrained(tmp_path / "first", local_files_only=True)
    text = f"{TEXTS[0]}  \n\n<start_of_turn>\u732b"
    assert saved(text)["input_ids"] == encode(text, VOCABULARY)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_start_token_that_the_file_adds_is_put_before_text_of_byte_level_tokenizers_too(model, tmp_path):
    checkpoint = written(model, tmp_path, add_bos_token_id=7, add_add_bos_token=True)
    expected = build_tokenizer()(KNOWN_TEXT)["input_ids"]
    tokenizer = normal.read_tokenizer(checkpoint, model)
    assert tokenizer(KNOWN_TEXT)["input_ids"] == [7, *expected]
    assert len(split(KNOWN_TEXT, read_vocabulary(tmp_path / "model.gguf", "KEY"))) == len(expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scores": VOCABULARY.scores[:-1]}, "is damaged: a token twice, or without a type or score"),
        ({"tokens": [*VOCABULARY.tokens[:-1], VOCABULARY.tokens[-2]]}, "is damaged: a token twice, or without a type"),
        ({"kind": "rwkv"}, "is of the kind rwkv, not llama or gpt2; give the model with its own tokenizer.json"),
        ({"kind": "gpt2"}, "cannot be read: KeyError: 'tokenizer.ggml.merges'"),
    ],
    ids=["a score less", "a token twice", "another kind", "no merges"],
)
def test_a_tokenizer_that_cannot_be_built_is_refused_in_one_line(model, tmp_path, changes, message):
    checkpoint = written(model, tmp_path, replace(VOCABULARY, **changes))
    with pytest.raises(InputError) as caught:
        read_tokenizer(checkpoint)
    assert str(caught.value).startswith(f"KEY: the tokenizer in model.gguf {message}")
    assert "\n" not in str(caught.value)


# Gemma 3


@pytest.fixture(scope="module")
def gemma() -> PreTrainedTokenizerFast:
    if not (GEMMA / "tokenizer.json").is_file():
        pytest.skip("gemma3-270m is not there: run `snakemake --cores 1 results/models/gemma3-270m/tokenizer.json`")
    return AutoTokenizer.from_pretrained(GEMMA, local_files_only=True)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello world", [9259, 1902]),
        ("The capital of France is", [818, 5279, 529, 7001, 563]),
        ("Once upon a time,", [14946, 3324, 496, 990, 236764]),
        ("word   with   extra   spaces", [3017, 139, 4060, 139, 27909, 139, 35220]),
        ("a  b", [236746, 138, 236763]),
        ("line1\nline2", [1257, 236770, 107, 1257, 236778]),
        ("\n\n", [108]),
        ("\u00e9 e\u0301", [236859, 545, 238288]),
        ("\U0001f60a \u6771\u4eac", [240782, 86459]),
        (
            "<start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\n",
            [105, 2364, 107, 9259, 106, 107, 105, 4368, 107],
        ),
    ],
)
def test_gemma_splits_text_as_others_have_published_it(gemma, text, ids):
    """By llama.cpp and by the tokenizer on the hub, in what projects that use them state."""
    assert gemma(text)["input_ids"] == [2, *ids]
