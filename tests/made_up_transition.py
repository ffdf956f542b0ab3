"""Made-up prompts over all baselines, whose gain follows a planted course, and made-up evidence of such a study."""

from collections.abc import Callable, Sequence

import numpy as np
from made_up import CATEGORIES
from made_up_fresh import made_up_controls, made_up_task

from sna.inputs.studies import FEWEST_PROMPTS
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.transition import Change, Transition
from sna.statistics.transition_course import Boundaries, Course
from sna.statistics.transition_curve import Curve, Steepness
from sna.statistics.transition_parts import FALLS, Composed, Fall, Part

#: Courses of the logit gain over the baseline.
COURSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "step": lambda baseline: 0.4 * np.interp(np.log10(baseline), np.log10([0.07, 0.1]), [1, 0]),
    "constant": lambda baseline: np.full_like(baseline, 0.4),
    "gradual": lambda baseline: 0.4 * np.interp(np.log10(baseline), [-3, 0], [1, 0]),
    "nothing": np.zeros_like,
}


def made_up_course(
    course: str = "step",
    *,
    tasks: Sequence[str] = tuple(CATEGORIES),
    prompts: int = 240,
    noise: float = 0.3,
    baselines: tuple[float, float] = (0.002, 0.8),
    seed: int = 0,
) -> list[TaskPrompts]:
    """Make tasks whose prompts have baselines of all sizes.

    Parameters
    ----------
    course : str
        Of `COURSES`.
    tasks : sequence of str
        Of `made_up.CATEGORIES`.
    prompts : int
        Of each task.
    noise : float
        Standard deviation of each prompt's logit gain, under the task's own neurons and under random ones.
    baselines : (float, float)
        Between which the logarithms of the baselines are spread evenly.
    seed : int
    """
    rng = np.random.default_rng(seed)
    made = []
    for name in tasks:
        baseline = 10 ** rng.uniform(*np.log10(baselines), prompts)
        random = made_up_controls(rng.normal(0, noise, (4, prompts)), baseline)
        gains = COURSES[course](baseline) + rng.normal(0, noise, prompts)
        made.append(made_up_task(gains, name=name, baseline=baseline, random=random))
    return made


def part(gain: tuple[float, float, float] = (0.3, 0.2, 0.4), n: int = 120) -> Part:
    """Return a part of `n` prompts; of fewer than 24 there are no figures."""
    if n < FEWEST_PROMPTS:
        return Part(n, 1, False, *[None] * 3, *[UNDEFINED] * 4)
    found = Estimate(*gain)
    return Part(n, 9, True, 0.08, 0.07, 0.1, found, found, Estimate(30, 20, 40), Estimate(29, 19, 39))


def composed(n: int = 120) -> Composed:
    """Return composed tasks of `n` prompts, whose gain falls within the zone."""
    gains = {
        "zone1": (0.4, 0.35, 0.45),
        "below": (0.39, 0.3, 0.48),
        "transition": (0.2, 0.15, 0.25),
        "above": (0.01, -0.05, 0.07),
        "zone3": (0.0, -0.05, 0.05),
    }
    fall = Fall(Estimate(0.2, 0.1, 0.3), Estimate(20, 10, 30))
    return Composed(
        {name: part(gain, n if "zone" not in name else 10 * n) for name, gain in gains.items()},
        dict.fromkeys(FALLS, fall if n >= FEWEST_PROMPTS else Fall(UNDEFINED, UNDEFINED)),
    )


def course(faster: tuple[float, float, float] | None = (-2.4, -3.0, -1.8)) -> Course:
    """Return how fast the gain changes; without figures for None."""
    if faster is None:
        return Course(40, *[UNDEFINED] * 4)
    beside = Estimate(-0.1, -0.2, 0.1)
    return Course(1800, beside, Estimate(-2.5, -3.1, -1.9), beside, Estimate(*faster))


_STEEPNESS = Steepness(Estimate(-0.5, -0.8, -0.3), 0.05, 0.0)
#: As the paper has it.
TRANSITION = Transition(
    boundaries=[0.07, 0.1],
    tasks=10,
    change=Change(composed(), course(), if_all_within=-2.58),
    categories={"arithmetic": composed(40), "logic": composed(30)},
    too_few={"semantics": 12, "coding": 9},
    fitted=Boundaries(
        n=2400,
        lower=Estimate(0.068, 0.05, 0.08),
        upper=Estimate(0.11, 0.09, 0.15),
        lower_at_edge=False,
        upper_at_edge=False,
        change=-0.4,
        r_squared=0.2,
        r_squared_line=0.15,
        contains={"0.07": True, "0.1": True},
    ),
    curve=Curve(
        baseline=[0.01, 0.08, 0.5],
        logit_gain=[Estimate(0.4, 0.3, 0.5), Estimate(0.2, 0.1, 0.3), Estimate(0.0, -0.1, 0.1)],
        logit_gain_random=[0.0, 0.0, 0.0],
        improvement=[Estimate(45, 30, 60), Estimate(20, 10, 30), Estimate(0, -10, 10)],
        improvement_random=[1.0, 0.5, 0.0],
        shift=0.2,
        improvement_of_shift=[22.0, 20.0, 10.0],
        steepness=_STEEPNESS,
        steepness_improvement=_STEEPNESS,
    ),
)
#: What 10 prompts in the zone leave of it.
TOO_SMALL = Transition(
    boundaries=[0.07, 0.1],
    tasks=2,
    change=Change(composed(10), course(None), if_all_within=None),
    categories={},
    too_few={"arithmetic": 6, "logic": 4},
    fitted=Boundaries(10, UNDEFINED, UNDEFINED, False, False, None, None, None, {"0.07": None, "0.1": None}),
    curve=None,
)
