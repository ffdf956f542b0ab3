"""The check of a GPU, but for the GPU: it runs on the CPU, finds what is wrong, and is skipped where there is none."""

import json
from pathlib import Path

import pytest
import torch
import yaml
from benchmarks.workload import build_gpt2
from gpu import __main__ as check
from gpu.exactness import BOUNDS
from gpu.table import render

from sna.inputs.config import validate_config

ROOT = Path(__file__).parents[3]
TINY = {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": check.VOCABULARY}


@pytest.fixture(scope="module")
def found():
    """What the check finds on the CPU, of one family and of a tiny GPT-2 in a small part of the paper's sweep."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "ROUNDS", 1)
        patch.setattr(check, "TASKS", ROOT / "tasks")
        paper = validate_config(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))).studies["paper"]
        study = paper.model_copy(update={"tasks": paper.tasks[:2], "neurons": [5, 50], "multipliers": [2.0, 5.0]})
        model = build_gpt2("tiny", check.train_tokenizer(), **TINY)
        return {
            "device": "none",
            "memory": 2**30,
            "versions": check.versions(),
            "families": check.check_families("cpu", ["gemma2"]),
            "shapes": {"tiny": check.check_shape(model, study)},
            "wrong": [],
        }


def test_on_the_cpu_nothing_is_wrong(found):
    assert check.judge(found["families"], found["shapes"]) == []
    assert found["families"]["gemma2"].keys() == BOUNDS.keys()
    # The engine really ran in each precision.
    assert 0 < found["families"]["gemma2"]["float32"] < found["families"]["gemma2"]["bfloat16"]
    assert found["shapes"]["tiny"]["sweep"]["experiments"] == 2 * 2 * 4


def test_what_is_wrong_or_too_slow_is_named(found):
    exact = dict.fromkeys(BOUNDS, 0.0)
    families = {"llama": exact | {"float32": 2e-4}, "gpt2": exact | {"TF32": float("nan")}}
    shapes = {"tiny": found["shapes"]["tiny"] | {"repeats_exactly": False, "sweep": {"seconds": 301.0}}}
    wrong = check.judge(families, shapes)
    of = [line.partition(": ")[0] for line in wrong]
    assert of == ["llama", "gpt2", "tiny", "the paper's sweep took 301 seconds, above 300"]


def test_the_results_are_json_and_tables(found):
    text = render(json.loads(json.dumps(found | {"wrong": ["llama is off"]}, allow_nan=False)))
    assert "| the paper's sweep | experiments | seconds | peak memory |" in text
    assert "WRONG: llama is off" in text


def test_without_a_gpu_it_is_skipped_and_says_why(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check.main()
    assert capsys.readouterr().out.startswith(f"skipped: torch {torch.__version__}, ")
