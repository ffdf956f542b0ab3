"""Tokenization: a target's tokens continue its prompt's, or the task file is refused."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from tiny_models import CONTEXT, PROSE, build_tokenizer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from sna.errors import InputError
from sna.inputs.tasks import read_task
from sna.model.loading import LanguageModel, find_start
from sna.model.prompts import TokenizedPrompt, read_tasks, tokenize, tokenize_task, tokenize_text, unknown_characters

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "tasks" / "antonyms.yaml"
START_TOKEN = ("tokenizer", "always", "never")


def reading(tokenizer, start_token: str = "tokenizer", n_ctx: int = CONTEXT) -> LanguageModel:
    """A model that only reads: for every token of its tokenizer it has an embedding."""
    model = LanguageModel("tiny", None, tokenizer, find_start(tokenizer, start_token, "tiny"))
    unembedding = SimpleNamespace(weight=torch.zeros(len(tokenizer), 1))
    vars(model)["adapter"] = SimpleNamespace(n_ctx=n_ctx, unembedding=unembedding)
    return model


BYTE_LEVEL = build_tokenizer()
MODEL = reading(BYTE_LEVEL)


def with_special_tokens(template: str) -> PreTrainedTokenizerFast:
    """A tokenizer that puts a start token before every text, an end token after it, or both, and knows both."""
    tokenizer = build_tokenizer().backend_tokenizer
    tokenizer.add_special_tokens(["<s>", "</s>"])
    known = [(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=known)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")


#: By what they do with a text $A.
SPECIAL = {template: with_special_tokens(template) for template in ("$A", "<s> $A", "$A </s>", "<s> $A </s>")}


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
        found = tokenize(MODEL, prompt, target)
        assert [*found.prompt, *found.target] == whole
        assert BYTE_LEVEL.decode(found.prompt) == prompt
    else:
        with pytest.raises(InputError, match="does not tokenize cleanly"):
            tokenize(MODEL, prompt, target)


@pytest.mark.parametrize("target", [" fox", " fox jumps over the lazy dog", " 12", " été"])
def test_a_target_that_begins_with_its_space_is_clean(target):
    found = tokenize(MODEL, "The quick brown", target)
    assert BYTE_LEVEL.decode(found.target) == target


def test_a_target_of_several_tokens_is_read_but_for_its_last_and_scored_from_the_prompts_end():
    found = TokenizedPrompt((1, 2, 3), (4, 5, 6))
    assert found.context == (1, 2, 3, 4, 5)
    assert found.scored == [(2, 4), (3, 5), (4, 6)]


@pytest.mark.parametrize(("prompt", "target", "merged"), [("The quick ", "brown", "Ġbrown"), ("over th", "e", "Ġthe")])
def test_a_target_that_its_prompt_would_merge_with_is_refused_with_the_tokens(prompt, target, merged):
    with pytest.raises(InputError) as caught:
        tokenize(MODEL, prompt, target)
    message = str(caught.value)
    assert repr(target) in message
    assert repr(prompt) in message
    assert repr(merged) in message


@given(template=st.sampled_from(list(SPECIAL)), start_token=st.sampled_from(START_TOKEN), prompt=words, target=words)
def test_texts_begin_as_it_is_said_and_no_end_token_follows(template, start_token, prompt, target):
    tokenizer = SPECIAL[template]
    assume(not {"<s>", "</s>", "<|endoftext|>"} & set(tokenizer.tokenize(prompt + target)))
    starts = {"tokenizer": template.startswith("<s>"), "always": True, "never": False}[start_token]
    model = reading(tokenizer, start_token)
    whole = model.encode(prompt + target)
    own = whole[1:] if starts else whole
    assert whole == ((tokenizer.bos_token_id,) if starts else ()) + own
    assert not set(own) & set(tokenizer.all_special_ids)
    assert tokenizer.decode(own) == prompt + target
    try:
        found = tokenize(model, prompt, target)
    except InputError:
        return
    assert (found.prompt, found.prompt + found.target) == (model.encode(prompt), whole)


def test_a_prompt_of_one_token_is_read_and_one_without_any_only_after_a_start_token():
    one = tokenize(MODEL, "T", " fox")
    assert (len(one.prompt), one.scored[0][0]) == (1, 0)
    with pytest.raises(InputError, match="does not tokenize cleanly"):
        tokenize(MODEL, "", " fox")
    assert tokenize(reading(SPECIAL["<s> $A"]), "", " fox").scored[0][0] == 0


def test_no_other_code_splits_texts_which_would_then_begin_otherwise():
    calls = [path for path in (ROOT / "scripts").rglob("*.py") if "tokenizer(" in path.read_text(encoding="utf-8")]
    # What is fetched is not measured.
    assert {path.name for path in calls if "fetching" not in path.parts} == {"loading.py", "prompts.py"}


def test_a_start_token_that_the_tokenizer_lacks_is_refused_by_the_configs_key():
    with pytest.raises(
        InputError, match=r"config\.yaml: engine\.start_token: always given; .* tiny has no start token"
    ):
        reading(build_tokenizer(), "always")


@pytest.mark.parametrize(
    ("template", "start_token", "otherwise"),
    [("<s> $A", "tokenizer", ""), ("$A", "tokenizer", "<s>"), ("$A", "always", ""), ("<s> $A", "never", "<s>")],
)
def test_started_otherwise_a_model_has_the_start_token_that_it_lacked(template, start_token, otherwise):
    model = reading(SPECIAL[template], start_token)
    assert model.started_otherwise().start_text == otherwise
    assert model.start_text == ("" if otherwise else "<s>")


def test_without_a_start_token_or_its_embedding_a_model_cannot_start_otherwise():
    assert MODEL.started_otherwise() is None
    model = reading(SPECIAL["$A"])
    model.adapter.unembedding.weight = model.adapter.unembedding.weight[:-2]
    assert model.started_otherwise() is None


def test_a_tokenizer_that_writes_a_space_before_any_text_does_not_write_one_into_the_target():
    tokenizer = sentencepiece_like()
    found = tokenize(reading(tokenizer), "The quick", " brown fox")
    assert found.prompt + found.target == tuple(tokenizer("The quick brown fox").input_ids)
    assert tokenizer.convert_ids_to_tokens(found.target)[0].startswith("▁")
    assert "▁" not in tokenizer.convert_ids_to_tokens(found.target)


@pytest.mark.parametrize("short", [0, 1])
def test_a_prompt_that_fills_the_context_is_read_and_one_that_is_longer_is_refused(short):
    length = len(BYTE_LEVEL("The quick brown fox").input_ids)
    if not short:
        assert tokenize(reading(BYTE_LEVEL, n_ctx=length), "The quick brown", " fox")
        return
    with pytest.raises(InputError, match=f"has {length} tokens; the model reads at most {length - 1}"):
        tokenize(reading(BYTE_LEVEL, n_ctx=length - 1), "The quick brown", " fox")


def test_a_task_is_tokenized_in_the_order_of_its_file():
    task = read_task(SHIPPED)
    found = tokenize_task(MODEL, task, SHIPPED)
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
        tokenize_task(MODEL, read_task(path), path)
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
def test_characters_that_a_tokenizer_does_not_know_are_refused(build, prompt, target, lost):
    with pytest.raises(InputError) as caught:
        tokenize(reading(build()), prompt, target)
    assert str(caught.value) == f"the tokenizer does not know {lost} of {prompt + target!r}"


@pytest.mark.parametrize(
    ("build", "prompt", "target"),
    [(word_level, "The quick", " brown"), (without_bytes, "the quick", " fox"), (unigram, "The quick", " fox")],
)
def test_such_a_tokenizer_reads_what_it_knows(build, prompt, target):
    assert tokenize(reading(build()), prompt, target).target


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
        tokenize_task(reading(word_level()), read_task(path), path)
    assert str(caught.value).startswith(f"{path}:{line}: {part}.4: ")
    assert "the tokenizer does not know 's', 'l', 'o', 'w'" in str(caught.value)


@pytest.mark.parametrize("key", [("selection", 3), ("evaluation", 8)])
def test_a_prompt_with_a_token_that_the_model_has_no_embedding_for_is_named(tmp_path, key):
    model = reading(build_tokenizer())
    model.tokenizer.add_tokens(["<added>"])
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
    text = tokenize_text(MODEL, PROSE)
    assert text.prompt + text.target == tokens
    assert [token for _, token in text.scored] == list(tokens[1:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0 tokens"),
        ("a", "has 1 tokens"),
        ("The lazy dog " * 60, f"the model reads at most {CONTEXT}"),
    ],
)
def test_a_text_too_short_or_too_long_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        tokenize_text(MODEL, text)


def test_a_text_with_a_character_that_the_tokenizer_lacks_is_refused():
    with pytest.raises(InputError, match="the tokenizer does not know 's', 'l', 'o', 'w' of 'The slow'"):
        tokenize_text(reading(word_level()), "The slow")
