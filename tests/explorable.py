"""A project to explore: a tiny model, and the tables of a made-up study of it."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from made_up import CATEGORIES, experiments_of, made_up_prompts
from made_up_fresh_evidence import fresh_task, fresh_zone
from project import ROOT, tiny_config, tiny_model
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.reference import log_probability
from sna.files import write_json
from sna.inputs.tasks import read_task
from sna.model.loading import load_model
from sna.model.prompts import tokenize_task
from sna.tables import BASELINE, EXPERIMENTS, NEURONS, PROMPTS, write_table

TASKS = list(CATEGORIES)[:3]
COUNTS, MULTIPLIERS = [5, 20], [1.5, 3.0]
MODEL = "gpt2"
#: Top neurons that the study ranks.
RANKED = 20


def make_project(folder: Path) -> Path:
    """Make a project whose study `tiny` has results of one fetched model, and whose study `empty` has neither."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "tasks", folder / "tasks")
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    write_config(folder)
    # Wide enough that a sweep takes seconds, in which it can be stopped.
    build_tiny_model(MODEL, folder / "results" / "models" / MODEL, n_embd=256)
    results = folder / "results" / "tiny"
    made_up = made_up_prompts(
        models=[MODEL], tasks=len(TASKS), layers=LAYERS, neurons=COUNTS, multipliers=MULTIPLIERS, prompts=6
    )
    write_table(experiments_of(made_up), EXPERIMENTS, results / "experiments.parquet")
    write_table(made_up, PROMPTS, results / "prompts.parquet")
    write_json(results / "statistics" / "fresh.json", {MODEL: _fresh()})
    write_table(_ranking(), NEURONS, results / "neurons" / f"{MODEL}.parquet")
    write_table(_baseline(folder), BASELINE, results / "baseline" / f"{MODEL}.parquet")
    return folder


def write_config(folder: Path, **study) -> None:
    """Write config.yaml; keywords change the study `tiny`."""
    config = tiny_config([MODEL], tasks=TASKS, layers="all", neurons=COUNTS, multipliers=MULTIPLIERS)
    config["models"]["unfetched"] = tiny_model("unfetched")
    config["studies"]["empty"] = config["studies"]["tiny"] | {"models": ["unfetched", MODEL]}
    config["studies"]["tiny"] = config["studies"]["tiny"] | study
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def _fresh() -> dict:
    """Return what statistics/fresh.json says: one of the tasks is not measured, and no task lies in zone 2."""
    zones = {"1": replace(fresh_zone(), n=1, tasks=TASKS[:1]), "2": fresh_zone(0), "3": fresh_zone()}
    by_task = dict.fromkeys(TASKS[:-1], asdict(fresh_task()))
    return {"by_task": by_task, "zones": {zone: asdict(found) for zone, found in zones.items()}}


def _ranking() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frames = [
        pd.DataFrame(
            {
                "model": MODEL,
                "task": task,
                "layer": layer,
                "rank": range(1, RANKED + 1),
                "neuron": rng.permutation(WIDTH)[:RANKED],
                "score": 1.0,
                "effect_size": 1.0,
            }
        )
        for task in TASKS
        for layer in range(LAYERS)
    ]
    return pd.concat(frames)


def _baseline(folder: Path) -> pd.DataFrame:
    model = load_model(folder / "results" / "models" / MODEL, MODEL, LAYERS, threads=torch.get_num_threads())
    frames = []
    for name in TASKS:
        path = folder / "tasks" / f"{name}.yaml"
        task = read_task(path)
        tokenized = tokenize_task(model, task, path)
        frames.append(
            pd.DataFrame(
                {
                    "model": MODEL,
                    "task": name,
                    "category": task.category,
                    "prompt": range(len(tokenized)),
                    "fold": task.folds(0),
                    "start": "",
                    "text": [prompt.prompt for prompt in task.evaluation],
                    "target": [prompt.target for prompt in task.evaluation],
                    "probability": np.exp([log_probability(model, prompt) for prompt in tokenized]),
                }
            )
        )
    return pd.concat(frames)
