"""The statistics' scripts, run as Snakemake runs them but for Snakemake itself."""

import importlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from aggregate_experiments import main as aggregate_experiments
from made_up import experiments_of, made_up_classified, made_up_prompts
from made_up_fresh import made_up_fresh

from sna.experiments.summary import ALL_MODELS
from sna.experiments.sweep import read_sweeps
from sna.files import write_json
from sna.inputs.config import Statistics, Zones
from sna.statistics.held_out import measure_held_out
from sna.statistics.registry import RESULTS
from sna.statistics.results import read_results, write_results
from sna.tables import (
    AMPLIFIED,
    BASELINE,
    CLASSIFIED,
    EXPERIMENTS,
    FRESH,
    FRESH_PROMPTS,
    LOGIT_GAINS,
    PROMPTS,
    PROSE,
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
    "fresh",
    "reviews",
    "zone_fit",
    "choices",
]
#: Those whose stage is not analyze_<name>.
STAGES = {"choices": "vary_choices"}
#: Those that take the models of a study together too.
POOLED = {"saturation", "zones", "held_out"}
STATISTICS = {"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1}
ZONES = {"boundaries": (0.07, 0.10), "negligible": 7.0}
ORIGIN = {"source": "path", "path": "reviews/dev.tsv", "labels": {"negative": 25, "positive": 25}}
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


def freshen(models: Sequence[str], folder: Path) -> dict[str, list[Path]]:
    tables = {"fresh_prompts": FRESH_PROMPTS, "fresh": FRESH, "prose": PROSE}
    paths = {"model_configs": []} | {name: [] for name in tables}
    for model in models:
        made = made_up_fresh(models=(model,), tasks=6, prompts=24, draws={"random": 4})
        for (name, table), rows in zip(tables.items(), (made.prompts, made.gains, made.prose), strict=True):
            for task, own in rows.groupby("task"):
                paths[name].append(folder / model / task / f"{name}.parquet")
                write_table(own, table, paths[name][-1])
        paths["model_configs"].append(folder / model / "config.json")
        write_json(paths["model_configs"][-1], {"vocab_size": 50257})
    return paths


def hold_out(prompts: pd.DataFrame, folder: Path) -> Path:
    path = folder / "held_out_of_zones.json"
    zones, settings = Zones(**ZONES), Statistics(**STATISTICS)
    found = {model: measure_held_out(sweeps, zones, settings) for model, sweeps in read_sweeps(prompts).items()}
    write_results(found, path)
    return path


def run(name: str, prompts: pd.DataFrame, folder: Path) -> bytes:
    write_table(prompts, PROMPTS, folder / "prompts.parquet")
    write_table(experiments_of(prompts), EXPERIMENTS, folder / "experiments.parquet")
    write_json(folder / "origin.json", ORIGIN)
    tables = SimpleNamespace(
        experiments=folder / "experiments.parquet",
        prompts=folder / "prompts.parquet",
        reviews=[classify(model, folder) for model in prompts["model"].unique()],
        origin=folder / "origin.json",
        held_out=hold_out(prompts, folder) if name == "zones" else None,
        **(freshen(prompts["model"].unique(), folder) if name in {"choices", "fresh"} else {}),
    )
    params = SimpleNamespace(
        statistics=STATISTICS,
        zones=ZONES,
        boundaries=ZONES["boundaries"],
        golden_zone={"share": 0.5},
        layers=dict.fromkeys(prompts["model"], 3),
        sentiment={"labels": LABELS, "bins": [0.5, 0.75, 1.0], "uncertain": 0.6, "confident": 0.9},
        selection=100,
        paper={"rho": -0.762, "zone1_mean": 27.85},
    )
    output = SimpleNamespace(
        results=folder / f"{name}.json",
        table=folder / f"{name}.csv",
        logit_gains=folder / "logit_gains.parquet",
        specifications=folder / "specifications.parquet",
    )
    importlib.import_module(STAGES.get(name, f"analyze_{name}")).main(tables, output, params)
    return output.results.read_bytes()


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Callable[[str, str], Path]:
    """Give the results of a statistic of a study, which are computed once."""

    @cache
    def give(name: str, study: str) -> Path:
        folder = tmp_path_factory.mktemp("written")
        run(name, STUDIES[study], folder)
        return folder / f"{name}.json"

    return give


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("name", NAMES)
def test_every_statistic_of_every_study_is_written_for_each_model(written, name, study, tmp_path):
    path = written(name, study)
    found = json.loads(path.read_text())
    models = set(STUDIES[study]["model"])
    assert set(found) == models | ({ALL_MODELS} if name in POOLED and len(models) > 1 else set())
    write_results(read_results(path, RESULTS[name]), tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == found


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_rows(written, name, tmp_path):
    shuffled = STUDIES["two models"].sample(frac=1, random_state=1)
    assert written(name, "two models").read_bytes() == run(name, shuffled, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_measured_the_same_alone_and_beside_another(written, name, tmp_path):
    prompts = STUDIES["two models"]
    together = json.loads(written(name, "two models").read_text())
    alone = json.loads(run(name, prompts[prompts["model"] == "small"], tmp_path))
    assert together["small"] == alone["small"]


def test_the_null_model_leaves_the_gain_of_every_prompt_at_its_tasks_best_configuration(tmp_path):
    run("null_model", STUDIES["smoke"], tmp_path)
    gains = read_table(tmp_path / "logit_gains.parquet", LOGIT_GAINS)
    assert len(gains) == len(STUDIES["smoke"].drop_duplicates(["task", "prompt"]))


def test_reviews_say_where_the_sentences_come_from_and_what_the_model_was_to_say(tmp_path):
    found = json.loads(run("reviews", STUDIES["smoke"], tmp_path))["small"]
    assert (found["title"], found["is_sst2"], found["labels"]) == ("dev.tsv", False, LABELS)
    assert found["n"] == {"selection": 100, "tuning": 10, "test": 40}


def aggregate(prompts: pd.DataFrame, folder: Path) -> tuple[Path, Path]:
    amplified = []
    for (model, layer), rows in prompts.groupby(["model", "layer"]):
        amplified.append(folder / f"{model}_{layer}.parquet")
        write_table(rows[list(AMPLIFIED.columns)], AMPLIFIED, amplified[-1])
    baseline = prompts.drop_duplicates(["model", "task", "prompt"])
    baseline = baseline.assign(probability=baseline["baseline"], start="", text="text", target=" target")
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
