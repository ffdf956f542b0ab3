"""The selected neurons beside controls that are measured on blocks of the prompts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_fresh import in_blocks, made_up_controls, made_up_task

from sna.inputs.config import Statistics
from sna.statistics.fresh_controls import compare_with_controls, gains_on_all_prompts
from sna.statistics.logits import shift

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
PROMPTS = 240
STUDIES = 300


def blocks_of(effects, rng, noise=0.3, prompt_effects=0.0, *, prompts=PROMPTS, size=12):
    """Make controls with planted effects, each measured on a block of the prompts."""
    gains = np.asarray(effects)[:, None] + prompt_effects + rng.normal(0, noise, (len(effects), prompts))
    return made_up_controls(gains, measured=in_blocks(len(effects), prompts, size))


def spread_out(controls):
    return gains_on_all_prompts(controls)[0]


def compare(gains, controls, kind="random"):
    return compare_with_controls([made_up_task(gains, **{kind: controls})], kind, SETTINGS)["addition"]


# What a control would give on all prompts


def test_controls_that_are_all_alike_are_not_told_apart_by_the_noise_of_their_prompts():
    rng = np.random.default_rng(1)
    raw = blocks_of(np.zeros(200), rng)
    assert raw.by_draw(raw.logit_gain).std() > 0.08
    assert np.mean([spread_out(blocks_of(np.zeros(200), rng)).std() for _ in range(20)]) < 0.02


def test_what_sets_controls_apart_is_left_of_their_gains_and_nothing_else():
    rng = np.random.default_rng(2)
    effects = rng.normal(0.2, 0.4, 200)
    found = spread_out(blocks_of(effects, rng, prompt_effects=rng.normal(0, 2, PROMPTS)))
    assert found.std() == pytest.approx(effects.std(), rel=0.1)
    assert np.corrcoef(found, effects)[0, 1] > 0.9


@pytest.mark.filterwarnings("error")
def test_of_controls_of_which_no_two_share_prompts_the_prompts_effects_are_noise():
    rng = np.random.default_rng(8)
    prompt_effects = rng.normal(0, 0.5, PROMPTS)
    alike = [spread_out(blocks_of(np.zeros(20), rng, 0.1, prompt_effects)).std() for _ in range(20)]
    assert np.mean(alike) < 0.1
    effects = rng.normal(0, 1, 20)
    assert spread_out(blocks_of(effects, rng, 0.1)).std() == pytest.approx(effects.std(), rel=0.1)


@pytest.mark.filterwarnings("error")
def test_a_single_control_or_one_prompt_each_is_taken_as_it_is():
    assert spread_out(made_up_controls(np.ones((1, 6)))).tolist() == [1]
    each_its_own = made_up_controls(np.diag([1.0, 2.0, 3.0]), measured=np.eye(3, dtype=bool))
    assert spread_out(each_its_own).tolist() == pytest.approx([1, 2, 3])


@pytest.mark.filterwarnings("error")
def test_controls_on_all_prompts_that_do_not_differ_at_all_are_all_the_same():
    assert spread_out(made_up_controls(np.full((3, 4), 0.5))).tolist() == [0.5] * 3


def test_spreads_that_are_plausible_lie_about_the_one_that_is_estimated_and_closer_with_more_controls():
    rng = np.random.default_rng(9)
    ranges = []
    for draws in (40, 400):
        gains, plausible = gains_on_all_prompts(blocks_of(rng.normal(0, 0.3, draws), rng, 0.1))
        assert plausible.std(axis=1).min() < gains.std() < plausible.std(axis=1).max()
        ranges.append(np.ptp(plausible.std(axis=1)))
    assert ranges[1] < ranges[0] / 2


# The comparison


def test_selected_neurons_and_controls_are_compared_on_the_same_prompts():
    rng = np.random.default_rng(3)
    hard = rng.normal(0, 5, PROMPTS)  # whatever is amplified moves the prompts as much
    against = compare(hard + 0.1 + rng.normal(0, 0.01, PROMPTS), blocks_of(np.zeros(200), rng, 0.01, hard))
    assert against.difference.value == pytest.approx(0.1, abs=0.01)
    assert against.difference.high - against.difference.low < 0.01
    assert against.share_beaten == 1
    assert against.pvalue == pytest.approx(1 / 201)


def test_of_prompts_without_controls_nothing_is_compared():
    measured = np.zeros((3, 6), dtype=bool)
    measured[:, :4] = True
    gains = np.array([1.0, 2, 3, 2, 100, -100])
    against = compare(gains, made_up_controls(np.zeros((3, 6)), measured=measured))
    assert against.difference.value == 2


def test_a_gain_on_every_prompt_is_found_though_a_block_is_too_small_to_show_it():
    rng = np.random.default_rng(4)
    found = [compare(rng.normal(0.1, 0.3, PROMPTS), blocks_of(np.zeros(200), rng)) for _ in range(20)]
    assert np.mean([against.share_beaten for against in found]) < 0.9
    assert np.mean([against.pvalue < 0.05 for against in found]) > 0.8


@pytest.mark.parametrize(("spread", "noise", "size"), [(0.0, 0.3, 12), (0.05, 0.3, 6), (0.3, 0.3, 12), (0.1, 1.0, 6)])
def test_where_selected_neurons_are_as_any_others_few_studies_find_them_better(spread, noise, size):
    rng = np.random.default_rng(5)
    pvalues = []
    for _ in range(STUDIES):
        selected, *effects = rng.normal(0, spread, 121)
        gains = selected + rng.normal(0, noise, PROMPTS)
        pvalues.append(compare(gains, blocks_of(effects, rng, noise, size=size)).pvalue)
    allowed = 0.05 + 2 * np.sqrt(0.05 * 0.95 / STUDIES)
    assert np.mean(np.array(pvalues) <= 0.05) <= allowed


@given(st.floats(-3, 3), st.floats(0, 2))
def test_a_larger_gain_never_has_a_larger_pvalue_and_none_is_zero(gain, more):
    rng = np.random.default_rng(6)
    noise, controls = rng.normal(0, 0.5, 24), blocks_of(rng.normal(0, 0.2, 10), rng, prompts=24)
    less, greater = (compare(noise + value, controls) for value in (gain, gain + more))
    assert 1 / 11 <= greater.pvalue <= less.pvalue <= 1


def test_draws_that_are_as_good_on_their_prompts_are_not_beaten():
    gains = np.array([1.0, 1.0, 3.0, 3.0])
    measured = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0]], dtype=bool)
    controls = made_up_controls([[1.0, 1, 0, 0], [0, 0, 2, 2], [0, 0, 4, 4], [0.5, 0, 0, 0]], measured=measured)
    assert compare(gains, controls).share_beaten == 0.5


def test_a_draws_improvement_is_that_of_its_own_prompts():
    baseline = np.array([0.1, 0.1, 0.4, 0.4])
    measured = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    controls = made_up_controls([[0.5] * 4, [-0.5] * 4], baseline, measured=measured)
    found = compare_with_controls([made_up_task(np.ones(4), baseline=baseline, random=controls)], "random", SETTINGS)
    up, down = 100 * (shift(0.1, 0.5) / 0.1 - 1), 100 * (shift(0.4, -0.5) / 0.4 - 1)
    improvement = found["addition"].improvement
    assert improvement.value == pytest.approx((up + down) / 2)
    assert down <= improvement.low < improvement.high <= up


def test_pvalues_are_corrected_over_the_tasks_and_a_task_without_such_controls_is_left_out():
    rng = np.random.default_rng(7)
    gains = {"addition": 1.0, "antonyms": 0.0, "rhymes": 0.0}
    tasks = [
        made_up_task(rng.normal(gain, 0.3, PROMPTS), name=name, matched=blocks_of(np.zeros(60), rng))
        for name, gain in gains.items()
    ]
    found = compare_with_controls([*tasks, made_up_task(np.zeros(4), name="verses")], "matched", SETTINGS)
    assert list(found) == list(gains)
    assert found["addition"].pvalue_corrected == pytest.approx(3 * found["addition"].pvalue)
    assert compare_with_controls(tasks, "direction", SETTINGS) == {}


@pytest.mark.filterwarnings("error")
def test_nothing_that_varies_is_no_advantage():
    against = compare(np.zeros(6), made_up_controls(np.zeros((3, 6))))
    assert (against.share_beaten, against.pvalue) == (0, 1)
    assert (against.difference.value, against.difference.low) == (0, None)


@pytest.mark.filterwarnings("error")
def test_a_single_prompt_cannot_show_an_advantage():
    assert compare(np.ones(1), made_up_controls(np.zeros((5, 1)))).pvalue == 1
