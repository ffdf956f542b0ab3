"""The statistics' scripts, run as Snakemake runs them but for Snakemake itself."""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from made_up import experiments_of, made_up_classified, made_up_controls, made_up_prompts

from sna.tables import AMPLIFIED, BASELINE, CLASSIFIED, CONTROLS, EXPERIMENTS, PROMPTS, read_table, write_table

NAMES = [
    "saturation",
    "zones",
    "held_out",
    "null_model",
    "predictors",
    "layers",
    "success",
    "golden_zone",
    "controls",
    "reviews",
]
STATISTICS = {"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1}
LABELS = {"negative": " bad", "positive": " good"}
STUDIES = {
    "whole": made_up_prompts(),
    "smoke": made_up_prompts(tasks=3),
    "two models": made_up_prompts(models=("small", "large"), tasks=6),
    "one task": made_up_prompts(tasks=1, layers=1, neurons=(5,), multipliers=(2.0,)),
}


def script(name: str):
    """Import a script by its path: the tests' own modules have the same names."""
    path = Path(importlib.import_module("sna").__file__).parents[1] / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"script_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def classify(model: str, folder: Path) -> Path:
    path = folder / "validation" / f"{model}.parquet"
    write_table(made_up_classified(model=model, tuning=10, test=40), CLASSIFIED, path)
    return path


def control(model: str, folder: Path) -> list[Path]:
    controls = made_up_controls(models=(model,), draws=5)
    paths = []
    for layer, rows in controls.groupby("layer"):
        paths.append(folder / "controls" / model / f"layer_{layer}.parquet")
        write_table(rows, CONTROLS, paths[-1])
    return paths


def run(name: str, prompts: pd.DataFrame, folder: Path) -> bytes:
    write_table(prompts, PROMPTS, folder / "prompts.parquet")
    write_table(experiments_of(prompts), EXPERIMENTS, folder / "experiments.parquet")
    tables = SimpleNamespace(
        experiments=folder / "experiments.parquet",
        prompts=folder / "prompts.parquet",
        controls=[path for model in prompts["model"].unique() for path in control(model, folder)],
        validation=[classify(model, folder) for model in prompts["model"].unique()],
    )
    params = SimpleNamespace(
        statistics=STATISTICS,
        zones={"boundaries": (0.07, 0.10), "negligible": 7.0},
        golden_zone={"share": 0.5},
        layers=dict.fromkeys(prompts["model"], 3),
        sentiment={"labels": LABELS, "bins": [0.5, 0.75, 1.0], "uncertain": 0.6, "confident": 0.9},
        validation={"reviews": "sst2", "selection": 100},
    )
    output = folder / f"{name}.json"
    script(f"test_{name}").main(tables, output, params)
    return output.read_bytes()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("name", NAMES)
def test_every_statistic_of_every_study_is_written_for_each_model(name, study, tmp_path):
    written = json.loads(run(name, STUDIES[study], tmp_path))
    assert set(written) == set(STUDIES[study]["model"])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_rows(name, tmp_path):
    prompts = STUDIES["two models"]
    assert run(name, prompts, tmp_path) == run(name, prompts.sample(frac=1, random_state=1), tmp_path)


def test_a_model_is_measured_the_same_alone_and_beside_another(tmp_path):
    prompts = STUDIES["two models"]
    for name in NAMES:
        together = json.loads(run(name, prompts, tmp_path))
        alone = json.loads(run(name, prompts[prompts["model"] == "small"], tmp_path))
        assert together["small"] == alone["small"], name


def test_reviews_say_where_the_sentences_come_from_and_what_the_model_was_to_say(tmp_path):
    found = json.loads(run("reviews", STUDIES["smoke"], tmp_path))["small"]
    assert (found["reviews"], found["labels"]) == ("sst2", LABELS)
    assert found["n"] == {"selection": 100, "tuning": 10, "test": 40}


def aggregate(prompts: pd.DataFrame, folder: Path) -> tuple[Path, Path]:
    amplified = []
    for (model, layer), rows in prompts.groupby(["model", "layer"]):
        amplified.append(folder / f"{model}_{layer}.parquet")
        write_table(rows[list(AMPLIFIED.columns)], AMPLIFIED, amplified[-1])
    baseline = prompts.drop_duplicates(["model", "task", "prompt"])
    baseline = baseline.assign(probability=baseline["baseline"], text="text", target=" target")
    write_table(baseline[list(BASELINE.columns)], BASELINE, folder / "baseline.parquet")
    outputs = SimpleNamespace(experiments=folder / "experiments.parquet", prompts=folder / "prompts.parquet")
    inputs = SimpleNamespace(amplified=amplified, baselines=[folder / "baseline.parquet"])
    script("aggregate_experiments").main(inputs, outputs)
    return outputs.experiments, outputs.prompts


def test_aggregation_writes_the_same_bytes_twice_and_tables_that_can_be_read(tmp_path):
    prompts = STUDIES["two models"]
    first = [path.read_bytes() for path in aggregate(prompts, tmp_path)]
    experiments_path, prompts_path = aggregate(prompts, tmp_path)
    assert [experiments_path.read_bytes(), prompts_path.read_bytes()] == first
    pd.testing.assert_frame_equal(read_table(prompts_path, PROMPTS), prompts)
    pd.testing.assert_frame_equal(read_table(experiments_path, EXPERIMENTS), experiments_of(prompts))
