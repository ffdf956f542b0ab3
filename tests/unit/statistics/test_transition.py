"""The transition zone: what is planted there is found, and what is not is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from made_up_evidence import evidence
from made_up_transition import COURSES, made_up_course

from sna.inputs.config import Statistics
from sna.inputs.studies import FEWEST_PROMPTS
from sna.statistics.fresh_prompts import improvement_of_means
from sna.statistics.transition import Change, measure_change, measure_transition
from sna.statistics.transition_course import fit_boundaries, measure_course
from sna.statistics.transition_curve import measure_curve
from sna.statistics.transition_parts import PARTS, compose, count_drawn
from sna.statistics.transition_prompts import PooledPrompts, pool_prompts
from sna.verdicts.claims import decide, read_claims

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
BOUNDARIES = (0.07, 0.1)
CLAIM = read_claims(Path(__file__).parents[3] / "report" / "claims.yaml")["zone2"]
STUDIES = 20


def changed(course: str, **made) -> Change:
    return measure_change(pool_prompts(made_up_course(course, **made)), BOUNDARIES, SETTINGS)


def judged(course: str, studies: int, **made) -> list[str]:
    found = [changed(course, seed=seed, **made) for seed in range(studies)]
    return [decide("zone2", CLAIM, "fresh", evidence({"transition/change": change})) for change in found]


def test_a_gain_that_falls_within_the_zone_is_found():
    assert judged("step", 6).count("holds") >= 5


def test_a_constant_logit_shift_is_no_transition():
    assert not {*judged("constant", 6)} & {"holds", "partly holds"}


def test_a_gain_that_falls_everywhere_lies_between_but_falls_no_faster():
    found = judged("gradual", 6, noise=0.1)
    assert "holds" not in found
    assert found.count("partly holds") >= 5


def test_noise_alone_seldom_makes_a_transition_zone():
    found = judged("nothing", STUDIES, noise=0.5)
    assert found.count("holds") + found.count("partly holds") <= 0.05 * STUDIES


def test_slopes_are_those_that_were_planted():
    course = measure_course(pool_prompts(made_up_course("step", noise=0.0)), BOUNDARIES, SETTINGS)
    planted = -0.4 / np.log10(0.1 / 0.07)
    assert [course.below.value, course.within.value, course.above.value] == pytest.approx([0, planted, 0], abs=1e-6)
    assert course.faster.value == pytest.approx(planted)


def test_without_noise_a_constant_shift_has_no_course_at_all():
    change = changed("constant", noise=0.0)
    assert change.course.faster.high == 0
    assert all(fall.logit_gain.value == 0 for fall in change.composed.falls.values())


def test_what_one_task_does_is_not_taken_for_a_course():
    """All tasks but one gain nothing, and that one has all its prompts just below the zone."""
    tasks = made_up_course("nothing", noise=0.05)
    odd = made_up_course("constant", tasks=["addition"], noise=0.05, baselines=(0.06, 0.0699))
    course = measure_course(pool_prompts([*odd, *tasks[1:]]), BOUNDARIES, SETTINGS)
    assert course.within.value < -0.3
    assert course.within.high > -0.1


def test_the_fitted_boundaries_are_those_that_were_planted():
    fitted = fit_boundaries(pool_prompts(made_up_course("step", noise=0.1)), BOUNDARIES, SETTINGS)
    assert fitted.lower.low <= 0.07 <= fitted.lower.high < 0.1
    assert 0.07 < fitted.upper.low <= 0.1 <= fitted.upper.high
    assert fitted.contains == {"0.07": True, "0.1": True}
    assert fitted.change == pytest.approx(-0.4, abs=0.05)
    assert fitted.r_squared > fitted.r_squared_line


def test_a_gain_that_still_changes_at_the_edge_has_no_boundary_there():
    fitted = fit_boundaries(pool_prompts(made_up_course("gradual", noise=0.01)), BOUNDARIES, SETTINGS)
    assert (fitted.lower_at_edge, fitted.upper_at_edge) == (True, True)
    assert (fitted.lower.value, fitted.upper.value) == (None, None)
    assert fitted.contains == {"0.07": None, "0.1": None}


def test_categories_with_too_few_prompts_are_named_with_their_number():
    tasks = made_up_course(tasks=["addition", "syllogisms"])
    few = made_up_course(tasks=["rhymes"], prompts=30)
    found = measure_transition([*tasks, *few], BOUNDARIES, SETTINGS)
    inside = sum((task.baseline >= 0.07) & (task.baseline <= 0.1) for task in few).sum()
    assert found.too_few["poetry"] == inside < FEWEST_PROMPTS
    assert not {*found.categories} & {*found.too_few}
    assert found.change.composed.parts["transition"].n == sum(
        [*found.too_few.values(), *(own.parts["transition"].n for own in found.categories.values())]
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("made", [{"tasks": []}, {"tasks": ["addition"]}, {"prompts": 2}, {"baselines": (0.3, 0.4)}])
def test_too_few_prompts_or_tasks_leave_no_figures(made):
    found = measure_transition(made_up_course(**made), BOUNDARIES, SETTINGS)
    assert found.change.course.faster.value is None
    assert found.categories == {}
    assert not found.change.composed.parts["transition"].enough


def test_a_composed_task_has_the_improvement_of_its_prompts():
    tasks = made_up_course()
    part = measure_transition(tasks, BOUNDARIES, SETTINGS).change.composed.parts["zone1"]
    baseline, probability = (np.concatenate([getattr(task, name) for task in tasks]) for name in
                             ("baseline", "probability"))  # fmt: skip
    inside = baseline < 0.07
    assert part.improvement.value == pytest.approx(improvement_of_means(probability[inside], baseline[inside]))
    assert part.improvement.low < part.improvement.value < part.improvement.high
    assert part.baseline == pytest.approx(baseline[inside].mean())


def test_prompts_without_random_neurons_are_left_out():
    task = made_up_course(tasks=["addition"], prompts=60)[0]
    random = task.controls["random"]
    half = random.prompt < 30
    measured = replace(random, **{name: getattr(random, name)[half] for name in
                                  ("draw", "prompt", "probability", "logit_gain", "top")})  # fmt: skip
    assert len(pool_prompts([replace(task, controls={"random": measured})]).beyond) == 30


def test_the_curve_follows_the_gain_and_a_constant_shift_is_flat_in_logits_alone():
    curve = measure_curve(pool_prompts(made_up_course("constant", noise=0.0)), BOUNDARIES, SETTINGS)
    assert [point.value for point in curve.logit_gain] == pytest.approx([0.4] * len(curve.baseline))
    # Within what a window of a fifth of the prompts smooths away.
    assert [point.value for point in curve.improvement] == pytest.approx(curve.improvement_of_shift, abs=3)
    assert curve.steepness.constant_shift == 0
    assert curve.steepness_improvement.constant_shift < -1
    assert curve.steepness_improvement.within.value == pytest.approx(
        curve.steepness_improvement.constant_shift, rel=0.1
    )


def test_a_step_is_steeper_in_the_zone_than_elsewhere():
    curve = measure_curve(pool_prompts(made_up_course("step", noise=0.1)), BOUNDARIES, SETTINGS)
    assert curve.steepness.within.high < 0
    assert curve.steepness.share_as_steep < 0.1


def pooled(baseline: list[float], category: list[int]) -> PooledPrompts:
    zeros = np.zeros(len(baseline))
    names = np.array([f"category {number}" for number in category], dtype=str)
    return PooledPrompts(np.array(category, dtype=int), names, np.array(baseline), zeros, zeros, zeros, zeros)


@given(
    strategies.lists(strategies.tuples(strategies.floats(1e-6, 1), strategies.integers(0, 2)), min_size=1, max_size=60)
)
@settings(max_examples=50, deadline=None)
def test_every_prompt_is_in_one_zone_and_neighbours_are_the_nearest_of_their_category(drawn):
    baseline, category = map(list, zip(*drawn, strict=True))
    prompts = pooled(baseline, category)
    parts = compose(prompts, BOUNDARIES)
    assert list(parts) == list(PARTS)
    assert (parts["zone1"].astype(int) + parts["transition"] + parts["zone3"] == 1).all()
    for kind in np.unique(prompts.category):
        own = prompts.category == kind
        n = (own & parts["transition"]).sum()
        for name, zone, sign in (("below", "zone1", -1), ("above", "zone3", 1)):
            chosen, others = own & parts[name], own & parts[zone] & ~parts[name]
            assert chosen.sum() == min(n, (own & parts[zone]).sum())
            assert not (parts[name] & ~parts[zone]).any()
            if chosen.any() and others.any():
                assert (sign * prompts.baseline[chosen]).max() <= (sign * prompts.baseline[others]).min()


def test_draws_are_counted_in_every_shape():
    assert count_drawn(np.array([0, 2, 2]), 3).tolist() == [1, 0, 2]
    assert count_drawn(np.array([[0, 0, 0], [1, 2, 0]]), 3).tolist() == [[3, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize("course", COURSES)
def test_the_same_seed_gives_the_same_figures(course):
    tasks = made_up_course(course, prompts=40)
    assert measure_transition(tasks, BOUNDARIES, SETTINGS) == measure_transition(tasks, BOUNDARIES, SETTINGS)
