"""Whether gains add up: planted truths are found, and of noise nothing is said more often than promised."""

import json
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from analyze_together import main
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts
from made_up_together import made_up_together

from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate
from sna.statistics.results import read_results
from sna.statistics.together import Together, analyze_together, measure_sizes, say
from sna.statistics.together_rows import TaskGains
from sna.tables import EXPERIMENTS, TOGETHER, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
MARGIN = 0.1


def analyze(tasks=6, **made_up):
    experiments = experiments_of(made_up_prompts(tasks=tasks))
    return analyze_together(made_up_together(tasks=tasks, **made_up), experiments, MARGIN, SETTINGS)


def words(found, name):
    return {size: said.word for size, said in found.said[name].items()}


@pytest.fixture(scope="module")
def additive():
    return analyze(tasks=8)


def test_gains_that_add_up_are_said_to_and_what_the_others_bring_is_more(additive):
    assert words(additive, "deviation") == {"2": "none", "3": "none", "6": "none", "8": "none"}
    assert words(additive, "change") == {"2": "more", "3": "more", "6": "more", "8": "more"}
    assert additive.selected["8"].gain.value == pytest.approx(0.6 + 7 * 0.1, abs=0.03)
    assert additive.selected["8"].sum.value == pytest.approx(additive.selected["8"].gain.value, abs=0.05)
    assert additive.selected["3"].change.value == pytest.approx(0.2, abs=0.03)
    assert additive.winning > 45, "of 24 prompts some say too little"
    assert (additive.losing, additive.pairs) == (0, 56)
    assert additive.below + additive.above <= 8
    assert additive.own["addition"].value == pytest.approx(0.6, abs=0.1)


def test_what_falls_short_of_the_sum_is_less():
    found = analyze(truth="saturating")
    assert words(found, "deviation") == {"2": "less", "3": "less", "6": "less"}
    assert words(found, "change")["2"] == "less", "half of 0.7 is less than 0.6"
    assert found.selected["6"].deviation.value == pytest.approx(-0.55, abs=0.05)
    assert found.below == found.pairs == 30
    assert found.matrix["addition"]["rhymes"].deviation.value == pytest.approx(-0.35, abs=0.1)


def test_random_neurons_are_measured_the_same_way(additive):
    assert additive.random["8"].gain.value == pytest.approx(0.13, abs=0.03)
    assert additive.beyond_random["8"].value == pytest.approx(1.3 - 0.13, abs=0.05)
    assert additive.draws == 4


def test_of_few_prompts_that_say_little_nothing_is_told():
    assert set(words(analyze(tasks=3, prompts=2, draws=2, noise=2.0), "deviation").values()) == {"cannot tell"}


def test_two_tasks_have_one_pair_and_nothing_else():
    found = analyze(tasks=2)
    assert list(found.selected) == ["1", "2"]
    assert found.pairs == 2


def test_each_task_counts_as_much_whatever_the_number_of_its_sets_and_prompts():
    sets = [("a",), ("b",), ("a", "b"), ("a", "b", "c"), ("a", "b", "d"), ("c",), ("d",)]
    few = TaskGains("a", sets, np.array([[1.0, 2.0, 4.0, 7.0, 9.0, 0.5, 1.0]]))
    many = TaskGains("b", sets, np.tile([3.0, 1.0, 2.0, 2.0, 4.0, 0.0, 0.0], (5, 1)))
    assert few.sums.tolist() == [[1.0, 2.0, 3.0, 3.5, 4.0, 0.5, 1.0]]
    found = measure_sizes([few, many], SETTINGS)
    assert found["3"].gain.value == pytest.approx((8 + 3) / 2)
    assert found["3"].deviation.value == pytest.approx(((7 - 3.5 + 9 - 4) / 2 + (2 - 4 + 4 - 4) / 2) / 2)
    assert found["2"].change.value == pytest.approx(((4 - 1) + (2 - 1)) / 2)
    assert found["3"].sets == 2


@given(st.floats(-3, 3), st.floats(0, 3), st.floats(0, 3), st.floats(0.01, 1))
def test_a_difference_is_none_only_within_the_margin_and_has_a_side_only_off_zero(value, left, right, margin):
    low, high = value - left, value + right
    word = say(Estimate(value, low, high), margin)
    assert (word == "none") == (-margin <= low and high <= margin)
    if word == "less":
        assert high < 0
    if word == "more":
        assert low > 0
    if word == "cannot tell":
        assert low <= 0 <= high


def test_an_interval_that_is_undefined_tells_nothing():
    assert say(Estimate(0.5, None, None), MARGIN) == "cannot tell"


def test_of_noise_a_side_is_said_as_seldom_as_the_confidence_level_promises():
    rng, said = np.random.default_rng(0), Counter()
    sets = [("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c")]
    for _ in range(200):
        tasks = [TaskGains(name, sets, rng.normal(0, 1, (12, len(sets)))) for name in "abc"]
        said[say(measure_sizes(tasks, SETTINGS)["2"].deviation, 0.001)] += 1
    assert 2 <= said["less"] + said["more"] <= 20, "about 10 of 200"
    assert said["none"] == 0


def test_the_stage_writes_every_model_with_what_noise_says(tmp_path):
    experiments = experiments_of(made_up_prompts(models=("large", "small"), tasks=3))
    write_table(experiments, EXPERIMENTS, tmp_path / "experiments.parquet")
    paths = [tmp_path / f"{model}.parquet" for model in ("large", "small")]
    for path in paths:
        write_table(made_up_together(models=(path.stem,), tasks=3, truth="saturating"), TOGETHER, path)
    inputs = SimpleNamespace(experiments=tmp_path / "experiments.parquet", together=paths)
    params = SimpleNamespace(statistics=SETTINGS.model_dump(), logit_margin=MARGIN, simulated_studies=20)
    main(inputs, SimpleNamespace(results=tmp_path / "together.json"), params)
    found = read_results(tmp_path / "together.json", Together)
    assert list(found) == ["large", "small"]
    assert found["small"].tasks == {"addition": "arithmetic", "antonyms": "semantics", "syllogisms": "logic"}
    assert found["small"].studies == 20
    assert found["small"].said["deviation"]["3"].word == "less"
    assert found["small"].said["deviation"]["3"].by_noise <= 2
    assert json.loads((tmp_path / "together.json").read_text())["large"]["margin"] == MARGIN
