import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from disks import small_disk
from safetensors.torch import load_file, save_file
from tiny_models import LAYERS, build_tiny_model, build_tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from sna.errors import InputError
from sna.fetching.model_files import files_of_folder
from sna.fetching.models import fetch
from sna.files import read_json, sha256
from sna.inputs.origins import FolderModel
from sna.model.loading import load_model

FILES = {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "origin.json"}
SCRIPT = Path(__file__).parents[3] / "scripts" / "models" / "fetch_model.py"
CODE = {"script": "scripts/models/fetch_model.py", "environment": "envs/model.yaml"}


def section(folder: Path, layers: int = LAYERS) -> FolderModel:
    return FolderModel(source="path", path=str(folder), layers=layers, license="MIT")


@pytest.fixture
def source(tmp_path) -> Path:
    return build_tiny_model("gpt2", tmp_path / "source")


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "results" / "models" / "tiny"


def refusal(model: FolderModel, target: Path) -> str:
    """Fetch a model that must be refused, and make sure that nothing is left of it."""
    with pytest.raises(InputError) as caught:
        fetch("tiny", model, target)
    assert [path for path in target.parent.rglob("*") if path != target] == []
    return str(caught.value)


def edit_config(folder: Path, name: str = "config.json", **changes) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(folder: Path, change) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file(change(weights), folder / "model.safetensors", metadata={"format": "pt"})


def logits(folder: Path) -> torch.Tensor:
    with torch.no_grad():
        return AutoModelForCausalLM.from_pretrained(folder)(torch.tensor([[1, 2, 3, 4]])).logits


@pytest.mark.parametrize("family", ["gpt2", "gpt_neox", "llama"])
def test_a_fetched_model_computes_what_its_source_does(family, tmp_path, target):
    source = build_tiny_model(family, tmp_path / "source")
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), logits(source))
    text = "The lazy dog, and then it sleeps."
    assert AutoTokenizer.from_pretrained(target)(text).input_ids == build_tokenizer()(text).input_ids


def test_a_fetched_folder_holds_its_five_files_and_nothing_is_left_beside_it(source, target):
    fetch("tiny", section(source), target)
    assert {path.name for path in target.iterdir()} == FILES
    assert list(target.parent.iterdir()) == [target]


def test_origin_describes_the_files_before_and_after(source, target):
    fetch("tiny", section(source), target)
    origin = read_json(target / "origin.json")
    assert (origin["source"], origin["path"], origin["license"], origin["layers"]) == ("path", str(source), "MIT", 4)
    for folder, files in ((source, origin["original_files"]), (target, origin["files"])):
        for name, described in files.items():
            path = folder / name
            assert described == {"size": path.stat().st_size, "sha256": sha256(path)}
    assert set(origin["files"]) == FILES - {"origin.json"}


def test_the_licence_is_said_before_the_weights_are_looked_for(target, capsys):
    refusal(section(Path("nowhere")), target)
    assert capsys.readouterr().err.startswith("config.yaml: models.tiny: the weights' licence is MIT\n")


def test_fetching_twice_gives_the_same_bytes(source, target):
    fetch("tiny", section(source), target)
    first = (target / "origin.json").read_bytes()
    fetch("tiny", section(source), target)
    assert (target / "origin.json").read_bytes() == first


def test_weights_in_half_precision_are_left_in_float32(source, target):
    AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16).save_pretrained(source)
    fetch("tiny", section(source), target)
    assert {tensor.dtype for tensor in load_file(target / "model.safetensors").values()} == {torch.float32}
    assert AutoModelForCausalLM.from_pretrained(target).dtype == torch.float32


