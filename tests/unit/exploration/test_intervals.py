"""Intervals of a study's improvements: the bootstrap's that all others have, of one configuration as of all."""

import pytest
from made_up import experiments_of, made_up_prompts

from sna.errors import InputError
from sna.exploration.intervals import measure_intervals, read_layer
from sna.inputs.config import Statistics
from sna.statistics.estimate import estimate
from sna.statistics.fresh_prompts import improvement_of_means
from sna.tables import PROMPTS, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=200, seed=3)


@pytest.fixture(scope="module")
def made():
    return made_up_prompts(tasks=2, layers=2)


@pytest.fixture(scope="module")
def path(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "prompts.parquet"
    write_table(made, PROMPTS, path)
    return path


def test_a_layer_is_read_alone_and_its_intervals_are_those_of_each_configuration_by_itself(made, path):
    task = made["task"].iloc[0]
    rows = read_layer(path, "small", task, 1)
    assert (set(rows["task"]), set(rows["layer"])) == ({task}, {1})
    found = measure_intervals(rows, SETTINGS)
    experiments = experiments_of(made).query("task == @task and layer == 1")
    assert len(found) == len(experiments)
    for row in found.itertuples():
        alone = rows[(rows["neurons"] == row.neurons) & (rows["multiplier"] == row.multiplier)]
        expected = estimate([alone["probability"], alone["baseline"]], improvement_of_means, SETTINGS)
        assert (row.low, row.high) == pytest.approx((expected.low, expected.high))
        of_study = experiments.query("neurons == @row.neurons and multiplier == @row.multiplier")["improvement"].item()
        assert expected.value == pytest.approx(of_study)


def test_a_damaged_table_is_named(tmp_path):
    (tmp_path / "prompts.parquet").write_bytes(b"cut short")
    with pytest.raises(InputError, match=r"prompts\.parquet: not a whole Parquet file"):
        read_layer(tmp_path / "prompts.parquet", "small", "addition", 0)
