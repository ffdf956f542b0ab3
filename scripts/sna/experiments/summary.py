"""One row a task: what the sweep did to it, in the figures that statistics, plots and tables share."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

TaskImprovement = Literal["best", "mean", "median"]

#: What the models of a study are called where they are taken together; no model can have this name.
ALL_MODELS = "all models"

#: The pandas reduction that stands for each choice of a task's improvement.
REDUCTIONS: dict[str, str] = {"best": "max", "mean": "mean", "median": "median"}


def summarize_tasks(experiments: pd.DataFrame, task_improvement: TaskImprovement) -> pd.DataFrame:
    """Summarize each task over all of its configurations.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.
    task_improvement : {"best", "mean", "median"}
        Which configuration, or which average over them, speaks for the task.

    Returns
    -------
    DataFrame
        One row a model and task, sorted by them: `model`, `task`, `category`, `baseline` (probability), `improvement`
        (percent, by `task_improvement`), `best_improvement` (percent), `best_layer`, `best_neurons`,
        `best_multiplier` (of the best configuration; of several that are equally good the lowest layer, then the
        fewest neurons, then the smallest multiplier), `success_rate` (share of configurations that improve).
    """
    ordered = experiments.sort_values(["model", "task", "layer", "neurons", "multiplier"], ignore_index=True)
    groups = ordered.groupby(["model", "task"])
    best = ordered.loc[groups["improvement"].idxmax()].reset_index(drop=True)
    return pd.DataFrame(
        {
            "model": best["model"],
            "task": best["task"],
            "category": best["category"],
            "baseline": best["baseline"],
            "improvement": groups["improvement"].agg(REDUCTIONS[task_improvement]).to_numpy(),
            "best_improvement": best["improvement"],
            "best_layer": best["layer"],
            "best_neurons": best["neurons"],
            "best_multiplier": best["multiplier"],
            "success_rate": groups["success"].mean().to_numpy(),
        }
    )


def with_all_models(experiments: pd.DataFrame) -> pd.DataFrame:
    """Add the experiments of several models once more, together, as the paper pools its models.

    Of a task in `ALL_MODELS` every model's configurations are candidates, and its baseline is that in the model of the
    best one.

    Parameters
    ----------
    experiments : DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.

    Returns
    -------
    DataFrame
        For `summarize_tasks`; of a single model no more than was given.
    """
    if experiments["model"].nunique() == 1:
        return experiments
    return pd.concat([experiments, experiments.assign(model=ALL_MODELS)], ignore_index=True)


def best_configurations(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return the best configuration of each task, in the columns that experiments and prompts have.

    Parameters
    ----------
    tasks : DataFrame
        From `summarize_tasks`.

    Returns
    -------
    DataFrame
        `model`, `task`, `layer`, `neurons` and `multiplier`, with which other tables can be merged.
    """
    chosen = tasks[["model", "task", "best_layer", "best_neurons", "best_multiplier"]]
    return chosen.rename(columns=lambda name: name.removeprefix("best_"))


def best_layers(experiments: pd.DataFrame, task_improvement: TaskImprovement) -> dict[str, int]:
    """Return the best layer of each category of tasks.

    Parameters
    ----------
    experiments : DataFrame
        One model's rows of a table that keeps `sna.tables.EXPERIMENTS`.
    task_improvement : {"best", "mean", "median"}
        Which configuration of a layer, or which average over them, speaks for a task there; a category's improvement
        is the mean over its tasks.

    Returns
    -------
    dict of str to int
        By category, in alphabetical order; of equally good layers the lowest.
    """
    of_tasks = experiments.groupby(["category", "task", "layer"])["improvement"].agg(REDUCTIONS[task_improvement])
    of_categories = of_tasks.groupby(["category", "layer"]).mean().unstack()
    return of_categories.idxmax(axis=1).astype(int).to_dict()


def zone_of(baseline: float, boundaries: Sequence[float]) -> Literal[1, 2, 3]:
    """Return the paper's zone of a baseline probability.

    Zone 1 lies below the first boundary, zone 2 from the first to the second, both included, zone 3 above. The paper
    gives 0.07 and 0.10 as the boundaries; that both belong to zone 2 is our reading of "0.07 to 0.10".

    Parameters
    ----------
    baseline : float
        A probability.
    boundaries : sequence of float
        The two of them.

    Returns
    -------
    {1, 2, 3}
    """
    first, second = boundaries
    if baseline < first:
        return 1
    return 2 if baseline <= second else 3


def zone_ranges(boundaries: Sequence[float]) -> dict[int, str]:
    """Write each zone's range of baselines as words, with as many decimals as the finer boundary needs, 2 at least.

    Parameters
    ----------
    boundaries : sequence of float
        The two of them.

    Returns
    -------
    dict of int to str
        By zone.
    """
    decimals = max(2, *(len(f"{boundary:g}".partition(".")[2]) for boundary in boundaries))
    first, second = (f"{boundary:.{decimals}f}" for boundary in boundaries)
    return {1: f"below {first}", 2: f"{first} to {second}", 3: f"above {second}"}
