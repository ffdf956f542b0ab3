"""Models side by side: which tasks gain in both, and whether the same tasks share their neurons."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from analyze_models import main
from made_up import CATEGORIES, made_up_neurons
from made_up_fresh_evidence import FRESH, fresh_task

from sna.files import write_json
from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate
from sna.statistics.models import ModelBesideOthers, compare_models, correlate_overlaps
from sna.statistics.overlap import Overlaps, measure_overlaps, overlap_by_chance
from sna.statistics.results import read_results, write_results
from sna.tables import NEURONS, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=499, seed=1)
TASKS = list(CATEGORIES)


def fresh(gains, holding=(), unknown=()):
    """Return a model's results on fresh prompts, with the tasks' logit gains."""
    tasks = {
        task: replace(
            fresh_task(holds=task in holding),
            category=CATEGORIES[task],
            logit_gain=Estimate(gain, gain - 0.1, gain + 0.1),
            known=task not in unknown,
            configuration=replace(fresh_task().configuration, layer=1),
        )
        for task, gain in zip(TASKS, map(float, gains), strict=False)
    }
    return replace(FRESH, by_task=tasks)


def overlapping(shares):
    """Return overlaps of tasks from a symmetric matrix."""
    names = TASKS[: len(shares)]
    by_pair = {
        one: {other: float(shares[i][j]) for j, other in enumerate(names) if i != j} for i, one in enumerate(names)
    }
    return Overlaps(20, 1000, by_pair, 0.01, None, None)


def random_overlaps(seed, tasks=12):
    shares = np.random.default_rng(seed).uniform(0, 1, (tasks, tasks))
    return shares + shares.T


def test_tasks_that_gain_in_the_same_order_are_correlated_over_those_that_both_models_know():
    gains = np.arange(12.0)
    known = {"a": fresh(gains, unknown=TASKS[:2]), "b": fresh(gains**2, unknown=TASKS[2:3])}
    overlaps = dict.fromkeys(known, overlapping(random_overlaps(1)))
    found = compare_models(known, overlaps, SETTINGS)["a"].others["b"]
    assert (found.n, found.gains.rho.value) == (9, pytest.approx(1))
    assert found.gains.pvalue < 0.05


def test_the_tasks_on_which_the_gain_is_there_are_told_apart():
    known = {"a": fresh(np.arange(12), TASKS[:3]), "b": fresh(np.arange(12), TASKS[2:4])}
    found = compare_models(known, dict.fromkeys(known, overlapping(random_overlaps(1))), SETTINGS)
    beside = found["a"].others["b"]
    assert (beside.both, beside.only_here, beside.only_there) == ([TASKS[2]], sorted(TASKS[:2]), [TASKS[3]])
    back = found["b"].others["a"]
    assert (back.both, back.only_here, back.only_there) == ([TASKS[2]], [TASKS[3]], sorted(TASKS[:2]))
    assert (back.gains, back.overlaps) == (beside.gains, beside.overlaps)


def test_a_model_alone_has_its_overlaps_and_nothing_beside():
    found = compare_models({"a": fresh(np.arange(12))}, {"a": overlapping(random_overlaps(1))}, SETTINGS)
    assert found["a"].others == {}


def test_models_whose_tasks_share_neurons_alike_are_found_to_agree_and_others_not():
    shares = random_overlaps(1)
    alike = correlate_overlaps(overlapping(shares), overlapping(shares**3), SETTINGS)
    assert alike.statistic == pytest.approx(1)
    assert alike.pvalue == pytest.approx(1 / 500, abs=0.003)
    pvalues = [
        correlate_overlaps(
            overlapping(random_overlaps(2 * n)), overlapping(random_overlaps(2 * n + 1)), SETTINGS
        ).pvalue
        for n in range(1, 13)
    ]
    assert sum(pvalue < 0.05 for pvalue in pvalues) <= 3


def test_a_task_that_shares_much_with_all_others_is_one_task_and_not_eleven_pairs():
    """Pairs are shuffled with their tasks; shuffled one by one they would seem to be many agreements."""
    outlier = np.full((5, 5), 0.1) + np.diag([0.0] * 5)
    outlier[0, :] = outlier[:, 0] = 0.9
    found = correlate_overlaps(overlapping(outlier), overlapping(outlier), SETTINGS)
    assert found.statistic == pytest.approx(1)
    assert found.pvalue == pytest.approx(1 / 5)


@pytest.mark.parametrize("shares", [random_overlaps(1, tasks=3), np.full((6, 6), 0.2), np.zeros((1, 1))])
def test_too_few_tasks_or_equal_overlaps_test_nothing(shares):
    assert correlate_overlaps(overlapping(shares), overlapping(shares), SETTINGS).pvalue is None


def test_tasks_share_the_neurons_that_they_have_in_common_at_their_chosen_layers():
    ranking = made_up_neurons(tasks=6, layers=2, neurons=20)
    layers = dict(zip(TASKS[:6], [0, 1, 0, 1, 0, 1], strict=True))
    found = measure_overlaps(ranking, layers, CATEGORIES, neurons=20, width=1000)
    # Addition and subtraction have half of their neurons in common, others none.
    assert found.by_pair["addition"]["subtraction"] == pytest.approx(10 / 30)
    assert found.by_pair["addition"]["syllogisms"] == 0
    assert (found.within, found.between) == (pytest.approx(10 / 30), 0)
    assert found.by_chance == pytest.approx(overlap_by_chance(20, 20, 1000))


def test_no_more_than_the_top_neurons_are_compared():
    ranking = made_up_neurons(tasks=6, layers=1, neurons=20)
    found = measure_overlaps(ranking, dict.fromkeys(TASKS[:6], 0), CATEGORIES, neurons=10, width=1000)
    assert found.by_pair["addition"]["subtraction"] == 1


def test_chance_is_what_random_sets_share():
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(2000):
        one, other = (set(rng.choice(40, size, replace=False).tolist()) for size in (8, 12))
        shares.append(len(one & other) / len(one | other))
    assert overlap_by_chance(8, 12, 40) == pytest.approx(np.mean(shares), abs=0.01)


def test_the_stage_writes_what_was_found_of_every_model(tmp_path):
    models = ("a", "b")
    write_results({model: fresh(np.arange(12), TASKS[:3]) for model in models}, tmp_path / "fresh.json")
    for model in models:
        write_table(made_up_neurons(models=(model,)), NEURONS, tmp_path / "neurons" / f"{model}.parquet")
        write_json(tmp_path / model / "config.json", {"n_inner": 1000})
    tables = SimpleNamespace(
        fresh_results=tmp_path / "fresh.json",
        neurons=[tmp_path / "neurons" / f"{model}.parquet" for model in models],
        model_configs=[tmp_path / model / "config.json" for model in models],
    )
    params = SimpleNamespace(statistics=SETTINGS.model_dump(), neurons=20)
    main(tables, SimpleNamespace(results=tmp_path / "models.json"), params)
    found = read_results(tmp_path / "models.json", ModelBesideOthers)
    assert [*found] == [*models]
    assert (found["a"].overlaps.width, [*found["a"].others]) == (1000, ["b"])
    # Categories share their neurons alike in both.
    assert found["a"].others["b"].overlaps.pvalue < 0.05
