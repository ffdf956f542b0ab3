import csv
from types import SimpleNamespace

import pandas as pd
import pytest
from tabulate_tasks import main

from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.held_out import HeldOut, HeldOutTask
from sna.statistics.results import write_results
from sna.tables import EXPERIMENTS, write_table

# In another order than the table's.
GAINS = {"antonyms": Estimate(100 / 3, None, None), "addition": Estimate(-2.5, -10.0, 4.0)}
HELD_OUT = HeldOut(2, UNDEFINED, None, None, {task: HeldOutTask(0.0, gain, {}) for task, gain in GAINS.items()}, {})


@pytest.fixture
def rows(tmp_path):
    """Tabulate two tasks with two configurations each, and read the file as text."""
    experiments = pd.DataFrame(
        [
            ("small", "addition", "arithmetic", 3, 10, 1.5, 0.05, 0.06),
            ("small", "addition", "arithmetic", 3, 10, 3.0, 0.05, 0.04),
            ("small", "antonyms", "semantics", 3, 10, 1.5, 0.3, 0.3 + 0.1 / 3),
            ("small", "antonyms", "semantics", 3, 10, 3.0, 0.3, 0.4),
        ],
        columns=[column for column in EXPERIMENTS.columns if column not in {"improvement", "success"}],
    )
    experiments["improvement"] = 100 * (experiments["probability"] / experiments["baseline"] - 1)
    experiments["success"] = experiments["improvement"] > 0
    write_table(experiments, EXPERIMENTS, tmp_path / "experiments.parquet")
    write_results({"small": HELD_OUT}, tmp_path / "held_out.json")
    main(
        SimpleNamespace(experiments=tmp_path / "experiments.parquet", held_out=tmp_path / "held_out.json"),
        SimpleNamespace(exhibit=tmp_path / "tasks.csv"),
        SimpleNamespace(zones={"boundaries": (0.07, 0.10)}),
    )
    with open(tmp_path / "tasks.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_task_has_its_baseline_zone_and_best_configuration(rows):
    addition, antonyms = rows
    assert float(addition.pop("best_improvement")) == pytest.approx(20)
    assert addition == {
        "model": "small",
        "task": "addition",
        "category": "arithmetic",
        "baseline": "0.05",
        "zone": "1",
        "held_out": "-2.5",
        "held_out_low": "-10.0",
        "held_out_high": "4.0",
        "layer": "3",
        "neurons": "10",
        "multiplier": "1.5",
        "success_rate": "0.5",
    }
    assert (antonyms["zone"], antonyms["multiplier"], antonyms["success_rate"]) == ("3", "3.0", "1.0")


def test_the_held_out_gain_stands_beside_the_best_one(rows):
    columns = list(rows[0])
    place = columns.index("best_improvement")
    assert columns[place + 1 : place + 4] == ["held_out", "held_out_low", "held_out_high"]


def test_figures_are_not_rounded_and_what_is_undefined_is_empty(rows):
    assert float(rows[1]["best_improvement"]) == 100 * (0.4 / 0.3 - 1)
    assert float(rows[1]["held_out"]) == 100 / 3
    assert (rows[1]["held_out_low"], rows[1]["held_out_high"]) == ("", "")
