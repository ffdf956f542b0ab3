"""lm-evaluation-harness scores an amplified model as this library does; `make peers` runs this, for it is optional."""

import json
from pathlib import Path

import pytest
import yaml
from made_up_interventions import made_up_intervention
from tiny_models import LAYERS, build_tiny_model
from transformers import AutoTokenizer

from sna.engine.reference import amplified, is_top, log_probability
from sna.model.loading import load_model
from sna.model.prompts import tokenize

lm_eval = pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed: run make peers")
tasks = pytest.importorskip("lm_eval.tasks")
# It registers the class.
pytest.importorskip("sna.interventions.harness")

TASK = {
    "task": "foxes",
    "dataset_path": "json",
    "test_split": "test",
    "output_type": "loglikelihood",
    "doc_to_text": "{{prompt}}",
    "doc_to_target": "{{target}}",
    "target_delimiter": "",
    "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
}
PROMPTS = [
    ("The quick brown", " fox"),
    ("The quick", " dog"),
    ("and then it sleeps", " in the warm sun"),
    ("jumps", " over"),
]


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A tiny model, an intervention for it, and a task as the harness has it."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    build_tiny_model("llama", tmp_path / "model")
    # The harness pads, and asks after an end token where there is no prompt.
    AutoTokenizer.from_pretrained(
        tmp_path / "model", eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    ).save_pretrained(tmp_path / "model")
    made_up_intervention(load_model(tmp_path / "model", "tiny", LAYERS)).write(tmp_path / "intervention.json")
    rows = [json.dumps({"prompt": prompt, "target": target}) for prompt, target in PROMPTS]
    (tmp_path / "foxes.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    task = TASK | {"dataset_kwargs": {"data_files": {"test": str(tmp_path / "foxes.jsonl")}}}
    (tmp_path / "foxes.yaml").write_text(yaml.safe_dump(task), encoding="utf-8")
    return tmp_path


def test_the_harness_scores_what_this_library_scores(project):
    results = lm_eval.simple_evaluate(
        model="sna",
        model_args={
            "pretrained": str(project / "model"),
            "intervention": str(project / "intervention.json"),
            "dtype": "float32",
        },
        tasks=["foxes"],
        task_manager=tasks.TaskManager(include_path=str(project), include_defaults=False),
        device="cpu",
        batch_size=2,
        bootstrap_iters=0,
    )
    model = load_model(project / "model", "tiny", LAYERS)
    intervention = made_up_intervention(model)
    prompts = [tokenize(model, *text) for text in PROMPTS]
    before = [log_probability(model, prompt) for prompt in prompts]
    with amplified(model, {intervention.layer: intervention.neurons}, intervention.multiplier):
        expected = [(log_probability(model, prompt), is_top(model, prompt)) for prompt in prompts]
    samples = sorted(results["samples"]["foxes"], key=lambda sample: sample["doc_id"])
    found = [sample["filtered_resps"][0] for sample in samples]
    assert [score for score, _ in found] == pytest.approx([score for score, _ in expected], abs=1e-5)
    assert [score for score, _ in expected] != pytest.approx(before, abs=1e-2)
    assert results["results"]["foxes"]["acc,none"] == sum(top for _, top in expected) / len(expected)
