"""Several tasks at once in a study without effect: all neurons, alone and together, make noise."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sna.inputs.config import Statistics
from sna.simulation.noise import centre, draw
from sna.statistics.together import Said, Together, Word, measure_sizes, say_all
from sna.statistics.together_rows import TaskGains, arrange_together


def simulate_together(tasks: Sequence[TaskGains], rng: np.random.Generator) -> list[TaskGains]:
    """Measure tasks again, as if neither a task's neurons nor those of several did anything but make noise.

    A prompt gets the gains that another one of its task, drawn at random, has under all sets, less their means over the
    task's prompts: so noise keeps its size, and what the gains of a prompt have in common.

    Parameters
    ----------
    tasks : sequence of TaskGains
        The study's own.
    rng : numpy.random.Generator

    Returns
    -------
    list of TaskGains
    """
    return [TaskGains(task.name, task.sets, draw(centre(task.gains), len(task.gains), rng)) for task in tasks]


def add_noise(found: Together, measured: pd.DataFrame, studies: int, settings: Statistics) -> Together:
    """Count how many studies without effect say the same of each size.

    Parameters
    ----------
    found : Together
    measured : DataFrame
        What it was found in: one model's rows of a table that keeps `sna.tables.TOGETHER`.
    studies : int
        How many are simulated.
    settings : Statistics
        The confidence level, and the seed: with a study's number it gives that study.

    Returns
    -------
    Together
    """
    tasks = arrange_together(measured)["selected"]
    counts: Counter[tuple[str, str, Word]] = Counter()
    for number in range(studies):
        simulated = simulate_together(tasks, np.random.default_rng([settings.seed, number]))
        for name, words in say_all(measure_sizes(simulated, settings), found.margin).items():
            counts.update((name, size, word) for size, word in words.items())
    said = {
        name: {size: Said(own.word, counts[name, size, own.word]) for size, own in by_size.items()}
        for name, by_size in found.said.items()
    }
    return replace(found, studies=studies, said=said)
