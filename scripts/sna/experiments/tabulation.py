"""What the engine measures, laid out in rows."""

import numpy as np
import pandas as pd

from sna.engine.grid import Grid
from sna.engine.sweep import SweepResult


def tabulate_sweep(result: SweepResult, grid: Grid) -> pd.DataFrame:
    """Return a sweep's probabilities, one row a ranking, configuration and prompt.

    Parameters
    ----------
    result : SweepResult
    grid : Grid
        The configurations that were swept.

    Returns
    -------
    DataFrame
        `ranking` and `prompt` (from 0), `neurons` (how many are amplified), `multiplier`, `baseline`, `probability`,
        and `top`: whether the model would say the target. Directions follow after the rankings.
    """
    ranking, count, multiplier, prompt = (index.ravel() for index in np.indices(result.probabilities.shape))
    return pd.DataFrame(
        {
            "ranking": ranking,
            "neurons": np.array(grid.n_neurons)[count],
            "multiplier": np.array(grid.multipliers, dtype=float)[multiplier],
            "prompt": prompt,
            "baseline": result.baseline.numpy()[prompt],
            "probability": result.probabilities.flatten().numpy(),
            "top": result.top.flatten().numpy(),
        }
    )
