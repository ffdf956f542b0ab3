"""The statements on interference in a study without effect: texts and targets make noise under all neurons."""

from dataclasses import replace

import numpy as np

from sna.experiments.sweep import Sweep
from sna.simulation.noise import centre, draw
from sna.simulation.sweep import best_configuration
from sna.statistics.logits import logit_gain, shift
from sna.statistics.statement_rows import MeasuredRows, MeasuredSource, MeasuredTask


def simulate_statement(rows: MeasuredRows, swept: Sweep | None, rng: np.random.Generator) -> MeasuredRows:
    """Measure a statement again, as if neither the sources' neurons nor random ones did anything but make noise.

    A prompt gets the changes that another one of its task, drawn at random, has under all neurons, less their means
    over the task's prompts: so what a prompt's changes have in common stays.

    Parameters
    ----------
    rows : MeasuredRows
        The study's own, on one set of prompts.
    swept : Sweep or None
        The simulated sweep, if the prompts are those of which it chose the sources' configurations: their own targets
        then gain what the best configuration of the statement's layer gained by chance.
    rng : numpy.random.Generator

    Returns
    -------
    MeasuredRows
    """
    return MeasuredRows(
        sources=[_simulate_source(source, swept, rng) for source in rows.sources],
        tasks=[_simulate_task(task, rng) for task in rows.tasks],
    )


def _simulate_source(source: MeasuredSource, swept: Sweep | None, rng: np.random.Generator) -> MeasuredSource:
    if swept is None:
        return replace(source, own_gains=draw(centre(source.own_gains), len(source.own_gains), rng))
    task = next(task for task in swept.tasks if task.task == source.name)
    best = best_configuration(task, swept.configurations, source.configuration.layer)
    return replace(source, own_gains=logit_gain(task.probability[:, best], task.baseline))


def _simulate_task(task: MeasuredTask, rng: np.random.Generator) -> MeasuredTask:
    """Simulate one measured task, whose arrays have the shape (sources, prompts)."""
    on_logits = [logit_gain(found, task.baseline) for found in (task.probability, task.random_probability)]
    noise = [centre(changes.T) for changes in (task.changes, task.random, *on_logits)]
    drawn = draw(np.stack(noise, axis=1), len(task.baseline), rng)  # (prompts, 4, sources)
    changes, random, of_target, of_target_by_random = drawn.transpose(1, 2, 0)
    return replace(
        task,
        changes=changes,
        random=random,
        probability=shift(task.baseline, of_target),
        random_probability=shift(task.baseline, of_target_by_random),
    )
