"""A made-up tuned model beside the one before, whose truth the tests know because they planted it."""

import numpy as np
from made_up import CATEGORIES, made_up_neurons
from made_up_fresh import in_blocks, made_up_controls, made_up_task

from sna.inputs.config import Statistics, Zones
from sna.statistics.fresh_model import measure_arranged
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.logits import shift
from sna.statistics.tuning import Tuning
from sna.statistics.tuning_model import Measured, measure_tuning

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7.0)
TASKS = list(CATEGORIES)[:6]
ON = ["addition", "subtraction"]
PROMPTS, DRAWS = 120, 40


def make_tasks(baseline: dict[str, np.ndarray], gain: float, seed: int) -> list[TaskPrompts]:
    """Make tasks with a gain by amplification, and random neurons that do nothing."""
    rng = np.random.default_rng(seed)
    tasks = []
    for name in sorted(TASKS):
        random = made_up_controls(rng.normal(0, 0.2, (DRAWS, PROMPTS)), measured=in_blocks(DRAWS, PROMPTS, 8))
        gains = gain + rng.normal(0, 0.2, PROMPTS)
        tasks.append(made_up_task(gains, name=name, baseline=baseline[name], random=random))
    return tasks


def tuned(tuning: float = 3.0, gain: float = 0.5, gain_after: float = 0.5, *, same_neurons: bool = True) -> Tuning:
    """Measure a model that was tuned on two of six tasks.

    Parameters
    ----------
    tuning : float
        By how much that raises the logits of the two; those of the others stay.
    gain, gain_after : float
        By how much amplification raises all before and after.
    same_neurons : bool
        Whether the same neurons are ranked first before and after.
    """
    rng = np.random.default_rng(5)
    before = {name: shift(0.03, rng.normal(0, 0.5, PROMPTS)) for name in TASKS}
    after = {name: shift(before[name], (tuning if name in ON else 0.0) + rng.normal(0, 0.3, PROMPTS)) for name in TASKS}
    found = []
    for baseline, own_gain, seed in ((before, gain, 1), (after, gain_after, 2)):
        tasks = make_tasks(baseline, own_gain, seed)
        fresh = measure_arranged(tasks, None, 50_000, ZONES, SETTINGS)
        ranking = made_up_neurons(tasks=6, layers=2, seed=0 if same_neurons else seed)
        found.append(Measured(tasks, fresh, ranking))
    return measure_tuning(
        *found, base="small", method="lora", tuned_on=ON, neurons=20, width=1000, zones=ZONES, settings=SETTINGS
    )