@pytest.mark.parametrize("published", [torch.float32, torch.bfloat16])
def test_weights_are_left_in_bfloat16_if_that_is_asked_for_and_it_is_said_if_they_are_rounded(
    source, target, published, capsys
):
    own = AutoModelForCausalLM.from_pretrained(source, dtype=published)
    own.save_pretrained(source, max_shard_size="60KB")
    (source / "model.safetensors").unlink()
    fetch("tiny", section(source).model_copy(update={"weights": "bfloat16"}), target)
    stored = load_file(target / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.bfloat16}
    rounded = "weights of F32 are rounded to torch.bfloat16" in capsys.readouterr().err
    assert rounded == (published == torch.float32)
    model = load_model(target, "tiny", LAYERS)
    expected = own.to(torch.bfloat16).float().eval()
    tokens = torch.tensor([[1, 2, 3, 4]])
    with torch.inference_mode():
        torch.testing.assert_close(model.network(tokens).logits, expected(tokens).logits, rtol=1e-6, atol=1e-6)


def test_sharded_weights_are_left_in_one_file(source, target):
    expected = logits(source)
    model = AutoModelForCausalLM.from_pretrained(source)
    (source / "model.safetensors").unlink()
    model.save_pretrained(source, max_shard_size="100KB")
    assert len(list(source.glob("model-*"))) > 1
    fetch("tiny", section(source), target)
    assert {path.name for path in target.iterdir()} == FILES
    assert torch.equal(logits(target), expected)


def test_old_gpt2_checkpoints_with_short_names_and_masks_are_read(source, target):
    """The paper's own models are such: names without "transformer.", and each layer's causal mask as a weight."""
    expected = logits(source)

    def age(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        masks = {f"h.{layer}.attn.bias": torch.ones(1, 1, 8, 8).tril() for layer in range(LAYERS)}
        return {name.removeprefix("transformer."): tensor for name, tensor in weights.items()} | masks

    edit_weights(source, age)
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), expected)


def test_old_pythia_checkpoints_with_masks_and_frequencies_are_read(tmp_path, target):
    source = build_tiny_model("gpt_neox", tmp_path / "source")
    expected = logits(source)

    def age(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        for layer in range(LAYERS):
            attention = f"gpt_neox.layers.{layer}.attention"
            weights[f"{attention}.bias"] = torch.ones(1, 1, 8, 8).tril().bool()
            weights[f"{attention}.masked_bias"] = torch.tensor(-1e9)
            weights[f"{attention}.rotary_emb.inv_freq"] = torch.ones(1)
        return weights

    edit_weights(source, age)
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), expected)


