"""Tokenization: a target's tokens continue its prompt's, or the task file is refused."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import CONTEXT, PROSE, build_tokenizer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from sna.errors import InputError
from sna.inputs.tasks import read_task
from sna.model.prompts import TokenizedPrompt, read_tasks, tokenize, tokenize_task, tokenize_text, unknown_characters

SHIPPED = Path(__file__).parents[3] / "tasks" / "antonyms.yaml"
BYTE_LEVEL = build_tokenizer()


def with_start_token() -> PreTrainedTokenizerFast:
    """A tokenizer that begins every text with a token of its own, as those of llama and mistral do."""
    tokenizer = build_tokenizer().backend_tokenizer
    tokenizer.add_special_tokens(["<s>"])
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", start)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>")


def sentencepiece_like() -> PreTrainedTokenizerFast:
    """A tokenizer that writes a space before any text that it is given, as those of Llama 2 and Mistral do."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=["<unk>"], max_token_length=6)
    tokenizer.train_from_iterator(PROSE.split(), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(prompt=words, target=words)
def test_a_prompt_and_its_target_are_the_tokens_of_the_whole_text_or_refused(prompt, target):
    start, whole = BYTE_LEVEL(prompt).input_ids, BYTE_LEVEL(prompt + target).input_ids
    if whole[: len(start)] == start:
        found = tokenize(BYTE_LEVEL, prompt, target, CONTEXT)
        assert [*found.prompt, *found.target] == whole
        assert BYTE_LEVEL.decode(found.prompt) == prompt
    else:
        with pytest.raises(InputError, match="does not tokenize cleanly"):
            tokenize(BYTE_LEVEL, prompt, target, CONTEXT)


@pytest.mark.parametrize("target", [" fox", " fox jumps over the lazy dog", " 12", " été"])
def test_a_target_that_begins_with_its_space_is_clean(target):
    found = tokenize(BYTE_LEVEL, "The quick brown", target, CONTEXT)
    assert BYTE_LEVEL.decode(found.target) == target


def test_a_target_of_several_tokens_is_read_but_for_its_last_and_scored_from_the_prompts_end():
    found = TokenizedPrompt((1, 2, 3), (4, 5, 6))
    assert found.context == (1, 2, 3, 4, 5)
    assert found.scored == [(2, 4), (3, 5), (4, 6)]


@pytest.mark.parametrize(("prompt", "target", "merged"), [("The quick ", "brown", "Ġbrown"), ("over th", "e", "Ġthe")])
def test_a_target_that_its_prompt_would_merge_with_is_refused_with_the_tokens(prompt, target, merged):
    with pytest.raises(InputError) as caught:
        tokenize(BYTE_LEVEL, prompt, target, CONTEXT)
    message = str(caught.value)
    assert repr(target) in message
    assert repr(prompt) in message
    assert repr(merged) in message


def test_a_start_token_stands_before_the_prompt_and_not_before_the_target():
    tokenizer = with_start_token()
    found = tokenize(tokenizer, "The quick brown", " fox", CONTEXT)
    assert found.prompt[0] == tokenizer.bos_token_id
    assert tokenizer.bos_token_id not in found.prompt[1:] + found.target
    assert tokenizer.decode(found.target) == " fox"


def test_a_tokenizer_that_writes_a_space_before_any_text_does_not_write_one_into_the_target():
    tokenizer = sentencepiece_like()
    found = tokenize(tokenizer, "The quick", " brown fox", CONTEXT)
    assert found.prompt + found.target == tuple(tokenizer("The quick brown fox").input_ids)
    assert tokenizer.convert_ids_to_tokens(found.target)[0].startswith("▁")
    assert "▁" not in tokenizer.convert_ids_to_tokens(found.target)


@pytest.mark.parametrize("short", [0, 1])
def test_a_prompt_that_fills_the_context_is_read_and_one_that_is_longer_is_refused(short):
    length = len(BYTE_LEVEL("The quick brown fox").input_ids)
    if not short:
        assert tokenize(BYTE_LEVEL, "The quick brown", " fox", length)
        return
    with pytest.raises(InputError, match=f"have {length} tokens; the model reads at most {length - 1}"):
        tokenize(BYTE_LEVEL, "The quick brown", " fox", length - 1)


def test_a_task_is_tokenized_in_the_order_of_its_file():
    task = read_task(SHIPPED)
    found = tokenize_task(BYTE_LEVEL, task, CONTEXT, SHIPPED)
    texts = [BYTE_LEVEL.decode(item.prompt + item.target) for item in found]
    assert texts == [item.prompt + item.target for item in task.evaluation]


@pytest.mark.parametrize("number", [0, 11])
def test_an_unclean_target_is_named_by_file_line_and_key(tmp_path, number):
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    raw["evaluation"][number] = {"prompt": "The quick ", "target": "brown", "joined": True}
    path = tmp_path / "antonyms.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    line = 1 + next(n for n, text in enumerate(lines) if "The quick " in text)
    with pytest.raises(InputError) as caught:
        tokenize_task(BYTE_LEVEL, read_task(path), CONTEXT, path)
    assert str(caught.value).startswith(f"{path}:{line}: evaluation.{number}: target 'brown'")


def word_level() -> PreTrainedTokenizerFast:
    """A tokenizer that has one token for all words that it does not know."""
    words = ["<unk>", "The", "quick", "brown", "12", "+", "4", "="]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


def without_bytes() -> PreTrainedTokenizerFast:
    """A tokenizer that leaves out characters that it has not seen."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(["the quick brown fox"], trainers.BpeTrainer(vocab_size=60, show_progress=False))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def unigram() -> PreTrainedTokenizerFast:
    """A tokenizer of SentencePiece's kind without byte fallback: several unknown characters are one token."""
    pieces = [("<unk>", 0.0), *((f"\u2581{word}", -1.0) for word in ("The", "quick", "brown", "fox")), ("\u2581", -2.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


@pytest.mark.parametrize(
    ("build", "prompt", "target", "lost"),
    [
        (word_level, "12 + 4 =", " 16", "'1', '6'"),
        (word_level, "The fast", " brown", "'f', 'a', 's', 't'"),
        (without_bytes, "the quick", " 16", "'1', '6'"),
        (without_bytes, "the QUICK", " fox", "'Q', 'U', 'I', 'C', 'K'"),
        (unigram, "The quick", " 16", "'1', '6'"),
        (unigram, "The quick \N{GRINNING FACE}", " fox", "'\N{GRINNING FACE}'"),
    ],
)
def test_characters_that_a_tokenizer_does_not_know_are_refused_with_the_tokens(build, prompt, target, lost):
    tokenizer = build()
    with pytest.raises(InputError) as caught:
        tokenize(tokenizer, prompt, target, CONTEXT)
    message = str(caught.value)
    assert f"the tokenizer does not know {lost}; together they are " in message
    assert all(
        repr(token) in message for token in tokenizer.convert_ids_to_tokens(tokenizer(prompt + target).input_ids)
    )


@pytest.mark.parametrize(
    ("build", "prompt", "target"),
    [(word_level, "The quick", " brown"), (without_bytes, "the quick", " fox"), (unigram, "The quick", " fox")],
)
def test_such_a_tokenizer_reads_what_it_knows(build, prompt, target):
    assert tokenize(build(), prompt, target, CONTEXT).target


def test_a_text_that_spells_out_the_unknown_token_means_it():
    """As GPT-2's texts have <|endoftext|> between them, which its tokenizer also calls unknown."""
    assert unknown_characters(word_level(), "The <unk> quick") == []
    assert unknown_characters(word_level(), "The <unk> slow") == ["s", "l", "o", "w"]


@given(text=words)
def test_a_tokenizer_with_bytes_knows_every_character(text):
    assert unknown_characters(BYTE_LEVEL, text) == []


@pytest.mark.parametrize("part", ["selection", "evaluation"])
def test_a_task_that_the_tokenizer_does_not_know_is_named_by_file_line_and_key(tmp_path, part):
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    known = iter(f"The {'quick ' * number}" for number in range(1, 25))
    for item in raw["selection"] + raw["evaluation"]:
        item |= {"prompt": next(known).strip(), "target": " brown"}
    raw[part][4]["prompt"] = "The slow"
    path = tmp_path / "antonyms.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    line = 1 + next(number for number, text in enumerate(lines) if "slow" in text)
    with pytest.raises(InputError) as caught:
        tokenize_task(word_level(), read_task(path), CONTEXT, path)
    assert str(caught.value).startswith(f"{path}:{line}: {part}.4: ")
    assert "the tokenizer does not know 's', 'l', 'o', 'w'" in str(caught.value)


@pytest.mark.parametrize("key", [("selection", 3), ("evaluation", 8)])
def test_a_prompt_with_a_token_that_the_model_has_no_embedding_for_is_named(tmp_path, key):
    tokenizer = build_tokenizer()
    adapter = SimpleNamespace(n_ctx=CONTEXT, unembedding=SimpleNamespace(weight=torch.zeros(len(tokenizer), 1)))
    model = SimpleNamespace(tokenizer=tokenizer, adapter=adapter)
    tokenizer.add_tokens(["<added>"])
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    path = tmp_path / "antonyms.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert read_tasks(model, [path])
    place = raw
    for part in key:
        place = place[part]
    place["prompt"] = "The <added> word is"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(InputError, match=rf"{'.'.join(map(str, key))}: the model has no embedding for '<added>'"):
        read_tasks(model, [path])


# Whole texts


def test_of_a_whole_text_every_token_after_the_first_is_scored():
    tokens = tuple(BYTE_LEVEL(PROSE)["input_ids"])
    text = tokenize_text(BYTE_LEVEL, PROSE, CONTEXT)
    assert text.prompt + text.target == tokens
    assert [token for _, token in text.scored] == list(tokens[1:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0 tokens"),
        ("a", "has 1 tokens"),
        ("The lazy dog " * 60, f"the model reads {CONTEXT}"),
    ],
)
def test_a_text_too_short_or_too_long_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        tokenize_text(BYTE_LEVEL, text, CONTEXT)


def test_a_text_with_a_character_that_the_tokenizer_lacks_is_refused():
    with pytest.raises(InputError, match="the tokenizer does not know 's', 'l', 'o', 'w' of 'The slow'"):
        tokenize_text(word_level(), "The slow", CONTEXT)
