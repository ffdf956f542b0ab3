import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from scipy import stats

from sna.experiments.aggregation import improvement
from sna.experiments.summary import summarize_tasks
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED
from sna.statistics.logits import at_best_configuration, logit, logit_gain, shift
from sna.statistics.null_model import measure_null_model, shuffle_gains
from sna.statistics.saturation import correlate_tasks

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
STUDIES = 200
MOST_FALSE = stats.binom.ppf(0.999, STUDIES, 0.05)


def tasks_of(baseline, gain) -> pd.DataFrame:
    probability = shift(baseline, gain)
    return pd.DataFrame(
        {
            "baseline": baseline,
            "probability": probability,
            "improvement": improvement(probability, np.asarray(baseline)),
            "logit_gain": logit_gain(probability, baseline),
        }
    )


def baselines(rng: np.random.Generator, tasks: int = 12) -> np.ndarray:
    return np.exp(rng.uniform(np.log(0.005), np.log(0.7), tasks))


def prompts_shifted_by(gain, tasks: int = 12) -> pd.DataFrame:
    """Make a study of one configuration; `gain` takes the baselines' logits and gives each prompt's logit gain."""
    prompts = made_up_prompts(tasks=tasks, layers=1, neurons=(5,), multipliers=(2.0,))
    prompts["probability"] = shift(prompts["baseline"], gain(logit(prompts["baseline"])))
    return at_best_configuration(experiments_of(prompts), prompts)


@pytest.mark.parametrize("spread", [0.05, 0.5])
def test_gains_unrelated_to_the_baseline_seldom_look_like_more_than_the_null_model(spread):
    rng = np.random.default_rng(4)
    studies = [tasks_of(baselines(rng), rng.normal(0.5, spread, 12)) for _ in range(STUDIES)]
    found = [shuffle_gains(study, SETTINGS) for study in studies]
    assert sum(study.more_than_null for study in found) <= MOST_FALSE
    assert np.mean([study.rho for study in found]) == pytest.approx(
        np.mean([study.rho_shuffled.value for study in found]), abs=0.05
    )


def test_where_the_scale_alone_looks_like_saturation_the_null_model_says_so():
    rng = np.random.default_rng(5)
    studies = [tasks_of(baselines(rng), rng.normal(0.5, 0.02, 12)) for _ in range(30)]
    assert sum(correlate_tasks(study, SETTINGS).pvalue < 0.05 for study in studies) > 25
    assert sum(shuffle_gains(study, SETTINGS).more_than_null for study in studies) <= 5


def test_logit_gains_that_fall_with_the_baseline_are_found():
    rng = np.random.default_rng(6)
    found = []
    for _ in range(50):
        baseline = baselines(rng)
        falling = -0.3 * logit(baseline) + rng.normal(0, 0.2, 12)
        found.append(shuffle_gains(tasks_of(baseline, falling), SETTINGS).more_than_null)
    assert np.mean(found) > 0.8


def test_a_whole_study_with_planted_saturation_shows_it_on_both_scales():
    found = measure_null_model(prompts_shifted_by(lambda logits: 0.2 - 0.2 * logits), SETTINGS)
    assert found.n == 12
    assert found.more_than_null
    assert found.logit.rho.high < -0.9
    assert found.logit.pvalue < 0.05
    assert found.per_prompt.rho.value == pytest.approx(-1)
    assert found.per_prompt.within_tasks.r == pytest.approx(-1)
    assert found.predictors.difference.value > 0


@pytest.mark.filterwarnings("error")
def test_a_constant_shift_of_every_logit_is_saturation_but_no_more_than_the_null_model():
    found = measure_null_model(prompts_shifted_by(lambda logits: 0 * logits + 0.4), SETTINGS)
    assert found.rho < -0.97
    assert found.shift == pytest.approx(0.4, abs=0.05)
    assert found.rho_constant_shift == pytest.approx(found.rho, abs=0.02)
    assert not found.more_than_null
    assert found.per_prompt.rho == UNDEFINED


def test_rho_is_that_of_the_saturation_over_best_improvements():
    prompts = made_up_prompts()
    experiments = experiments_of(prompts)
    found = measure_null_model(at_best_configuration(experiments, prompts), SETTINGS)
    expected = correlate_tasks(summarize_tasks(experiments, "best"), SETTINGS)
    assert found.rho == pytest.approx(expected.rho.value)


def test_the_histogram_holds_every_shuffle():
    found = shuffle_gains(tasks_of(np.linspace(0.01, 0.5, 8), np.linspace(1, 0.1, 8)), SETTINGS)
    assert sum(found.histogram.counts) == SETTINGS.resamples
    assert len(found.histogram.edges) == len(found.histogram.counts) + 1
    assert found.rho_shuffled.low <= found.rho_shuffled.value <= found.rho_shuffled.high


def test_few_tasks_are_tested_in_every_order():
    found = shuffle_gains(tasks_of([0.01, 0.05, 0.2, 0.6], [2.0, 1.0, 0.5, 0.1]), SETTINGS)
    assert found.rho == pytest.approx(-1)
    assert sum(found.histogram.counts) == 24
    assert found.pvalue == pytest.approx(np.round(24 * found.pvalue) / 24)


@pytest.mark.filterwarnings("error")
def test_a_task_that_reaches_certainty_or_loses_everything_keeps_the_figures_finite():
    tasks = tasks_of(np.geomspace(0.01, 0.9, 6), np.full(6, 0.5))
    tasks["probability"] = [0.0, *tasks["probability"][1:5], 1.0]
    tasks["logit_gain"] = logit_gain(tasks["probability"], tasks["baseline"])
    tasks["improvement"] = improvement(tasks["probability"], tasks["baseline"])
    found = shuffle_gains(tasks, SETTINGS)
    assert -1 <= found.rho_shuffled.low <= found.rho_shuffled.high <= 1
    assert found.pvalue is not None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "tasks",
    [
        tasks_of([0.1, 0.2, 0.3], [3, 2, 1]),
        tasks_of([0.1] * 6, np.arange(6)),
        tasks_of(np.arange(1, 7) / 10, [0] * 6).assign(improvement=0.0),
    ],
    ids=["three tasks", "equal baselines", "no gain"],
)
def test_what_cannot_be_shuffled_is_none(tasks):
    found = shuffle_gains(tasks, SETTINGS)
    assert (found.rho, found.rho_shuffled, found.pvalue, found.more_than_null) == (None, UNDEFINED, None, None)


@pytest.mark.filterwarnings("error")
def test_a_smoke_sized_study_has_gains_but_no_null_model():
    found = measure_null_model(prompts_shifted_by(lambda logits: 0.4 - 0.1 * logits, tasks=3), SETTINGS)
    assert (found.n, found.rho, found.more_than_null, found.rho_constant_shift) == (3, None, None, None)
    assert found.shift > 0
    assert found.per_prompt.rho.value < 0


def test_the_order_of_rows_does_not_matter():
    prompts = prompts_shifted_by(lambda logits: 0.2 - 0.2 * logits, tasks=5)
    assert measure_null_model(prompts, SETTINGS) == measure_null_model(prompts.sample(frac=1, random_state=3), SETTINGS)