def test_a_wrong_number_of_layers_names_its_key(source, target):
    assert refusal(section(source, layers=12), target) == (
        "config.yaml: models.tiny.layers: 12 given; the weights have 4"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_that_is_not_finite_is_named(source, target, value):
    def spoil(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        weights["transformer.h.2.mlp.c_fc.weight"][3, 5] = value
        return weights

    edit_weights(source, spoil)
    assert "transformer.h.2.mlp.c_fc.weight holds NaN or infinity" in refusal(section(source), target)


def test_a_missing_weight_is_named(source, target):
    def drop(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        del weights["transformer.h.1.mlp.c_proj.weight"]
        return weights

    edit_weights(source, drop)
    assert "missing transformer.h.1.mlp.c_proj.weight" in refusal(section(source), target)


def test_weights_with_more_blocks_than_the_config_says_are_refused(source, target):
    edit_config(source, n_layer=2)
    assert "unexpected transformer.h.2" in refusal(section(source, layers=2), target)


@pytest.mark.parametrize(("key", "value"), [("n_inner", 64), ("n_inner", 10**12), ("n_positions", 10**6)])
def test_weights_of_another_shape_are_refused_before_a_model_of_the_shape_that_is_said_is_built(
    source, target, key, value
):
    edit_config(source, **{key: value})
    weight = {"n_inner": "h.0.mlp.c_fc.bias", "n_positions": "wpe.weight"}[key]
    message = refusal(section(source), target)
    assert message.startswith(f"config.yaml: models.tiny.path: the weight transformer.{weight} has the shape ")
    assert f"by config.json it has [{value}" in message


@pytest.mark.parametrize("settings", [{"n_head": -1}, {"embd_pdrop": float("nan")}], ids=str)
def test_a_model_that_cannot_compute_is_refused_in_one_line(source, target, settings):
    edit_config(source, **settings)
    message = refusal(section(source), target)
    assert message.startswith(
        "config.yaml: models.tiny.path: transformers cannot compute with the model: RuntimeError: "
    )
    assert "\n" not in message


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_file_cut_short_is_refused(source, target, name):
    whole = (source / name).read_bytes()
    (source / name).write_bytes(whole[: len(whole) // 2])
    assert refusal(section(source), target).startswith("config.yaml: models.tiny.path: ")


def test_a_missing_folder_names_its_key(tmp_path, target):
    message = refusal(section(tmp_path / "nowhere"), target)
    assert message.startswith("config.yaml: models.tiny.path: there is no folder")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("model.safetensors", "there is no model.safetensors"),
        ("config.json", "there is no config.json"),
        ("tokenizer.json", "there is no tokenizer"),
    ],
)
def test_a_missing_file_is_named(source, target, missing, message):
    (source / missing).unlink()
    assert message in refusal(section(source), target)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_code_of_the_models_own_is_refused(source, target, name):
    edit_config(source, name, auto_map={"AutoModelForCausalLM": "modeling.Tiny"})
    assert f"{name} asks to run code of its own" in refusal(section(source), target)


def test_quantized_weights_are_refused(source, target):
    edit_config(source, quantization_config={"quant_method": "gptq", "bits": 4})
    assert "quantized" in refusal(section(source), target)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_key_for_quantization_without_a_value_means_nothing(source, target, name):
    edit_config(source, name, quantization_config=None)
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), logits(source))


# Files that are of no use here, or say things that are not: the model is fetched all the same.


@pytest.mark.parametrize(
    "content",
    [
        '{"temperature": 0.9, "top_p": 0.6}',
        '{"pad_token_id": -1}',
        '{"max_length": "long", "cache_implementation": "none such"}',
        '{"temperature"',
    ],
    ids=["sampling without do_sample", "negative padding", "odd values", "damaged"],
)
def test_a_generation_config_that_transformers_refuses_is_of_no_matter(source, target, content):
    expected = logits(source)
    (source / "generation_config.json").write_text(content)
    fetch("tiny", section(source), target)
    assert {path.name for path in target.iterdir()} == FILES
    assert torch.equal(logits(target), expected)


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0.9},
        {"task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}}},
        {"architectures": None},
        {"architectures": ["GPT2ForSequenceClassification"]},
        {"torch_dtype": "bf16"},
        {"torch_dtype": "none such"},
        {"dtype": "float8_e4m3fn"},
        {"pad_token_id": 320},
        {"pad_token_id": -1},
        {"attn_implementation": "flash_attention_2", "_attn_implementation": "flash_attention_2"},
        {"transformers_version": "99.0.0"},
    ],
    ids=str,
)
def test_a_config_that_says_odd_things_of_what_is_not_used_is_of_no_matter(source, target, settings):
    expected = logits(source)
    edit_config(source, **settings)
    fetch("tiny", section(source), target)
    assert torch.equal(load_model(target, "tiny", LAYERS).network(torch.tensor([[1, 2, 3, 4]])).logits, expected)


def test_files_that_are_not_read_change_nothing_damaged_or_not(source, target):
    fetch("tiny", section(source), target)
    origin = (target / "origin.json").read_bytes()
    unread = ("NOTES.md", "pytorch_model.bin", "tf_model.h5", "model.Q4.gguf", "optimizer.pt", "chat_template.jinja")
    for name in (*unread, "processor_config.json", "preprocessor_config.json", "tekken.json", "tokenizer.model"):
        (source / name).write_bytes(b"{")
    (source / "modeling_tiny.py").write_text("raise SystemExit")
    (source / "onnx").mkdir()
    fetch("tiny", section(source), target)
    assert (target / "origin.json").read_bytes() == origin


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_link_is_followed(source, target, tmp_path, name):
    (source / name).rename(tmp_path / "blob")
    (source / name).symlink_to("../blob")
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), logits(source))
    assert not (target / name).is_symlink()


