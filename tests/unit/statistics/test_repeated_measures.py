import numpy as np
import pandas as pd
import pytest
from made_up import CATEGORIES
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED
from sna.statistics.logits import logit_gain, shift
from sna.statistics.repeated_measures import WithinTasks, correlate_prompts

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
NOTHING = WithinTasks(None, None, None, None)


def prompts_of(
    *, between: float = 0.0, within: float = 0.0, noise: float = 0.2, tasks: int = 12, prompts: int = 12, seed: int = 0
) -> pd.DataFrame:
    """Make prompts whose logit gain changes by `between` with their task's logit, and by `within` with their own."""
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.normal(-2, 1.5, tasks), prompts)
    own = rng.normal(0, 1, tasks * prompts)
    baseline = shift(0.5, level + own)
    gain = 0.5 + between * level + within * own + noise * rng.normal(size=tasks * prompts)
    probability = shift(baseline, gain)
    return pd.DataFrame(
        {
            "task": np.repeat(list(CATEGORIES)[:tasks], prompts),
            "prompt": np.tile(np.arange(prompts), tasks),
            "baseline": baseline,
            "probability": probability,
            "logit_gain": logit_gain(probability, baseline),
        }
    )


def test_a_correlation_between_tasks_alone_is_not_found_within_them():
    found = correlate_prompts(prompts_of(between=-0.3), SETTINGS)
    assert found.rho.high < 0
    assert abs(found.within_tasks.r) < 0.25


def test_a_correlation_within_tasks_is_found_whatever_holds_between_them():
    found = correlate_prompts(prompts_of(between=0.3, within=-0.3), SETTINGS)
    assert found.within_tasks.r < -0.7
    assert found.within_tasks.high < -0.5
    assert found.within_tasks.pvalue < 0.001
    assert all(rho < 0 for rho in found.by_task.values())


def test_no_correlation_within_tasks_is_seldom_found():
    pvalues = [correlate_prompts(prompts_of(seed=seed), SETTINGS).within_tasks.pvalue for seed in range(10)]
    assert np.sum(np.array(pvalues) < 0.05) <= stats.binom.ppf(0.999, 10, 0.05)


def test_each_correlation_is_that_of_scipy():
    prompts = prompts_of(between=-0.2, within=-0.1)
    found = correlate_prompts(prompts, SETTINGS)
    percent = prompts["probability"] / prompts["baseline"]
    assert found.n == 144
    assert found.rho.value == pytest.approx(stats.spearmanr(prompts["baseline"], prompts["logit_gain"]).statistic)
    assert found.rho_improvement.value == pytest.approx(stats.spearmanr(prompts["baseline"], percent).statistic)
    addition = prompts[prompts["task"] == "addition"]
    expected = stats.spearmanr(addition["baseline"], addition["logit_gain"]).statistic
    assert found.by_task["addition"] == pytest.approx(expected)


def test_the_correlation_within_tasks_and_its_pvalue_belong_together():
    # The squared correlation is the share of squares within tasks that the slope explains, so that t follows from r.
    found = correlate_prompts(prompts_of(within=-0.1), SETTINGS).within_tasks
    freedom = 144 - 12 - 1
    t = found.r * np.sqrt(freedom / (1 - found.r**2))
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(t), freedom))


def test_intervals_resample_tasks_not_prompts():
    # Copies of the same prompts tell nothing new about tasks.
    few = prompts_of(between=-0.2, tasks=6, prompts=5)
    many = pd.concat([few.assign(prompt=few["prompt"] + 5 * copy) for copy in range(8)])
    one, other = (correlate_prompts(prompts, SETTINGS).rho for prompts in (few, many))
    assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high))


def test_tasks_may_differ_in_how_many_prompts_they_have():
    prompts = prompts_of(within=-0.3).query("task != 'addition' or prompt < 3")
    found = correlate_prompts(prompts, SETTINGS)
    assert found.n == 135
    assert found.by_task["addition"] is None
    assert found.within_tasks.r < -0.7


@pytest.mark.filterwarnings("error")
def test_what_cannot_be_correlated_is_none():
    tiny = correlate_prompts(prompts_of(tasks=1, prompts=1), SETTINGS)
    assert (tiny.rho, tiny.within_tasks, tiny.by_task) == (UNDEFINED, NOTHING, {"addition": None})
    alone = correlate_prompts(prompts_of(prompts=1), SETTINGS)
    assert alone.within_tasks == NOTHING
    assert alone.rho.value is not None
    same_gain = correlate_prompts(prompts_of(noise=0.0), SETTINGS)
    assert (same_gain.rho, same_gain.within_tasks) == (UNDEFINED, NOTHING)
    one_task = correlate_prompts(prompts_of(tasks=1, within=-0.3), SETTINGS)
    assert (one_task.within_tasks.low, one_task.within_tasks.high) == (None, None)
    assert one_task.within_tasks.r < 0


@pytest.mark.filterwarnings("error")
def test_prompts_that_the_model_is_sure_of_are_ranked_last_and_break_nothing():
    prompts = prompts_of(within=-0.3)
    prompts.loc[:1, ["baseline", "probability"]] = [[1.0, 1.0], [0.0, 0.5]]
    prompts["logit_gain"] = logit_gain(prompts["probability"], prompts["baseline"])
    found = correlate_prompts(prompts, SETTINGS)
    assert found.rho.value < 0
    assert found.rho_improvement.value < 0
    assert found.within_tasks.pvalue is not None
