"""What a made-up study found in one model, with noise that prompts share over configurations as measured noise is."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from made_up import CATEGORIES, made_up_classified, made_up_interference
from made_up_fresh import made_up_fresh
from scipy import special

from sna.experiments.sweep import Sweep, TaskSweep
from sna.simulation.studies import Findings, lay_out_statements
from sna.simulation.sweep import experiments_of
from sna.statistics.fresh_prompts import arrange_tasks

_NEURONS, _MULTIPLIERS = (5, 50, 500), (1.5, 3.0, 5.0)


def made_up_sweep(
    baselines: Iterable[float],
    noise: Iterable[float],
    *,
    tasks: Sequence[str] = tuple(CATEGORIES),
    prompts: int = 12,
    layers: int = 6,
    seed: int = 0,
) -> Sweep:
    """Make a sweep in which amplification does nothing but make noise.

    Parameters
    ----------
    baselines : iterable of float
        Mean baseline of each task's prompts, which differ in their odds by a factor of 2.7 (standard deviation).
    noise : iterable of float
        Standard deviation of each task's logit changes under the largest configurations; under the smallest it is a
        twentieth of that. A quarter of its square is of the prompt, a third of the prompt and the layer. It has heavy
        tails.
    tasks : sequence of str
        Their names, of `made_up.CATEGORIES`.
    prompts, layers : int
    seed : int
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    size = np.multiply.outer(np.linspace(0.2, 1, len(_NEURONS)), np.linspace(0.25, 1, len(_MULTIPLIERS)))
    made = []
    for task, typical, scale in zip(tasks, baselines, noise, strict=True):
        odds = special.logit(typical) + rng.normal(0, 1, prompts)
        baseline = special.expit(odds)
        baseline *= typical / baseline.mean()
        shapes = (prompts, 1, 1, 1), (prompts, layers, 1, 1), (prompts, layers, *size.shape)
        parts = [weight * rng.standard_t(5, shape) for weight, shape in zip((0.4, 0.45, 0.5), shapes, strict=True)]
        changes = (scale * size * sum(parts)).reshape(prompts, -1)
        baseline = np.clip(baseline, 1e-9, 0.999)
        probability = special.expit(special.logit(baseline)[:, None] + changes)
        fold = np.where(rng.permutation(prompts) % 2, "second", "first")
        made.append(TaskSweep(task, CATEGORIES[task], fold, baseline, probability))
    grid = pd.MultiIndex.from_product([range(layers), _NEURONS, _MULTIPLIERS], names=["layer", "neurons", "multiplier"])
    return Sweep("small", grid.to_frame(index=False), sorted(made, key=lambda task: task.task))


def made_up_findings(
    baselines: Iterable[float], noise: Iterable[float], *, guess: float = 0.2, layers: int = 6, seed: int = 0
) -> Findings:
    """Make what a study of all tasks found in which amplification does nothing but make noise.

    Parameters
    ----------
    baselines, noise, layers, seed
        As `made_up_sweep` takes them; the fresh prompts have the same typical baselines.
    guess : float
        Probability of a fresh target after another prompt, beside that after its own.
    """
    sweep = made_up_sweep(baselines, noise, layers=layers, seed=seed)
    fresh = made_up_fresh(baselines=dict(zip(CATEGORIES, baselines, strict=True)), guess=guess, seed=seed)
    return Findings(
        sweep=sweep,
        experiments=experiments_of(sweep),
        classified=made_up_classified(tuning=100, test=400, seed=seed),
        fresh=arrange_tasks(fresh.prompts, fresh.gains),
        statements=lay_out_statements(made_up_interference(seed=seed)),
    )
