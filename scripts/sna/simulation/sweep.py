"""The sweep of a study without effect, and what the study then chooses."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from sna.experiments.sweep import Sweep, TaskSweep
from sna.simulation.noise import centre, draw
from sna.statistics.configuration import Configuration
from sna.statistics.logits import logit_gain, shift
from sna.tables import EXPERIMENTS


def noise_of_sweep(sweep: Sweep) -> dict[str, np.ndarray]:
    """Return the logit changes of each task's prompts, less their mean under each configuration.

    Parameters
    ----------
    sweep : Sweep

    Returns
    -------
    dict of str to ndarray, shape (prompts, configurations)
        By task.
    """
    return {task.task: centre(logit_gain(task.probability, task.baseline[:, None])) for task in sweep.tasks}


def simulate_sweep(sweep: Sweep, noise: Mapping[str, np.ndarray], rng: np.random.Generator) -> Sweep:
    """Sweep again, as if no configuration did anything but make noise.

    Each prompt gets the logit changes that one prompt of its task, drawn at random, has under all configurations: so
    noise keeps its size and its correlation over configurations, on which it depends how much the best of all of them
    gains by chance.

    Parameters
    ----------
    sweep : Sweep
        The study's own.
    noise : mapping
        From `noise_of_sweep`.
    rng : numpy.random.Generator

    Returns
    -------
    Sweep
        With the same tasks, prompts, baselines and configurations.
    """
    return replace(
        sweep,
        tasks=[
            replace(task, probability=shift(task.baseline[:, None], draw(noise[task.task], len(task.baseline), rng)))
            for task in sweep.tasks
        ],
    )


def experiments_of(sweep: Sweep) -> pd.DataFrame:
    """Average each configuration over its prompts, as `sna.experiments.aggregation.aggregate_prompts` does.

    Parameters
    ----------
    sweep : Sweep

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    """
    rows = [
        sweep.configurations.assign(
            model=sweep.model,
            task=task.task,
            category=task.category,
            baseline=task.baseline.mean(),
            probability=task.probability.mean(axis=0),
            improvement=task.improvements(),
        )
        for task in sweep.tasks
    ]
    experiments = pd.concat(rows, ignore_index=True)
    return experiments.assign(success=experiments["improvement"] > 0)[list(EXPERIMENTS.columns)]


def best_configuration(task: TaskSweep, configurations: pd.DataFrame, layer: int | None = None) -> int:
    """Return which configuration improves a task most, of all or of one layer.

    Parameters
    ----------
    task : TaskSweep
    configurations : DataFrame
        The sweep's.
    layer : int, optional

    Returns
    -------
    int
        Its place in `configurations`.
    """
    places = np.arange(len(configurations))
    if layer is not None:
        places = places[configurations["layer"] == layer]
    return int(places[np.argmax(task.improvements()[places])])


def configuration_at(place: int, configurations: pd.DataFrame) -> Configuration:
    """Return the configuration at a place of the sweep's.

    Parameters
    ----------
    place : int
    configurations : DataFrame
        `layer`, `neurons` and `multiplier`.

    Returns
    -------
    Configuration
    """
    row = configurations.iloc[place]
    return Configuration(int(row["layer"]), int(row["neurons"]), float(row["multiplier"]))