def test_a_file_system_without_links_will_do(source, target, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), logits(source))


def test_embeddings_padded_beyond_the_tokenizer_are_kept(tmp_path, target):
    source = build_tiny_model("llama", tmp_path / "source")
    pad = lambda tensor: torch.cat([tensor, torch.zeros(64, tensor.shape[1])])  # noqa: E731
    edit_weights(source, lambda weights: {n: pad(w) if len(w) == 320 else w for n, w in weights.items()})
    edit_config(source, vocab_size=384)
    fetch("tiny", section(source), target)
    assert logits(target).shape[-1] == 384


@pytest.mark.parametrize(("kept", "dropped"), [("lm_head", "model.embed"), ("model.embed", "lm_head")])
def test_of_tied_embeddings_one_is_enough(tmp_path, target, kept, dropped):
    source = build_tiny_model("llama", tmp_path / "source", tie_word_embeddings=True)
    expected, tied = logits(source), load_file(source / "model.safetensors")["model.embed_tokens.weight"]
    names = {"lm_head": "lm_head.weight", "model.embed": "model.embed_tokens.weight"}
    edit_weights(
        source, lambda weights: {n: w for n, w in weights.items() if n != names[dropped]} | {names[kept]: tied}
    )
    fetch("tiny", section(source), target)
    assert torch.equal(logits(target), expected)


# Tokenizers.

TEXT = "The lazy dog, and then it sleeps:\n 12 + 30 na\u00efve"


def edit_tokenizer(folder: Path, change) -> None:
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["model"].update(type="SuperBPE"),
        lambda content: content.update(pre_tokenizer={"type": "NewSplit"}),
        lambda content: content.update(version="2.0"),
        lambda content: content["model"]["vocab"].pop("".join(content["model"]["merges"][-1])),
        lambda content: content.pop("model"),
        # The compiled library panics, with what is no Exception.
        lambda content: content.update(normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
    ],
    ids=["unknown model", "unknown splitter", "newer version", "damaged merges", "no model", "panic"],
)
def test_a_tokenizer_of_another_version_or_damaged_is_refused_in_one_line(source, target, change):
    edit_tokenizer(source, change)
    message = refusal(section(source), target)
    assert message.startswith("config.yaml: models.tiny.path: transformers cannot read the model: tokenizer.json: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer_config.json", '{"model_max_length": "long"}'),
        ("tokenizer_config.json", '{"pad_token": 5}'),
        ("tokenizer_config.json", '{"tokenizer_class": 5}'),
        ("special_tokens_map.json", "[]"),
        ("added_tokens.json", '{"<q>": "x"}'),
    ],
)
def test_a_damaged_file_beside_the_tokenizer_is_refused_in_one_line(source, target, name, content):
    (source / name).write_text(content)
    message = refusal(section(source), target)
    assert message.startswith("config.yaml: models.tiny.path: transformers cannot read the model: the tokenizer: ")
    assert "\n" not in message


@pytest.mark.parametrize("name", ["tokenizer.model", "tekken.json", "vocab.json"])
def test_a_tokenizer_that_cannot_be_read_here_is_refused_with_what_there_is_and_what_would_do(source, target, name):
    (source / "tokenizer.json").rename(source / name)
    edit_config(source, "tokenizer_config.json", tokenizer_class="LlamaTokenizer")
    message = refusal(section(source), target)
    assert f"models.tiny.path: there is no tokenizer.json, nor vocab.json with merges.txt, only {name}; " in message
    assert "AutoTokenizer.from_pretrained(...).save_pretrained(...) writes tokenizer.json" in message


