"""How sure a study's improvements are: their intervals over the prompts that they were measured on."""

from pathlib import Path

import numpy as np
import pandas as pd

from sna.inputs.config import Statistics
from sna.statistics.estimate import bootstrap_distribution, percentile_interval
from sna.statistics.fresh_prompts import improvement_of_means
from sna.tables import PROMPTS, read_table


def read_layer(path: Path, model: str, task: str, layer: int) -> pd.DataFrame:
    """Return a task's prompts under the configurations of one layer, without reading those of the others.

    Parameters
    ----------
    path : Path
        A table that keeps `sna.tables.PROMPTS`.
    model, task : str
    layer : int

    Returns
    -------
    DataFrame
        With that table's columns.

    Raises
    ------
    InputError
        As `sna.tables.read_table`.
    """
    return read_table(path, PROMPTS, model=model, task=task, layer=layer)


def measure_intervals(prompts: pd.DataFrame, settings: Statistics) -> pd.DataFrame:
    """Return each configuration's interval of improvement.

    All configurations are resampled together, so that they can be compared with one another. The intervals do not know
    that a configuration was chosen as the best of many: what the choice adds they do not contain.

    Parameters
    ----------
    prompts : DataFrame
        From `read_layer`.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    DataFrame
        `neurons`, `multiplier`, and the ends `low` and `high` of the bootstrap interval of the improvement, in percent.
    """
    wide = prompts.pivot(index=["neurons", "multiplier"], columns="prompt", values=["probability", "baseline"])
    probability, baseline = wide["probability"].to_numpy(), wide["baseline"].to_numpy()

    def measure(places: np.ndarray, axis: int) -> np.ndarray:
        return improvement_of_means(probability[:, places], baseline[:, places], axis)

    distributions = bootstrap_distribution([np.arange(probability.shape[1])], measure, settings)
    ends = [percentile_interval(distribution, settings.confidence_level) for distribution in distributions]
    return pd.DataFrame(ends, columns=["low", "high"], index=wide.index).reset_index()
