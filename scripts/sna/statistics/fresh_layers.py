"""Does a category of tasks gain most at the layer that its evaluation prompts found best for it?"""

from collections.abc import Sequence

import numpy as np

from sna.inputs.config import Statistics
from sna.statistics.estimate import mean_estimate
from sna.statistics.fresh import FreshLayers
from sna.statistics.fresh_prompts import TaskPrompts


def measure_fresh_layers(tasks: Sequence[TaskPrompts], settings: Statistics) -> FreshLayers:
    """Compare each task's gain at its own category's best layer with those at the other categories'.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Those that the model knows.
    settings : Statistics
        The confidence level.

    Returns
    -------
    FreshLayers
        Without figures where no task was measured at the best layers of two categories.
    """
    layers = {category: layer for task in tasks for category, layer in sorted(task.layers.items())}
    differences = [
        task.layer_gains[task.category] - np.mean(others)
        for task in tasks
        if task.category in task.layer_gains
        and (others := [gain for category, gain in task.layer_gains.items() if category != task.category])
    ]
    return FreshLayers(
        specialization=mean_estimate(differences, settings),
        by_category={
            category: {
                best: mean_estimate(
                    [task.layer_gains[best] for task in tasks if task.category == category and best in task.layers],
                    settings,
                )
                for best in layers
            }
            for category in sorted({task.category for task in tasks})
        },
        layers=layers,
    )