def test_a_tokenizer_of_vocabulary_and_merges_is_read(source, target):
    expected = AutoTokenizer.from_pretrained(source)(TEXT).input_ids
    content = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (source / "tokenizer.json").unlink()
    (source / "vocab.json").write_text(json.dumps(content["vocab"]), encoding="utf-8")
    merges = ["#version: 0.2", *(" ".join(pair) for pair in content["merges"])]
    (source / "merges.txt").write_text("\n".join(merges), encoding="utf-8")
    edit_config(source, "tokenizer_config.json", tokenizer_class="GPT2Tokenizer")
    fetch("tiny", section(source), target)
    assert AutoTokenizer.from_pretrained(target)(TEXT).input_ids == expected


@pytest.mark.parametrize("family", ["gpt2", "llama"])
@pytest.mark.parametrize(
    "tokenizer_class", ["LlamaTokenizer", "LlamaTokenizerFast", "GPT2Tokenizer", "NoSuchTokenizer"]
)
def test_tokenizer_json_counts_whatever_the_tokenizer_class_would_make_of_it(tmp_path, target, family, tokenizer_class):
    """Distillations of Llama and Qwen say LlamaTokenizer over bytes, of which transformers would make other tokens."""
    source = build_tiny_model(family, tmp_path / "source")
    edit_config(source, "tokenizer_config.json", tokenizer_class=tokenizer_class)
    fetch("tiny", section(source), target)
    assert AutoTokenizer.from_pretrained(target)(TEXT).input_ids == build_tokenizer()(TEXT).input_ids


def test_the_start_token_that_tokenizer_json_adds_is_added(tmp_path, target):
    source = build_tiny_model("llama", tmp_path / "source")
    start = {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}
    template = {
        "type": "TemplateProcessing",
        "single": [start, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [start, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}},
    }
    edit_tokenizer(source, lambda content: content.update(post_processor=template))
    edit_config(source, "tokenizer_config.json", tokenizer_class="LlamaTokenizer", bos_token="<|endoftext|>")
    fetch("tiny", section(source), target)
    assert AutoTokenizer.from_pretrained(target)(TEXT).input_ids == [0, *build_tokenizer()(TEXT).input_ids]


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_an_added_token_without_an_embedding_is_fetched_and_said(tmp_path, target, capsys, family):
    source = build_tiny_model(family, tmp_path / "source")
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokenizer.add_special_tokens({"pad_token": "[PAD]"})
    tokenizer.save_pretrained(source)
    fetch("tiny", section(source), target)
    assert "config.yaml: models.tiny.path: the model has no embedding for [PAD]" in capsys.readouterr().err
    assert AutoTokenizer.from_pretrained(target)(TEXT).input_ids == build_tokenizer()(TEXT).input_ids


def test_a_tokenizer_of_another_model_is_refused_with_tokens_that_have_no_embedding(source, target):
    edit_tokenizer(source, lambda content: content["model"]["vocab"].update({f"word{n}": 320 + n for n in range(5)}))
    assert refusal(section(source), target) == (
        "config.yaml: models.tiny.path: the tokenizer has 325 tokens, the model 320 embeddings, none for word0, word1,"
        " word2 and more; they do not belong together"
    )


# What would otherwise be wrong without a word, or end in a traceback.


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"])
def test_an_adapter_beside_the_weights_is_refused_and_not_ignored(source, target, name):
    (source / name).write_text("{}")
    assert f"models.tiny.path: {name} belongs to an adapter" in refusal(section(source), target)


@pytest.mark.parametrize(
    ("dtype", "name"),
    [(torch.int8, "I8"), (torch.bool, "BOOL"), (torch.float8_e4m3fn, "F8_E4M3"), (torch.complex64, "C64")],
)
def test_weights_of_a_type_that_is_no_plain_floating_point_are_refused(source, target, dtype, name):
    weight = "transformer.h.1.mlp.c_proj.weight"
    edit_weights(source, lambda weights: weights | {weight: weights[weight].to(dtype)})
    assert f"the weight {weight} is of the type {name}" in refusal(section(source), target)


