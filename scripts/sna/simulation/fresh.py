"""Fresh prompts in a study without effect: whatever its sweep chose, all neurons make the same noise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sna.experiments.sweep import Sweep
from sna.simulation.sweep import best_configuration, configuration_at
from sna.statistics.fresh_prompts import Controls, TaskPrompts
from sna.statistics.logits import logit_gain, shift


def simulate_fresh(
    fresh: Sequence[TaskPrompts],
    swept: Sweep,
    layers: Mapping[str, int],
    noise: Mapping[str, np.ndarray],
    rng: np.random.Generator,
) -> list[TaskPrompts]:
    """Measure the fresh prompts again, as if no neurons did anything to them but make noise.

    Amplified are the configurations that the simulated sweep chose. A fresh prompt has the changes of one evaluation
    prompt of its task, drawn at random, under all of them. A set of random neurons has on each of its prompts another
    one's change under the task's best configuration: it makes as much noise, and has no effect of its own.

    Parameters
    ----------
    fresh : sequence of TaskPrompts
        The study's own, of the tasks of the sweep.
    swept : Sweep
        From `sna.simulation.sweep.simulate_sweep`.
    layers : mapping of str to int
        The best layer of each category of tasks in the simulated sweep.
    noise : mapping
        From `sna.simulation.sweep.noise_of_sweep`.
    rng : numpy.random.Generator

    Returns
    -------
    list of TaskPrompts
        Of controls, with random ones alone.
    """
    simulated = []
    for task in fresh:
        of_sweep = next(other for other in swept.tasks if other.task == task.name)
        best = best_configuration(of_sweep, swept.configurations)
        at_layers = {
            category: best_configuration(of_sweep, swept.configurations, layer) for category, layer in layers.items()
        }
        measured = _simulate_task(task, best, at_layers, noise[task.name], rng)
        simulated.append(
            replace(measured, configuration=configuration_at(best, swept.configurations), layers=dict(layers))
        )
    return simulated


def _simulate_task(
    task: TaskPrompts, best: int, at_layers: Mapping[str, int], noise: np.ndarray, rng: np.random.Generator
) -> TaskPrompts:
    """Measure one task again, under configurations that are given by their places in the sweep's."""
    drawn = rng.integers(len(noise), size=len(task.baseline))
    flip = _flips(task)
    probability = shift(task.baseline, noise[drawn, best])
    return replace(
        task,
        probability=probability,
        logit_gain=logit_gain(probability, task.baseline),
        top_amplified=task.top ^ (rng.random(len(task.top)) < flip[task.top.astype(int)]),
        controls={"random": _simulate_random(task, noise[:, best], flip, rng)},
        layer_gains={category: float(noise[drawn, place].mean()) for category, place in at_layers.items()},
    )


def _simulate_random(task: TaskPrompts, noise: np.ndarray, flip: np.ndarray, rng: np.random.Generator) -> Controls:
    random = task.controls["random"]
    baseline, top = task.baseline[random.prompt], task.top[random.prompt]
    probability = shift(baseline, rng.choice(noise, size=len(baseline)))
    return replace(
        random,
        probability=probability,
        logit_gain=logit_gain(probability, baseline),
        top=top ^ (rng.random(len(top)) < flip[top.astype(int)]),
    )


def _flips(task: TaskPrompts) -> np.ndarray:
    """Return how often random neurons change whether the target is the most likely continuation, shape (2,).

    First of the prompts of which it is not, then of those of which it is; NaN where there are none. How a change of its
    logit decides that cannot be known without the other continuations. So in a study without effect all neurons put
    answers right, and break them, as often as the study's own random ones do.
    """
    random = task.controls["random"]
    top = task.top[random.prompt]
    changed = random.top != top
    with np.errstate(invalid="ignore"):
        return np.array([changed[top == before].sum() / np.sum(top == before) for before in (False, True)])
