"""Each task on its fresh prompts."""

import numpy as np
import pandas as pd
import pytest
from made_up_fresh import in_blocks, made_up_controls, made_up_task

from sna.inputs.config import Statistics, Zones
from sna.statistics.fresh import ProseEffect
from sna.statistics.fresh_tasks import measure_prose, measure_tasks
from sna.tables import PROSE

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7.0)
PROMPTS = 240


def measure(*tasks, vocabulary=50_000, prose=None):
    return list(measure_tasks(tasks, prose, vocabulary, ZONES, SETTINGS).values())


def task(gain, *, noise=0.2, spread=0.02, prompts=PROMPTS, seed=1, random_gain=0.0, **others):
    """Make a task with a planted gain beside 240 random draws with another."""
    rng = np.random.default_rng(seed)
    effects = random_gain + rng.normal(0, spread, 240)
    gains = effects[:, None] + rng.normal(0, noise, (240, prompts))
    random = made_up_controls(gains, measured=in_blocks(240, prompts, 12))
    baseline = np.exp(rng.normal(np.log(0.05), 0.3, prompts))
    return made_up_task(gain + rng.normal(0, noise, prompts), random=random, **{"baseline": baseline} | others)


# Whether a gain holds


def test_ten_percent_on_every_prompt_while_random_neurons_do_nothing_holds():
    [found] = measure(task(0.1))
    assert found.holds
    assert found.improvement.low > 0
    assert found.logit_gain.low < 0.1 < found.logit_gain.high
    assert found.random.difference.low > 0


def test_what_random_neurons_do_as_well_does_not_hold():
    [found] = measure(task(0.3, random_gain=0.3))
    assert found.improvement.low > 0
    assert found.logit_gain.low > 0
    assert not found.holds


def test_a_gain_in_logit_that_is_no_gain_in_probability_does_not_hold():
    # The unlikely targets rise, and the likely one falls.
    rng = np.random.default_rng(1)
    likely = np.arange(PROMPTS) < 60
    baseline = np.where(likely, 0.8, 0.001)
    gains = np.where(likely, -0.3, 0.6) + rng.normal(0, 0.05, PROMPTS)
    [found] = measure(made_up_task(gains, baseline=baseline))
    assert found.logit_gain.low > 0
    assert found.improvement.high < 0
    assert not found.holds


def test_one_prompt_that_makes_all_of_the_improvement_does_not_make_it_hold():
    rng = np.random.default_rng(2)
    gains = rng.normal(-0.05, 0.2, PROMPTS)
    gains[0] = 6.0
    [found] = measure(made_up_task(gains, baseline=np.full(PROMPTS, 0.01)))
    assert found.improvement.value > 10
    assert found.median_ratio < 1
    assert not found.holds


def test_harm_does_not_hold():
    [found] = measure(task(-0.3))
    assert found.logit_gain.high < 0
    assert found.random.pvalue > 0.95
    assert not found.holds


def test_noise_alone_seldom_holds():
    tasks = [task(0.0, seed=seed, prompts=120, name=name) for seed in range(20) for name in ("addition", "rhymes")]
    assert sum(found.holds for start in range(0, 40, 2) for found in measure(*tasks[start : start + 2])) <= 2


# What a task is like


def test_a_task_is_described_by_its_prompts():
    baseline = np.array([0.02, 0.04, 0.06, 0.08])
    probability = np.array([0.04, 0.04, 0.03, 0.16])
    gains = np.log(probability / (1 - probability)) - np.log(baseline / (1 - baseline))
    [found] = measure(made_up_task(gains, baseline=baseline, name="verses"))
    assert (found.category, found.n, found.zone) == ("poetry", 4, 1)
    assert found.baseline.value == pytest.approx(0.05)
    assert found.guess == pytest.approx(0.01)
    assert found.improvement.value == pytest.approx(100 * (probability.mean() / 0.05 - 1))
    assert found.median_ratio == pytest.approx(1.5)
    assert found.share_improved.value == 0.5
    assert found.logit_gain.value == pytest.approx(gains.mean())


def guessing(factor, baseline):
    """Make a task whose targets are so many times as likely after their own prompts as after others, on average."""
    rng = np.random.default_rng(3)
    arranged = made_up_task(np.zeros(100), baseline=baseline * rng.lognormal(0, 0.5, 100))
    vars(arranged)["guess"] = baseline * rng.lognormal(0, 0.5, 100) / factor
    return arranged


@pytest.mark.parametrize(
    ("factor", "baseline", "known"), [(5.0, 0.05, True), (1.0, 0.05, False), (0.5, 0.05, False), (5.0, 1e-5, False)]
)
def test_a_model_knows_a_task_if_its_baseline_is_above_a_guess_and_above_a_uniform_one(factor, baseline, known):
    [found] = measure(guessing(factor, baseline))
    assert found.known is known
    assert found.above_guess.value == pytest.approx(np.log(factor), abs=0.2)


@pytest.mark.filterwarnings("error")
def test_what_does_not_vary_is_not_clear():
    [found] = measure(made_up_task(np.full(4, 0.5)))
    assert (found.known, found.holds) == (False, False)
    assert found.logit_gain.low is None
    assert (found.matched, found.direction, found.other, found.prose, found.prose_random) == (None,) * 5


@pytest.mark.filterwarnings("error")
def test_a_single_prompt_has_figures_without_intervals():
    [found] = measure(made_up_task([0.5]))
    assert found.improvement.value > 0
    assert (found.improvement.low, found.baseline.low, found.logit_gain.low) == (None, None, None)
    assert not found.holds


# Prose


def test_prose_is_measured_over_all_texts_and_draws_of_a_kind():
    rows = [
        ("small", "addition", "selected", 0, 0, 10, -20.0, -30.0, 5.0),
        ("small", "addition", "selected", 0, 1, 30, -60.0, -90.0, 3.0),
        ("small", "addition", "random", 0, 0, 10, -20.0, -20.0, 0.0),
        ("small", "addition", "random", 1, 0, 10, -20.0, -40.0, 2.0),
        ("small", "rhymes", "selected", 0, 0, 10, -20.0, -20.0, 0.0),
    ]
    prose = PROSE.check(pd.DataFrame(rows, columns=list(PROSE.columns)), "prose")
    found = measure_prose(prose)
    assert found["addition"]["selected"] == ProseEffect(*map(pytest.approx, (np.exp(2), np.exp(3), 0.2)))
    assert found["addition"]["random"] == ProseEffect(*map(pytest.approx, (np.exp(2), np.exp(3), 0.1)))
    [task_found] = measure(made_up_task(np.zeros(2), name="rhymes"), prose=prose)
    assert task_found.prose == found["rhymes"]["selected"]
    assert task_found.prose_random is None
    assert measure_prose(None) == {}