@pytest.mark.parametrize(
    "settings",
    [
        {"n_head": 0},
        {"n_head": "4"},
        {"eos_token_id": "</s>"},
        {"activation_function": "none such"},
        {"id2label": "x"},
        {"num_labels": "x"},
        {"dtype": "bf16"},
    ],
    ids=str,
)
def test_a_config_that_transformers_refuses_ends_in_one_line_whatever_it_raises(source, target, settings):
    edit_config(source, **settings)
    message = refusal(section(source), target)
    assert message.startswith("config.yaml: models.tiny.path: transformers cannot read the model: ")
    assert "\n" not in message


@pytest.mark.parametrize("model_type", [None, ["gpt2"], 5])
def test_a_config_without_an_architecture_is_refused(source, target, model_type):
    edit_config(source, model_type=model_type)
    assert "does not say which architecture it is of (model_type)" in refusal(section(source), target)


def test_a_config_nested_without_end_is_refused(source, target):
    (source / "config.json").write_text('{"a":' * 100_000)
    assert "config.json is not JSON" in refusal(section(source), target)


def test_a_number_of_layers_is_compared_before_a_model_of_so_many_is_built(source, target):
    edit_config(source, n_layer=10**9)
    assert "layers: 4 given; the weights have 1000000000" in refusal(section(source), target)


@pytest.mark.parametrize(
    ("shard", "message"),
    [
        ("model-9.safetensors", "lists model-9.safetensors, which is not there"),
        ("../model.safetensors", "lists ../model.safetensors, which is not there"),
        ("pytorch_model.bin", "lists 'pytorch_model.bin', which is no file of safetensors"),
        (5, "lists 5, which is no file of safetensors"),
        (["a"], "lists ['a'], which is no file of safetensors"),
    ],
)
def test_an_index_that_lists_what_is_no_shard_is_refused(source, target, shard, message):
    (source / "model.safetensors").rename(source / "shard.safetensors")
    (source / "pytorch_model.bin").touch()
    index = {"metadata": {}, "weight_map": {"a": "shard.safetensors", "b": shard}}
    (source / "model.safetensors.index.json").write_text(json.dumps(index))
    assert message in refusal(section(source), target)


def test_a_shard_cut_short_is_named(source, target):
    model = AutoModelForCausalLM.from_pretrained(source)
    (source / "model.safetensors").unlink()
    model.save_pretrained(source, max_shard_size="100KB")
    shard = sorted(source.glob("model-*"))[1]
    shard.write_bytes(shard.read_bytes()[:-1])
    assert refusal(section(source), target).startswith(
        f"config.yaml: models.tiny.path: {shard.name}: SafetensorError: "
    )


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_pointer_of_git_lfs_is_refused_with_what_fetches_the_file(source, target, name):
    (source / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert f"{name} only points to the file (Git LFS); run git lfs pull" in refusal(section(source), target)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_link_to_nowhere_is_named(source, target, name):
    (source / name).unlink()
    (source / name).symlink_to("/no/such/blob")
    assert f"{name} is a link to /no/such/blob, which is not there" in refusal(section(source), target)


def test_other_formats_are_named_and_not_read(source, target):
    (source / "model.safetensors").rename(source / "consolidated.safetensors")
    (source / "pytorch_model.bin").touch()
    message = refusal(section(source), target)
    assert "there is no model.safetensors, only consolidated.safetensors, pytorch_model.bin; " in message


# A disk that is full.


def test_a_full_disk_is_named_with_what_the_weights_need_and_the_old_model_survives(source, tmp_path):
    with small_disk(tmp_path / "small", kilobytes=3000) as disk:
        target = disk / "tiny"
        fetch("tiny", section(source), target)
        before = {path.name: path.read_bytes() for path in target.iterdir()}
        (disk / "filling").write_bytes(bytes(shutil.disk_usage(disk).free - 200_000))
        with pytest.raises(InputError) as caught:
            fetch("tiny", section(source), target)
        assert {path.name: path.read_bytes() for path in target.iterdir()} == before
        assert {path.name for path in disk.iterdir()} == {"tiny", "filling"}
    needed = sum(tensor.nbytes for tensor in load_file(source / "model.safetensors").values()) / 1e6
    assert str(caught.value).startswith(str(disk))
    assert "No space left on device (" in str(caught.value)
    assert f"{needed:.1f} MB needed" in str(caught.value)


def test_a_folder_that_may_not_be_written_to_is_named(source, target, monkeypatch):
    def refuse(path, *_, **__):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match=f"^{target}: Read-only file system$"):
        fetch("tiny", section(source), target)


