import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import LAYERS, build_tiny_model, build_tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from sna.errors import InputError
from sna.fetching.models import fetch
from sna.files import read_json, sha256
from sna.inputs.origins import FolderModel

FILES = {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "origin.json"}
SCRIPT = Path(__file__).parents[3] / "scripts" / "models" / "fetch_model.py"


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


def test_weights_of_another_shape_are_refused(source, target):
    edit_config(source, n_inner=64)
    assert "config.yaml: models.tiny.path: transformers cannot read the model" in refusal(section(source), target)


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


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(source, target):
    tokenizer = build_tokenizer()
    tokenizer.add_tokens(["<one>", "<more>"])
    tokenizer.save_pretrained(source)
    assert "do not belong together" in refusal(section(source), target)


def run_script(model: dict, target: Path, **environment: str) -> tuple[int, str]:
    """Run the script as Snakemake does, and return its exit code and its log."""
    folder = target.parent
    target.mkdir(parents=True)
    names = {"weights": "model.safetensors", "origin": "origin.json", "record": "../records/tiny.json"}
    code = (
        "import runpy, types\n"
        "from snakemake.iocontainers import Namedlist\n"
        "snakemake = types.SimpleNamespace("
        f"log=['fetch.log'], rule='fetch_model', threads=1, scriptdir={str(SCRIPT.parent)!r}, input=Namedlist(), "
        "wildcards=Namedlist(fromdict={'model': 'tiny'}), "
        f"params=Namedlist(fromdict={{'model': {model!r}, 'code': {{'environment': 'envs/model.yaml'}}}}), "
        f"output=Namedlist(fromdict={ {name: f'{target.name}/{file}' for name, file in names.items()}!r}))\n"
        f"runpy.run_path({str(SCRIPT)!r}, {{'snakemake': snakemake}}, run_name='__main__')\n"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    settings = inherited | {"PYTHONPATH": str(SCRIPT.parent), "NO_PROXY": "127.0.0.1"} | environment
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
