"""The statistics' scripts, run as Snakemake runs them but for Snakemake itself."""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from aggregate_experiments import main as aggregate_experiments
from made_up import CATEGORIES, experiments_of, made_up_classified, made_up_controls, made_up_prompts

from sna.inputs.config import Statistics, Zones
from sna.statistics.held_out import measure_held_out
from sna.statistics.registry import RESULTS
from sna.statistics.results import by_model, read_results, write_results
from sna.tables import (
    AMPLIFIED,
    BASELINE,
    CLASSIFIED,
    CONTROLS,
    EXPERIMENTS,
    LOGIT_GAINS,
    PROMPTS,
    read_table,
    write_table,
)

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
    "zone_fit",
]
STATISTICS = {"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1}
ZONES = {"boundaries": (0.07, 0.10), "negligible": 7.0}
LABELS = {"negative": " bad", "positive": " good"}
STUDIES = {
    "whole": made_up_prompts(),
    "smoke": made_up_prompts(tasks=3),
    "two models": made_up_prompts(models=("small", "large"), tasks=6),
    "one task": made_up_prompts(tasks=1, layers=1, neurons=(5,), multipliers=(2.0,)),
}


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


def baselines_of(model: str, folder: Path) -> Path:
    rows = made_up_controls(models=(model,), draws=1).drop_duplicates(["model", "task", "prompt"])
    rows = rows.assign(category=rows["task"].map(CATEGORIES), fold="first", text="text", target=" target")
    path = folder / "baseline" / f"{model}.parquet"
    write_table(rows.assign(probability=rows["baseline"])[list(BASELINE.columns)], BASELINE, path)
    return path


def hold_out(prompts: pd.DataFrame, folder: Path) -> Path:
    path = folder / "held_out_of_zones.json"
    zones, settings = Zones(**ZONES), Statistics(**STATISTICS)
    write_results({model: measure_held_out(rows, zones, settings) for model, rows in by_model(prompts)}, path)
    return path


def run(name: str, prompts: pd.DataFrame, folder: Path) -> bytes:
    write_table(prompts, PROMPTS, folder / "prompts.parquet")
    write_table(experiments_of(prompts), EXPERIMENTS, folder / "experiments.parquet")
    tables = SimpleNamespace(
        experiments=folder / "experiments.parquet",
        prompts=folder / "prompts.parquet",
        controls=[path for model in prompts["model"].unique() for path in control(model, folder)],
        reviews=[classify(model, folder) for model in prompts["model"].unique()],
        baselines=[baselines_of(model, folder) for model in prompts["model"].unique()],
        held_out=hold_out(prompts, folder) if name == "zones" else None,
    )
    params = SimpleNamespace(
        statistics=STATISTICS,
        zones=ZONES,
        boundaries=ZONES["boundaries"],
        golden_zone={"share": 0.5},
        layers=dict.fromkeys(prompts["model"], 3),
        sentiment={"labels": LABELS, "bins": [0.5, 0.75, 1.0], "uncertain": 0.6, "confident": 0.9},
        validation={"reviews": "sst2", "selection": 100},
    )
    output = SimpleNamespace(
        results=folder / f"{name}.json", table=folder / f"{name}.csv", logit_gains=folder / "logit_gains.parquet"
    )
    importlib.import_module(f"analyze_{name}").main(tables, output, params)
    return output.results.read_bytes()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("name", NAMES)
def test_every_statistic_of_every_study_is_written_for_each_model(name, study, tmp_path):
    written = json.loads(run(name, STUDIES[study], tmp_path))
    assert set(written) == set(STUDIES[study]["model"])
    results = read_results(tmp_path / f"{name}.json", RESULTS[name])
    write_results(results, tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == written


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


def test_the_null_model_leaves_the_gain_of_every_prompt_at_its_tasks_best_configuration(tmp_path):
    run("null_model", STUDIES["smoke"], tmp_path)
    gains = read_table(tmp_path / "logit_gains.parquet", LOGIT_GAINS)
    assert len(gains) == len(STUDIES["smoke"].drop_duplicates(["task", "prompt"]))


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
    aggregate_experiments(inputs, outputs)
    return outputs.experiments, outputs.prompts


def test_aggregation_writes_the_same_bytes_twice_and_tables_that_can_be_read(tmp_path):
    prompts = STUDIES["two models"]
    first = [path.read_bytes() for path in aggregate(prompts, tmp_path)]
    experiments_path, prompts_path = aggregate(prompts, tmp_path)
    assert [experiments_path.read_bytes(), prompts_path.read_bytes()] == first
    pd.testing.assert_frame_equal(read_table(prompts_path, PROMPTS), prompts)
    pd.testing.assert_frame_equal(read_table(experiments_path, EXPERIMENTS), experiments_of(prompts))