# What is read is what the workflow watches.


def test_the_files_that_a_fetch_looks_at_are_those_that_it_reads_and_those_that_it_refuses(source, target):
    for name in ("NOTES.md", "pytorch_model.bin", "generation_config.json", ".hidden", "adapter_config.json"):
        (source / name).write_text("{}")
    watched = files_of_folder(source)
    (source / "adapter_config.json").unlink()
    fetch("tiny", section(source), target)
    read = read_json(target / "origin.json")["original_files"]
    assert watched == sorted(source / name for name in {*read, "adapter_config.json"})


def test_of_sharded_weights_the_index_and_its_shards_are_looked_at(source):
    (source / "model.safetensors").rename(source / "one.safetensors")
    (source / "other.safetensors").touch()
    index = source / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "one.safetensors"}}')
    assert {index, source / "one.safetensors"} <= set(files_of_folder(source))
    assert source / "other.safetensors" not in files_of_folder(source)
    index.write_text("{")
    assert index in files_of_folder(source)


def test_a_folder_that_is_not_there_has_no_files_to_look_at(tmp_path):
    assert files_of_folder(tmp_path / "nowhere") == []


def test_the_workflow_need_not_load_a_library_to_know_which_files_are_read():
    code = "import sys, sna.fetching.model_files; print(sorted({'torch', 'transformers', 'pandas'} & set(sys.modules)))"
    settings = os.environ | {"PYTHONPATH": str(SCRIPT.parents[1])}
    assert subprocess.check_output([sys.executable, "-c", code], env=settings, text=True) == "[]\n"


def run_script(model: dict, target: Path, **environment: str) -> tuple[int, str]:
    """Run the script as Snakemake does, and return its exit code and its log."""
    folder = target.parent
    target.mkdir(parents=True)
    names = {"weights": "model.safetensors", "origin": "origin.json", "record": "../records/tiny.json"}
    code = (
        "import runpy, types\n"
        "from snakemake.iocontainers import Namedlist\n"
        "snakemake = types.SimpleNamespace("
        "log=['fetch.log'], rule='fetch_model', threads=1, input=Namedlist(), "
        "wildcards=Namedlist(fromdict={'model': 'tiny'}), "
        f"params=Namedlist(fromdict={{'model': {model!r}, 'code': {CODE!r}}}), "
        f"output=Namedlist(fromdict={ {name: f'{target.name}/{file}' for name, file in names.items()}!r}))\n"
        f"runpy.run_path({str(SCRIPT)!r}, {{'snakemake': snakemake}}, run_name='__main__')\n"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    settings = inherited | {"PYTHONPATH": str(SCRIPT.parents[1]), "NO_PROXY": "127.0.0.1"} | environment
    command = [sys.executable, "-c", code]
    finished = subprocess.run(command, cwd=folder, env=settings, capture_output=True, check=False)
    return finished.returncode, (folder / "fetch.log").read_text()


def test_the_script_ends_bad_input_with_a_message_and_leaves_nothing(target):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        hub = {"source": "hub", "repository": "a/b", "revision": "0" * 40, "layers": 4, "license": "MIT"}
        exit_code, log = run_script(hub, target, HF_ENDPOINT=endpoint)
    assert exit_code == 1
    assert f"error: config.yaml: models.tiny.repository: a/b cannot be downloaded from {endpoint}" in log
    assert "Traceback" not in log
    assert list(target.iterdir()) == []


def test_the_script_fetches_a_model(source, target):
    exit_code, log = run_script(section(source).model_dump(), target)
    assert exit_code == 0, log
    assert {path.name for path in target.iterdir()} == FILES
