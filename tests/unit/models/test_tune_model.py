"""The stage: files like those of a fetched model, by which every later stage loads it, or none."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_models import LAYERS, build_tiny_model
from tune_model import main

from sna.errors import InputError
from sna.files import read_json, sha256, write_json
from sna.model.loading import load_model

ROOT = Path(__file__).parents[3]
SECTION = {
    "source": "tuned",
    "base": "tiny",
    "method": "lora",
    "tasks": ["addition", "syllogisms"],
    "prompts": 12,
    "steps": 4,
    "learning_rate": 0.01,
    "seed": 3,
    "layers": LAYERS,
    "license": "MIT",
}
FILES = {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "origin.json", "training.tsv"}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    folder = build_tiny_model("llama", tmp_path_factory.mktemp("models") / "tiny", max_position_embeddings=512)
    write_json(folder / "origin.json", {"source": "path", "path": "models/tiny"})
    return folder


def tune(base: Path, folder: Path, **changes) -> Path:
    section = SECTION | changes
    job_input = SimpleNamespace(
        weights=base / "model.safetensors",
        origin=base / "origin.json",
        tasks=[ROOT / "tasks" / f"{task}.yaml" for task in section["tasks"]],
        banks=[ROOT / "tasks" / "fresh" / f"{task}.tsv" for task in section["tasks"]],
    )
    main("tuned", job_input, SimpleNamespace(model=section, start_token="tokenizer"), folder, threads=1)
    return folder


def test_a_tuned_model_loads_like_a_fetched_one_and_says_what_it_was_made_from(base, tmp_path):
    folder = tune(base, tmp_path / "tuned")
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["tuned"]
    model = load_model(folder, "tuned", LAYERS)
    assert model.start == load_model(base, "tiny", LAYERS).start
    origin = read_json(folder / "origin.json")
    assert SECTION.items() <= origin.items()
    assert origin["base_weights"] == sha256(base / "model.safetensors")
    assert origin["base_origin"] == sha256(base / "origin.json")
    assert origin["files"]["model.safetensors"]["sha256"] == sha256(folder / "model.safetensors")
    lines = (folder / "training.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "task\tprompt\ttarget\tsource"
    assert [line.split("\t")[0] for line in lines[1:]] == ["addition"] * 12 + ["syllogisms"] * 12


def test_tuning_again_leaves_the_same_bytes(base, tmp_path):
    one, other = tune(base, tmp_path / "one"), tune(base, tmp_path / "other")
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


def test_what_cannot_be_tuned_is_refused_with_the_key_and_leaves_nothing(base, tmp_path):
    with pytest.raises(InputError, match=r"^config\.yaml: models\.tuned\.tasks: no rule makes prompts of rhymes"):
        tune(base, tmp_path / "tuned", tasks=["rhymes"])
    assert list(tmp_path.iterdir()) == []
