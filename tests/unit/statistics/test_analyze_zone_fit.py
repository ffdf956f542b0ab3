import json
from types import SimpleNamespace

import pandas as pd
import pytest
from analyze_zone_fit import main
from made_up import experiments_of, made_up_prompts

from sna.tables import EXPERIMENTS, write_table

SETTINGS = {"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1}


def run(experiments: pd.DataFrame, folder) -> bytes:
    write_table(experiments, EXPERIMENTS, folder / "experiments.parquet")
    params = SimpleNamespace(statistics=SETTINGS, boundaries=[0.07, 0.1])
    output = SimpleNamespace(results=folder / "zone_fit.json")
    main(SimpleNamespace(experiments=folder / "experiments.parquet"), output, params)
    return (folder / "zone_fit.json").read_bytes()


@pytest.mark.filterwarnings("error")
def test_each_model_has_its_own_breakpoint(tmp_path):
    experiments = experiments_of(made_up_prompts(models=("large", "small")))
    written = json.loads(run(experiments, tmp_path))
    assert list(written) == ["large", "small"]
    assert all(found["breakpoint"]["value"] for found in written.values())
    assert json.loads(run(experiments.query("model == 'small'"), tmp_path))["small"] == written["small"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tasks", [1, 3])
def test_a_study_of_few_tasks_has_no_breakpoint(tasks, tmp_path):
    written = json.loads(run(experiments_of(made_up_prompts(tasks=tasks)), tmp_path))
    assert written["small"]["breakpoint"] == {"value": None, "low": None, "high": None}
    assert written["small"]["contains"] == {"0.07": None, "0.1": None}


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_rows(tmp_path):
    experiments = experiments_of(made_up_prompts(tasks=8))
    assert run(experiments, tmp_path) == run(experiments.sample(frac=1, random_state=1), tmp_path)
