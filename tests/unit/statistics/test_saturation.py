import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import experiments_of, made_up_prompts
from scipy import stats

from sna.experiments.summary import ALL_MODELS, summarize_tasks, with_all_models
from sna.experiments.sweep import read_sweep, read_sweeps
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED
from sna.statistics.saturation import correlate_tasks, list_tasks, measure_saturation, spearman

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)


def tasks_of(baseline, improvement) -> pd.DataFrame:
    return pd.DataFrame({"baseline": np.asarray(baseline, float), "improvement": np.asarray(improvement, float)})


def test_a_planted_saturation_is_found():
    tasks = summarize_tasks(experiments_of(made_up_prompts(truth="saturation")), "best")
    found = correlate_tasks(tasks, SETTINGS)
    assert found.n == 12
    assert found.rho.value < -0.9
    assert found.rho.high < -0.5
    assert found.pvalue < 0.01


def test_unrelated_studies_seldom_look_significant():
    rng = np.random.default_rng(5)
    quick = SETTINGS.model_copy(update={"resamples": 199})
    studies = [correlate_tasks(tasks_of(rng.random(12), rng.random(12)), quick) for _ in range(100)]
    pvalues = [study.pvalue for study in studies]
    assert stats.kstest(pvalues, "uniform").pvalue > 0.01
    assert np.mean(np.array(pvalues) < 0.05) <= 0.1


def test_the_papers_figures_belong_to_a_two_sided_test():
    # rho = -0.762 over 12 tasks is p = 0.004 by the t approximation; ours must be near it, not near half of it.
    baseline = np.arange(12)
    improvement = [9, 10, 8, 11, 3, 7, 6, 1, 0, 4, 5, 2]
    found = correlate_tasks(tasks_of(baseline, improvement), SETTINGS.model_copy(update={"resamples": 9999}))
    expected = stats.spearmanr(baseline, improvement)
    assert found.rho.value == pytest.approx(expected.statistic)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=0.5)


distinct = st.lists(st.integers(-1000, 1000), min_size=4, max_size=12, unique=True)


@given(distinct, st.randoms())
def test_rho_depends_on_ranks_alone(values, random):
    other = values.copy()
    random.shuffle(other)
    stretched = np.exp(np.array(values) / 500)
    assert spearman(values, other) == pytest.approx(spearman(stretched, np.array(other) ** 3))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=12))
def test_rho_with_ties_is_that_of_scipy(pairs):
    x, y = np.array(pairs).T
    if np.ptp(x) and np.ptp(y):
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


@pytest.mark.parametrize(
    "tasks",
    [
        tasks_of([0.1, 0.2, 0.3], [3, 2, 1]),
        tasks_of([0.1] * 6, range(6)),
        tasks_of(np.arange(6) / 10, [1] * 6),
    ],
    ids=["three tasks", "equal baselines", "equal improvements"],
)
@pytest.mark.filterwarnings("error")
def test_what_cannot_be_correlated_is_none(tasks):
    found = correlate_tasks(tasks, SETTINGS)
    assert (found.rho, found.pvalue, found.pvalue_method) == (UNDEFINED, None, None)


@pytest.mark.filterwarnings("error")
def test_few_tasks_get_an_exact_test_and_an_interval():
    found = correlate_tasks(tasks_of([0.1, 0.2, 0.3, 0.4], [4, 3, 2, 1]), SETTINGS)
    assert found.pvalue == pytest.approx(2 / 24)
    assert found.pvalue_method == "permutation test, all 24 orders"
    assert (found.rho.value, found.rho.low, found.rho.high) == pytest.approx((-1, -1, -1))


def test_intervals_hold_the_mean_baseline_and_tasks_are_listed_with_them():
    prompts = made_up_prompts()
    tasks = summarize_tasks(experiments_of(prompts), "best")
    found = measure_saturation(tasks, [read_sweep(prompts)], SETTINGS)
    for task in found.by_task.values():
        assert task.baseline.low <= task.baseline.value <= task.baseline.high
    listed = list_tasks({"small": found})
    columns = ["model", "task", "category", "baseline", "improvement"]
    pd.testing.assert_frame_equal(listed[columns], tasks[columns])
    shuffled = prompts.sample(frac=1, random_state=3)
    assert measure_saturation(tasks, [read_sweep(shuffled)], SETTINGS) == found


def test_of_all_models_a_task_is_taken_in_the_model_of_its_best_configuration():
    prompts = made_up_prompts(models=("large", "small"), noise=0.3)
    tasks = summarize_tasks(with_all_models(experiments_of(prompts)), "best")
    results = {
        model: measure_saturation(tasks[tasks["model"] == model], sweeps, SETTINGS)
        for model, sweeps in read_sweeps(prompts).items()
    }
    together = results.pop(ALL_MODELS)
    assert together.n == 12
    for name, task in together.by_task.items():
        alone = max((found.by_task[name] for found in results.values()), key=lambda found: found.improvement)
        assert task == alone


def test_all_models_together_are_no_model_of_the_list():
    prompts = made_up_prompts()
    tasks = summarize_tasks(experiments_of(prompts), "best")
    found = measure_saturation(tasks, [read_sweep(prompts)], SETTINGS)
    assert set(list_tasks({"small": found, ALL_MODELS: found})["model"]) == {"small"}
