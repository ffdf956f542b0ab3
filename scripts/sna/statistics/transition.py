"""Is there a transition zone: does the gain change where the paper says that it does, and faster than elsewhere?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sna.inputs.config import Statistics
from sna.inputs.studies import FEWEST_PROMPTS
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.transition_course import Boundaries, Course, fit_boundaries, measure_course
from sna.statistics.transition_curve import Curve, measure_curve
from sna.statistics.transition_parts import Composed, compose, measure_composed
from sna.statistics.transition_prompts import PooledPrompts, pool_prompts


@dataclass(frozen=True)
class Change:
    """What decides whether there is a transition zone: the prompts of all categories together.

    Attributes
    ----------
    composed : Composed
    course : Course
    if_all_within : float or None
        What `course.faster` would be if the gain of zone 1 vanished, all of it within the transition zone.
    """

    composed: Composed
    course: Course
    if_all_within: float | None


@dataclass(frozen=True)
class Transition:
    """One model's fresh prompts by their own baselines.

    Attributes
    ----------
    boundaries : list of float
        The paper's, of the transition zone.
    tasks : int
        How many tasks the prompts are of: those that the model knows.
    change : Change
    categories : dict
        A composed task of each category of which 24 or more prompts lie in the zone.
    too_few : dict
        Of every other category, how many do.
    fitted : Boundaries
    curve : Curve or None
        None where there are too few prompts or tasks for one.
    """

    boundaries: list[float]
    tasks: int
    change: Change
    categories: dict[str, Composed]
    too_few: dict[str, int]
    fitted: Boundaries
    curve: Curve | None


def measure_transition(tasks: Sequence[TaskPrompts], boundaries: Sequence[float], settings: Statistics) -> Transition:
    """Compose tasks of the prompts in the transition zone and of those beside it, and measure where the gain changes.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Those that the model knows, each with random controls.
    boundaries : sequence of float
        The paper's, of the transition zone.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Transition
    """
    prompts = pool_prompts(tasks)
    parts = compose(prompts, boundaries)
    inside = {kind: int(parts["transition"][prompts.category == kind].sum()) for kind in np.unique(prompts.category)}
    return Transition(
        boundaries=list(boundaries),
        tasks=len(tasks),
        change=measure_change(prompts, boundaries, settings),
        categories={
            kind: measure_composed(prompts, parts, settings, category=kind)
            for kind, n in inside.items()
            if n >= FEWEST_PROMPTS
        },
        too_few={kind: n for kind, n in inside.items() if n < FEWEST_PROMPTS},
        fitted=fit_boundaries(prompts, boundaries, settings),
        curve=measure_curve(prompts, boundaries, settings),
    )


def measure_change(prompts: PooledPrompts, boundaries: Sequence[float], settings: Statistics) -> Change:
    """Measure what decides whether there is a transition zone.

    Parameters
    ----------
    prompts : PooledPrompts
    boundaries : sequence of float
        The paper's, of the transition zone.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Change
    """
    composed = measure_composed(prompts, compose(prompts, boundaries), settings)
    gain = composed.parts["zone1"].logit_gain_beyond.value
    decades = float(np.log10(boundaries[1] / boundaries[0]))
    return Change(composed, measure_course(prompts, boundaries, settings), None if gain is None else -gain / decades)
